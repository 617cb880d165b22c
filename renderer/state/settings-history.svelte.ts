/**
 * Undo for the panel's settings, in one line with the document's: each entry knows how deep the document's undo was when it
 * was made, so walking back meets both in the order they happened.
 */
export interface SettingsStep<Settings> {
  label: string;
  before: Settings;
  after: Settings;
  /** Steps the document could undo at that moment. */
  depth: number;
  atMs: number;
}

/** Changes of the same thing this close to one another are one step: a slider being dragged. */
const mergeWithinMs = 1_000;
const mostSteps = 200;

export class SettingsHistory<Settings> {
  #past: readonly SettingsStep<Settings>[] = $state.raw([]);
  #future: readonly SettingsStep<Settings>[] = $state.raw([]);

  record(step: SettingsStep<Settings>): void {
    const last = this.#past.at(-1);
    const merges =
      last?.label === step.label && last.depth === step.depth && this.#future.length === 0 && step.atMs - last.atMs < mergeWithinMs;
    this.#past = [...(merges ? this.#past.slice(0, -1) : this.#past), merges ? { ...step, before: last.before } : step].slice(-mostSteps);
    this.#future = [];
  }

  /** What undo would take back next; null when the document's own last step is younger. */
  undoable(depth: number): SettingsStep<Settings> | null {
    const last = this.#past.at(-1);
    return last !== undefined && last.depth >= depth ? last : null;
  }

  redoable(depth: number): SettingsStep<Settings> | null {
    const next = this.#future.at(-1);
    return next !== undefined && next.depth <= depth ? next : null;
  }

  undo(depth: number): Settings | null {
    const step = this.undoable(depth);
    if (step === null) return null;
    this.#past = this.#past.slice(0, -1);
    this.#future = [...this.#future, step];
    return step.before;
  }

  redo(depth: number): Settings | null {
    const step = this.redoable(depth);
    if (step === null) return null;
    this.#future = this.#future.slice(0, -1);
    this.#past = [...this.#past, step];
    return step.after;
  }

  /** The document was changed: what was undone cannot be redone any more. */
  dropFuture(): void {
    if (this.#future.length > 0) this.#future = [];
  }

  clear(): void {
    this.#past = [];
    this.#future = [];
  }
}
