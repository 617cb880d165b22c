/** Rectangle, ellipse and lasso for the mask. Shift adds, Alt subtracts, both intersect. */
import type { MaskCombine } from '../canvas-api.ts';
import { combineShape } from '../document/mask-edits.ts';
import { canvasRect } from '../document/model.ts';
import { ellipseMask, polygonMask, rectangleMask } from '../raster/shapes.ts';
import type { Tool, ToolHost, ToolPointer } from './tool.ts';

type ShapeName = 'mask-rectangle' | 'mask-ellipse' | 'mask-lasso';
const labels: Record<ShapeName, string> = {
  'mask-rectangle': 'Mask rectangle',
  'mask-ellipse': 'Mask ellipse',
  'mask-lasso': 'Mask lasso',
};

/** A drag shorter than this (screen pixels) is a click, which deselects as in other editors. */
const clickPx = 3;

export function combineFor(pointer: ToolPointer, chosen: MaskCombine): MaskCombine {
  if (pointer.shift && pointer.alt) return 'intersect';
  if (pointer.shift) return 'add';
  return pointer.alt ? 'subtract' : chosen;
}

export class ShapeTool implements Tool {
  readonly #host: ToolHost;
  readonly #name: ShapeName;
  #start: ToolPointer | null = null;
  #points: { x: number; y: number }[] = [];
  #combine: MaskCombine = 'replace';

  constructor(host: ToolHost, name: ShapeName) {
    this.#host = host;
    this.#name = name;
  }

  begin(pointer: ToolPointer): boolean {
    if (this.#host.store.document === null) return false;
    this.#start = pointer;
    this.#points = [pointer];
    this.#combine = combineFor(pointer, this.#host.settings.maskCombine);
    return true;
  }

  move(samples: readonly ToolPointer[]): void {
    const newest = samples.at(-1);
    if (this.#start === null || newest === undefined) return;
    for (const { x, y } of samples) {
      const last = this.#points.at(-1);
      if (last === undefined || Math.hypot(x - last.x, y - last.y) * this.#host.viewport.zoom >= 1) this.#points.push({ x, y });
    }
    if (this.#name === 'mask-lasso') this.#host.showOutline({ kind: 'path', points: this.#points });
    else this.#host.showOutline({ kind: this.#name === 'mask-rectangle' ? 'rectangle' : 'ellipse', ...this.#corners(newest) });
  }

  end(samples: readonly ToolPointer[]): void {
    this.move(samples);
    const start = this.#start;
    const last = samples.at(-1) ?? start;
    const { document } = this.#host.store;
    if (start === null || last === null || document === null) return;
    const canvas = canvasRect(document);
    const { from, to } = this.#corners(last);
    const length = this.#points.reduce((most, point) => Math.max(most, Math.hypot(point.x - start.x, point.y - start.y)), 0);
    const isClick = length * this.#host.viewport.zoom < clickPx;
    const combine = this.#combine;
    if (!isClick) {
      const shape =
        this.#name === 'mask-lasso'
          ? polygonMask(this.#points, canvas)
          : this.#name === 'mask-rectangle'
            ? rectangleMask(from, to, canvas)
            : ellipseMask(from, to, canvas);
      this.#host.store.edit(labels[this.#name], (current) => combineShape(current, shape, combine));
    } else if (combine === 'replace') {
      this.#host.store.edit('Clear mask', (current) => combineShape(current, null, 'replace'));
    }
    this.cancel();
  }

  cancel(): void {
    this.#start = null;
    this.#points = [];
    this.#host.showOutline(null);
  }

  /** Rectangles snap to whole pixels: a selection's hard edge should be one. */
  #corners(to: ToolPointer): { from: { x: number; y: number }; to: { x: number; y: number } } {
    const from = this.#start ?? to;
    if (this.#name !== 'mask-rectangle') return { from, to };
    return { from: { x: Math.round(from.x), y: Math.round(from.y) }, to: { x: Math.round(to.x), y: Math.round(to.y) } };
  }
}
