/** Tools that move things: the view, a layer. */
import { findLayer, replaceLayer, type LayerModel } from '../document/model.ts';
import { keepInSight, pan } from '../view/viewport.ts';
import { whyNotPaintable } from './paintable.ts';
import type { Tool, ToolHost, ToolPointer } from './tool.ts';

export class HandTool implements Tool {
  readonly #host: ToolHost;
  #last: { screenX: number; screenY: number } | null = null;

  constructor(host: ToolHost) {
    this.#host = host;
  }

  begin(pointer: ToolPointer): boolean {
    this.#last = pointer;
    return true;
  }

  move(samples: readonly ToolPointer[]): void {
    const newest = samples.at(-1);
    const canvas = this.#host.store.document?.canvas;
    if (this.#last === null || newest === undefined || canvas === undefined) return;
    const moved = pan(this.#host.viewport, newest.screenX - this.#last.screenX, newest.screenY - this.#last.screenY);
    this.#last = newest;
    this.#host.setViewport(keepInSight(moved, canvas));
  }

  end(samples: readonly ToolPointer[]): void {
    this.move(samples);
    this.#last = null;
  }

  cancel(): void {
    this.#last = null;
  }
}

/** Moves the active layer by whole pixels; Shift keeps to one axis. */
export class MoveTool implements Tool {
  readonly #host: ToolHost;
  #start: ToolPointer | null = null;
  #layer: LayerModel | null = null;

  constructor(host: ToolHost) {
    this.#host = host;
  }

  begin(pointer: ToolPointer): boolean {
    const { document } = this.#host.store;
    if (document === null) return false;
    const reason = whyNotPaintable(document);
    this.#layer = findLayer(document, document.activeLayerId);
    if (reason !== null) {
      this.#host.refuse(reason);
      return false;
    }
    this.#start = pointer;
    return true;
  }

  move(samples: readonly ToolPointer[]): void {
    const { document } = this.#host.store;
    const moved = this.#moved(samples.at(-1));
    if (document !== null && moved !== null) this.#host.store.showPreview(replaceLayer(document, moved));
  }

  end(samples: readonly ToolPointer[]): void {
    const { document, shown } = this.#host.store;
    const layer = this.#layer;
    const moved = this.#moved(samples.at(-1)) ?? (shown === null || layer === null ? null : findLayer(shown, layer.id));
    if (document !== null && layer !== null && moved !== null && (moved.bounds.x !== layer.bounds.x || moved.bounds.y !== layer.bounds.y)) {
      this.#host.store.edit('Move layer', (current) => replaceLayer(current, moved));
    } else this.#host.store.showPreview(null);
    this.#start = null;
  }

  cancel(): void {
    this.#start = null;
    this.#host.store.showPreview(null);
  }

  #moved(to: ToolPointer | undefined): LayerModel | null {
    if (this.#start === null || this.#layer === null || to === undefined) return null;
    let [dx, dy] = [Math.round(to.x - this.#start.x), Math.round(to.y - this.#start.y)];
    if (to.shift && Math.abs(dx) >= Math.abs(dy)) dy = 0;
    else if (to.shift) dx = 0;
    const { bounds } = this.#layer;
    return { ...this.#layer, bounds: { ...bounds, x: bounds.x + dx, y: bounds.y + dy } };
  }
}
