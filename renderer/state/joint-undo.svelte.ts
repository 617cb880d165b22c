/** One undo for the document and the panel's settings: both in the order they happened. */
import type { CanvasEngine, CanvasView } from '../canvas/canvas-api.ts';
import type { InpaintSettings, InpaintSettingsSnapshot } from './inpaint-settings.svelte.ts';
import { SettingsHistory } from './settings-history.svelte.ts';

export class JointUndo {
  readonly #engine: CanvasEngine;
  readonly #settings: InpaintSettings;
  readonly #history = new SettingsHistory<InpaintSettingsSnapshot>();
  /** Where undo and redo left the document: any other count is a change of its own. */
  #steppedTo: number | null = null;

  constructor(engine: CanvasEngine, settings: InpaintSettings) {
    this.#engine = engine;
    this.#settings = settings;
    settings.onEdit = (label, before, after) => {
      this.#history.record({ label, before, after, depth: engine.view.undoDepth, atMs: Date.now() });
    };
  }

  undo(): void {
    const settings = this.#history.undo(this.#engine.view.undoDepth);
    if (settings === null) this.#engine.undo();
    else this.#settings.restore(settings);
    this.#steppedTo = this.#engine.view.changeCount;
  }

  redo(): void {
    const settings = this.#history.redo(this.#engine.view.undoDepth);
    if (settings === null) this.#engine.redo();
    else this.#settings.restore(settings);
    this.#steppedTo = this.#engine.view.changeCount;
  }

  undoLabel(view: CanvasView): string | null {
    return this.#history.undoable(view.undoDepth)?.label ?? view.undoLabel;
  }

  redoLabel(view: CanvasView): string | null {
    return this.#history.redoable(view.undoDepth)?.label ?? view.redoLabel;
  }

  /** Call with every new view. */
  heard(view: CanvasView, before: CanvasView): void {
    if (view.changeCount !== before.changeCount && view.changeCount !== this.#steppedTo) this.#history.dropFuture();
  }

  /** Another document is open. */
  clear(): void {
    this.#history.clear();
  }
}
