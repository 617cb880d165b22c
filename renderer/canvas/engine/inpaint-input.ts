/** What Inpaint sends: the crop around the mask, flattened, and the mask. */
import { growRect, intersectRects, uniteRects, type Rect } from '../../../shared/domain/geometry.ts';
import type { InpaintInput } from '../canvas-api.ts';
import { flattenRect } from '../document/flatten.ts';
import { maskWithFrame } from '../document/mask-edits.ts';
import { canvasRect, type DocumentModel } from '../document/model.ts';
import { coveredBounds } from '../document/tile-map.ts';

/** The crop's sides are at least this, where the canvas allows it: models need context. */
const leastSide = 512;
/** The pipeline moves its crops a little with the seed; this much more context lets it. */
const jitterRoom = 1.35;

export interface ContextOptions {
  contextPadding: number;
  maskGrow: number;
  feather: number;
}

/** The area that may be worked on: the canvas, with the frame where it reaches outside. */
function workArea(document: DocumentModel, frame: Rect | null): Rect {
  return frame === null ? canvasRect(document) : uniteRects(canvasRect(document), frame);
}

/** Bounds of the mask, and of what the frame adds. */
export function maskedBounds(document: DocumentModel, frame: Rect | null): Rect | null {
  const canvas = canvasRect(document);
  const painted = coveredBounds(document.mask);
  const bounds = painted === null ? null : intersectRects(painted, canvas);
  let all = bounds;
  for (const strip of frame === null ? [] : stripsOutside(canvas, frame)) all = all === null ? strip : uniteRects(all, strip);
  return all;
}

function stripsOutside(canvas: Rect, frame: Rect): Rect[] {
  const [right, bottom] = [frame.x + frame.width, frame.y + frame.height];
  const strips = [
    { ...frame, width: canvas.x - frame.x },
    { ...frame, x: canvas.width, width: right - canvas.width },
    { ...frame, height: canvas.y - frame.y },
    { ...frame, y: canvas.height, height: bottom - canvas.height },
  ];
  return strips.filter(({ width, height }) => width > 0 && height > 0);
}

export function inpaintRegion(masked: Rect, area: Rect, { contextPadding, maskGrow, feather }: ContextOptions): Rect {
  const changed = growRect(masked, maskGrow + feather);
  const context = Math.ceil(Math.max(changed.width, changed.height) * contextPadding * jitterRoom) + 16;
  const wanted = growRect(changed, context);
  const across = span(wanted.x, wanted.width, area.x, area.width);
  const down = span(wanted.y, wanted.height, area.y, area.height);
  return { x: across.from, y: down.from, width: across.length, height: down.length };
}

/** Widened to the least side around its middle, then moved and cut to the area. */
function span(from: number, length: number, areaFrom: number, areaLength: number): { from: number; length: number } {
  const start = Math.max(areaFrom, from);
  const end = Math.min(areaFrom + areaLength, from + length);
  const wanted = Math.min(areaLength, Math.max(end - start, leastSide));
  const centred = Math.round((start + end - wanted) / 2);
  return { from: Math.min(areaFrom + areaLength - wanted, Math.max(areaFrom, centred)), length: wanted };
}

export function inpaintInputOf(document: DocumentModel, frame: Rect | null, options: ContextOptions): InpaintInput | null {
  const masked = maskedBounds(document, frame);
  if (masked === null) return null;
  const region = inpaintRegion(masked, workArea(document, frame), options);
  // What lies outside the canvas is no picture yet, even where a layer reaches there.
  const inside = intersectRects(region, canvasRect(document));
  const image = new Uint8Array(region.width * region.height * 4);
  if (inside !== null) {
    const flat = flattenRect(document, inside);
    const rowBytes = inside.width * 4;
    for (let row = 0; row < inside.height; row += 1) {
      const write = ((inside.y - region.y + row) * region.width + inside.x - region.x) * 4;
      image.set(flat.data.subarray(row * rowBytes, (row + 1) * rowBytes), write);
    }
  }
  const { width, height } = region;
  return {
    region,
    image: { width, height, channels: 4, data: image },
    mask: { width, height, channels: 1, data: maskWithFrame(document, frame, region).data },
  };
}
