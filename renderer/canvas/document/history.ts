/** Undo and redo as a stack of diffs with labels, bounded by the bytes they hold on to. */
import { applyDiff, diffBytes, diffDocuments, joinDiffs, type DocumentDiff } from './diff.ts';
import type { DocumentModel } from './model.ts';

interface Step {
  label: string;
  diff: DocumentDiff;
  bytes: number;
  /** Steps with the same key that follow within `mergeWithinMs` become one: dragging an opacity slider. */
  mergeKey: string | null;
  atMs: number;
}

const mergeWithinMs = 1000;

export class History {
  readonly #budgetBytes: number;
  readonly #now: () => number;
  #past: Step[] = [];
  #future: Step[] = [];

  constructor({ budgetBytes = 512 * 1024 * 1024, now = () => performance.now() } = {}) {
    this.#budgetBytes = budgetBytes;
    this.#now = now;
  }

  get undoLabel(): string | null {
    return this.#past.at(-1)?.label ?? null;
  }

  get redoLabel(): string | null {
    return this.#future.at(-1)?.label ?? null;
  }

  get bytes(): number {
    return [...this.#past, ...this.#future].reduce((sum, step) => sum + step.bytes, 0);
  }

  get depth(): number {
    return this.#past.length;
  }

  record(label: string, before: DocumentModel, after: DocumentModel, mergeKey: string | null = null): void {
    const last = this.#past.at(-1);
    const atMs = this.#now();
    let diff = diffDocuments(before, after);
    const merges = mergeKey !== null && last?.mergeKey === mergeKey && this.#future.length === 0 && atMs - last.atMs < mergeWithinMs;
    if (merges) {
      this.#past.pop();
      diff = joinDiffs(last.diff, diff);
    }
    this.#future = [];
    this.#past.push({ label, diff, bytes: diffBytes(diff), mergeKey, atMs });
    this.#evict();
  }

  undo(document: DocumentModel): DocumentModel | null {
    const step = this.#past.pop();
    if (step === undefined) return null;
    this.#future.push(step);
    return applyDiff(document, step.diff, 'before');
  }

  redo(document: DocumentModel): DocumentModel | null {
    const step = this.#future.pop();
    if (step === undefined) return null;
    this.#past.push({ ...step, mergeKey: null });
    return applyDiff(document, step.diff, 'after');
  }

  clear(): void {
    this.#past = [];
    this.#future = [];
  }

  /** The oldest steps go first; the newest always stays, however large. */
  #evict(): void {
    let bytes = this.bytes;
    while (bytes > this.#budgetBytes && this.#past.length > 1) bytes -= this.#past.shift()?.bytes ?? 0;
  }
}
