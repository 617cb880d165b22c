/**
 * Masks put together as fuzzy sets: add keeps the larger value, intersect the smaller, subtract intersects with the inverse.
 * So adding the same shape twice changes nothing, not even along a soft edge. Null everywhere means: nothing is masked.
 */
import { intersectRects, uniteRects, type Rect } from '../../../shared/domain/geometry.ts';
import { cropRaster, newRaster, pasteRaster, rasterRect, type Raster } from './region.ts';

export type MaskCombineMode = 'replace' | 'add' | 'subtract' | 'intersect';

/** Never changes its inputs; the result is cut to what is masked inside `within`. */
export function combineMasks(base: Raster<1> | null, shape: Raster<1>, mode: MaskCombineMode, within: Rect): Raster<1> | null {
  if (mode === 'replace') return trimmed(shape, within);
  if (mode === 'add') {
    const united = newRaster(base === null ? rasterRect(shape) : uniteRects(rasterRect(base), rasterRect(shape)), 1);
    if (base !== null) pasteRaster(united, base);
    meet(united, shape, (a, b) => (a > b ? a : b));
    return trimmed(united, within);
  }
  if (base === null) return null;
  if (mode === 'subtract') {
    const rest = cropRaster(base, rasterRect(base));
    meet(rest, shape, (a, b) => (a < 255 - b ? a : 255 - b));
    return trimmed(rest, within);
  }
  const common = intersectRects(rasterRect(base), rasterRect(shape));
  if (common === null) return null;
  const both = cropRaster(base, common);
  meet(both, shape, (a, b) => (a < b ? a : b));
  return trimmed(both, within);
}

/** What is not masked inside `within`, or null when all of it is. */
export function invertMask(mask: Raster<1> | null, within: Rect): Raster<1> | null {
  const inverse = newRaster(within, 1);
  if (mask !== null) pasteRaster(inverse, mask);
  for (let i = 0; i < inverse.data.length; i += 1) inverse.data[i] = 255 - (inverse.data[i] ?? 0);
  return trimmed(inverse, within);
}

/** The smallest rectangle around every pixel that is not 0, in canvas pixels. */
export function maskBounds(mask: Raster<1>): Rect | null {
  const { width, height, data } = mask;
  let top = 0;
  while (top < height && isClear(data, top * width, width)) top += 1;
  if (top === height) return null;
  let bottom = height - 1;
  while (isClear(data, bottom * width, width)) bottom -= 1;
  let left = width;
  let right = -1;
  for (let y = top; y <= bottom; y += 1) {
    const start = y * width;
    // Only the columns that would widen the box.
    for (let x = 0; x < left; x += 1) if (data[start + x] !== 0) left = x;
    for (let x = width - 1; x > right; x -= 1) if (data[start + x] !== 0) right = x;
  }
  return { x: mask.x + left, y: mask.y + top, width: right - left + 1, height: bottom - top + 1 };
}

function isClear(data: Uint8Array, start: number, length: number): boolean {
  for (let i = start; i < start + length; i += 1) if (data[i] !== 0) return false;
  return true;
}

/** Replaces the values of `target` where `shape` reaches. */
function meet(target: Raster<1>, shape: Raster<1>, value: (a: number, b: number) => number): void {
  const common = intersectRects(rasterRect(target), rasterRect(shape));
  if (common === null) return;
  for (let y = common.y; y < common.y + common.height; y += 1) {
    const to = (y - target.y) * target.width + common.x - target.x;
    const from = (y - shape.y) * shape.width + common.x - shape.x;
    for (let x = 0; x < common.width; x += 1) target.data[to + x] = value(target.data[to + x] ?? 0, shape.data[from + x] ?? 0);
  }
}

function trimmed(mask: Raster<1>, within: Rect): Raster<1> | null {
  const inside = intersectRects(rasterRect(mask), within);
  if (inside === null) return null;
  const cut = cropRaster(mask, inside);
  const bounds = maskBounds(cut);
  if (bounds === null) return null;
  return bounds.width === inside.width && bounds.height === inside.height ? cut : cropRaster(cut, bounds);
}
