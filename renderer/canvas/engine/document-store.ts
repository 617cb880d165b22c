/** The open document, its undo history, and the preview a gesture shows before it is committed. */
import { uniteRects, type Point, type Rect } from '../../../shared/domain/geometry.ts';
import { visibleChanges } from '../document/diff.ts';
import { History } from '../document/history.ts';
import { findLayer, type DocumentModel } from '../document/model.ts';

export interface DocumentChange {
  /** Canvas pixels that look different; null: nothing; 'all': everything, the canvas's size too. */
  layers: Rect | null | 'all';
  mask: Rect | null | 'all';
  /** How far the picture moved on the canvas, when the canvas itself changed. */
  moved?: Point;
}

export class DocumentStore {
  #document: DocumentModel | null = null;
  #preview: DocumentModel | null = null;
  #changeCount = 0;
  readonly history = new History();
  readonly #onChange: (change: DocumentChange) => void;

  constructor(onChange: (change: DocumentChange) => void) {
    this.#onChange = onChange;
  }

  get document(): DocumentModel | null {
    return this.#document;
  }

  /** What is on the screen: the preview of a gesture, else the document. */
  get shown(): DocumentModel | null {
    return this.#preview ?? this.#document;
  }

  get changeCount(): number {
    return this.#changeCount;
  }

  open(document: DocumentModel | null): void {
    this.#document = document;
    this.#preview = null;
    this.history.clear();
    this.#changeCount = 0;
    this.#onChange({ layers: 'all', mask: 'all' });
  }

  /** One undo step. Edits that give back the same document are none. */
  edit(label: string, change: (document: DocumentModel) => DocumentModel, mergeKey: string | null = null): void {
    const before = this.#document;
    if (before === null) return;
    const after = change(before);
    if (after === before) return;
    const shown = this.shown ?? before;
    this.history.record(label, before, after, mergeKey);
    this.#replace(shown, after);
  }

  /** A change that undo does not know: which layer is active. */
  adjust(change: (document: DocumentModel) => DocumentModel): void {
    if (this.#document === null) return;
    this.#document = change(this.#document);
    this.#onChange({ layers: null, mask: null });
  }

  /** Shows a document that is not yet kept. `changed` says where it differs from what was shown. */
  showPreview(preview: DocumentModel | null, changed?: DocumentChange): void {
    const shown = this.shown;
    this.#preview = preview;
    const now = this.shown;
    if (changed !== undefined) this.#onChange(changed);
    else if (shown !== null && now !== null) this.#onChange(changeBetween(shown, now));
  }

  /** Keeps a document whose pixels are on the screen already. */
  commitPreview(label: string, after: DocumentModel): void {
    const before = this.#document;
    if (before === null) return;
    this.history.record(label, before, after);
    this.#document = after;
    this.#preview = null;
    this.#changeCount += 1;
    this.#onChange({ layers: null, mask: null });
  }

  undo(): void {
    this.#step((document) => this.history.undo(document));
  }

  redo(): void {
    this.#step((document) => this.history.redo(document));
  }

  #step(walk: (document: DocumentModel) => DocumentModel | null): void {
    const [before, shown] = [this.#document, this.shown];
    const after = before === null ? null : walk(before);
    if (after !== null && shown !== null) this.#replace(shown, after);
  }

  #replace(shown: DocumentModel, after: DocumentModel): void {
    this.#document = after;
    this.#preview = null;
    this.#changeCount += 1;
    this.#onChange(changeBetween(shown, after));
  }
}

function changeBetween(before: DocumentModel, after: DocumentModel): DocumentChange {
  const { layers, mask } = visibleChanges(before, after);
  const united = (rects: Rect[] | 'all'): Rect | null | 'all' =>
    rects === 'all' ? 'all' : rects.reduce<Rect | null>((sum, rect) => (sum === null ? rect : uniteRects(sum, rect)), null);
  const change: DocumentChange = { layers: united(layers), mask: united(mask) };
  return layers === 'all' ? { ...change, moved: movement(before, after) } : change;
}

/** Resizing moves every layer alike: one that is in both documents tells. */
function movement(before: DocumentModel, after: DocumentModel): Point {
  for (const layer of before.layers) {
    const now = findLayer(after, layer.id);
    if (now !== null) return { x: now.bounds.x - layer.bounds.x, y: now.bounds.y - layer.bounds.y };
  }
  return { x: 0, y: 0 };
}
