/** Tools that act where they are clicked: magic wand, fill, eyedropper. */
import { intersectRects, type Rect } from '../../../shared/domain/geometry.ts';
import { flattenRect } from '../document/flatten.ts';
import { combineShape } from '../document/mask-edits.ts';
import { canvasRect, findLayer, replaceLayer, type DocumentModel } from '../document/model.ts';
import { colourBytes, colourOf } from '../engine/settings.ts';
import { floodMask } from '../raster/flood.ts';
import { paintThrough } from '../document/paint-through.ts';
import { combineFor } from './shape-tool.ts';
import { whyNotPaintable } from './paintable.ts';
import type { Tool, ToolHost, ToolPointer } from './tool.ts';

abstract class ClickTool implements Tool {
  protected readonly host: ToolHost;
  /** Acts again wherever the pointer is dragged. */
  protected readonly follows: boolean = false;

  constructor(host: ToolHost) {
    this.host = host;
  }

  abstract click(document: DocumentModel, pointer: ToolPointer): boolean;

  begin(pointer: ToolPointer): boolean {
    const { document } = this.host.store;
    if (document === null) return false;
    const inside = intersectRects({ x: Math.floor(pointer.x), y: Math.floor(pointer.y), width: 1, height: 1 }, canvasRect(document));
    return inside !== null && this.click(document, pointer);
  }

  move(samples: readonly ToolPointer[]): void {
    const newest = samples.at(-1);
    if (this.follows && newest !== undefined) this.begin(newest);
  }

  end(): void {
    // The click did it all.
  }

  cancel(): void {
    // Nothing is under way.
  }
}

function pixelAt(pointer: ToolPointer): { x: number; y: number } {
  return { x: Math.floor(pointer.x), y: Math.floor(pointer.y) };
}

/** Selects by the flattened picture: what looks alike. */
export class WandTool extends ClickTool {
  override click(document: DocumentModel, pointer: ToolPointer): boolean {
    const { wand, maskCombine } = this.host.settings;
    const shape = floodMask(flattenRect(document, canvasRect(document)), pixelAt(pointer), wand);
    const mode = combineFor(pointer, maskCombine);
    this.host.store.edit('Magic wand', (current) => combineShape(current, shape, mode));
    return true;
  }
}

/** Fills on the active layer what looks alike in the whole picture, with the tolerance of the wand. */
export class FillTool extends ClickTool {
  override click(document: DocumentModel, pointer: ToolPointer): boolean {
    const reason = whyNotPaintable(document);
    const layer = findLayer(document, document.activeLayerId);
    if (reason !== null || layer === null) {
      this.host.refuse(reason ?? 'No layer is chosen.');
      return false;
    }
    const canvas: Rect = canvasRect(document);
    const area = floodMask(flattenRect(document, canvas), pixelAt(pointer), this.host.settings.wand);
    if (area === null) return false;
    const colour = colourBytes(this.host.settings.foregroundColour);
    this.host.store.edit('Fill', (current) => replaceLayer(current, paintThrough(layer, area, colour)));
    return true;
  }
}

export class EyedropperTool extends ClickTool {
  protected override readonly follows = true;

  override click(document: DocumentModel, pointer: ToolPointer): boolean {
    const { data } = flattenRect(document, { ...pixelAt(pointer), width: 1, height: 1 });
    if ((data[3] ?? 0) === 0) {
      this.host.refuse('There is no colour here: the pixel is transparent.');
      return false;
    }
    this.host.setForeground(colourOf([...data.subarray(0, 3)]));
    return true;
  }
}
