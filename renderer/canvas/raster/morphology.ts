/** Masks grown, shrunk and feathered. Cost follows the box of what is masked, not the canvas. */
import { growRect, intersectRects, type Rect } from '../../../shared/domain/geometry.ts';
import { maskBounds } from './combine.ts';
import { squaredDistances } from './distance.ts';
import { cropRaster, newRaster, rasterRect, type Raster } from './region.ts';

/**
 * A mask with no more values than levels grows exactly; in others what lies between two levels is interpolated. Every level
 * costs a distance transform (a quarter of a second for 16 megapixels), so very large masks get by with fewer.
 */
function mostLevels(pixels: number): number {
  return Math.min(8, Math.max(4, Math.floor(32_000_000 / pixels)));
}

/**
 * Moves the mask's edge outwards (positive) or inwards (negative) by `byPx`, measured in straight lines: a hard mask covers
 * every pixel whose centre lies within `byPx` of a masked one, fading to nothing one pixel further. Every level of a soft edge
 * moves by the same distance, so soft stays soft. What lies outside the raster counts as not masked.
 *
 * `within` (the canvas): the result ends there, and a mask that touches its border does not shrink away from it.
 */
export function growMask(mask: Raster<1>, byPx: number, within?: Rect): Raster<1> {
  const bounds = maskBounds(mask);
  if (bounds === null || byPx === 0) return cropRaster(mask, rasterRect(mask));
  return byPx > 0 ? grow(mask, bounds, byPx, within) : shrink(mask, bounds, -byPx, within);
}

function grow(mask: Raster<1>, bounds: Rect, byPx: number, within: Rect | undefined): Raster<1> {
  const reached = growRect(bounds, Math.ceil(byPx));
  const grown = cropRaster(mask, reached);
  grown.data = growValues(grown.data, grown.width, grown.height, byPx);
  const kept = within === undefined ? reached : intersectRects(reached, within);
  return kept === null ? newRaster(bounds, 1) : cropRaster(grown, kept);
}

/** What is not masked grows. */
function shrink(mask: Raster<1>, bounds: Rect, byPx: number, within: Rect | undefined): Raster<1> {
  const around = cropRaster(mask, growRect(bounds, 1));
  const inverse = newRaster(around, 1);
  for (let y = 0; y < around.height; y += 1) {
    for (let x = 0; x < around.width; x += 1) {
      const i = y * around.width + x;
      if (within === undefined || holds(within, around.x + x, around.y + y)) inverse.data[i] = 255 - (around.data[i] ?? 0);
    }
  }
  inverse.data = growValues(inverse.data, inverse.width, inverse.height, byPx);
  for (let i = 0; i < around.data.length; i += 1) around.data[i] = 255 - (inverse.data[i] ?? 0);
  return cropRaster(around, bounds);
}

function holds(rect: Rect, x: number, y: number): boolean {
  return x >= rect.x && y >= rect.y && x < rect.x + rect.width && y < rect.y + rect.height;
}

/**
 * Each level is the set of pixels at or above a value. The sets are grown one by one by their distances, and the result is
 * the sum of the levels' heights. Between two levels of a mask with many values the distance is taken to change evenly.
 */
function growValues(values: Uint8Array, width: number, height: number, byPx: number): Uint8Array {
  const { levels, exact } = levelsOf(values);
  const sums = new Float32Array(values.length);
  let distances = new Float32Array(values.length);
  let lower = new Float32Array(levels.length > 1 ? values.length : 0);
  const near = byPx * byPx;
  const far = (byPx + 1) * (byPx + 1);
  let below = 0;
  for (const [number, level] of levels.entries()) {
    squaredDistances(values, width, height, level, distances);
    const rise = level - below;
    const between = number > 0 && !exact;
    for (let i = 0; i < values.length; i += 1) {
      const squared = distances[i] ?? 0;
      if (squared <= near) sums[i] = (sums[i] ?? 0) + rise;
      else if (between && (lower[i] ?? 0) < far) {
        sums[i] = (sums[i] ?? 0) + rise * meanCoverage(Math.sqrt(lower[i] ?? 0) - byPx, Math.sqrt(squared) - byPx);
      } else if (squared < far) sums[i] = (sums[i] ?? 0) + rise * (byPx + 1 - Math.sqrt(squared));
    }
    below = level;
    [distances, lower] = [lower, distances];
  }
  const grown = new Uint8Array(values.length);
  for (let i = 0; i < grown.length; i += 1) grown[i] = (sums[i] ?? 0) + 0.5;
  return grown;
}

/** The mean of a pixel's coverage while its distance beyond the edge rises evenly from `from` to `to`. */
function meanCoverage(from: number, to: number): number {
  if (to - from < 1e-6) return Math.min(1, Math.max(0, 1 - from));
  return (coverageUpTo(to) - coverageUpTo(from)) / (to - from);
}

/** Integral of the coverage, which is 1 up to the edge and falls to 0 one pixel beyond it. */
function coverageUpTo(distance: number): number {
  if (distance <= 0) return distance;
  return distance >= 1 ? 0.5 : distance - (distance * distance) / 2;
}

function levelsOf(values: Uint8Array): { levels: number[]; exact: boolean } {
  const present = new Uint8Array(256);
  for (const value of values) present[value] = 1;
  const levels = [...present.keys()].filter((value) => value > 0 && present[value] === 1);
  const count = mostLevels(values.length);
  if (levels.length <= count) return { levels, exact: true };
  const [lowest, highest] = [levels[0] ?? 0, levels.at(-1) ?? 0];
  const level = (number: number): number => Math.round(lowest + ((highest - lowest) * number) / (count - 1));
  return { levels: Array.from({ length: count }, (_, number) => level(number)), exact: false };
}

/**
 * Softens the mask's edge: a fade that begins `radiusPx` inside the edge and ends `radiusPx` outside of it (whole pixels;
 * the region grows by as much). Three box blurs in each direction, which come close to a Gaussian of deviation radius / 3.
 */
export function featherMask(mask: Raster<1>, radiusPx: number): Raster<1> {
  const radius = Math.round(radiusPx);
  const bounds = maskBounds(mask);
  if (bounds === null || radius <= 0) return cropRaster(mask, rasterRect(mask));
  const soft = cropRaster(mask, growRect(bounds, radius));
  // The three reaches sum to the radius.
  const reaches = [Math.floor(radius / 3), Math.floor((radius + 1) / 3), Math.floor((radius + 2) / 3)];
  const turned = new Float32Array(soft.data.length);
  blurRows(soft.data, soft.width, soft.height, reaches, turned);
  blurRows(turned, soft.height, soft.width, reaches, soft.data);
  return soft;
}

/** Blurs each row three times and writes it as a column of `into`, so that a second call does the other direction. */
function blurRows(
  from: Uint8Array | Float32Array,
  width: number,
  height: number,
  reaches: readonly number[],
  into: Uint8Array | Float32Array,
): void {
  const rounding = into instanceof Uint8Array ? 0.5 : 0;
  let line = new Float64Array(width);
  let blurred = new Float64Array(width);
  const scale = 1 / reaches.reduce((product, reach) => product * (2 * reach + 1), 1);
  for (let row = 0; row < height; row += 1) {
    line.set(from.subarray(row * width, (row + 1) * width));
    for (const reach of reaches) {
      if (reach === 0) continue;
      let sum = 0;
      for (let x = 0; x < Math.min(reach, width); x += 1) sum += line[x] ?? 0;
      for (let x = 0; x < width; x += 1) {
        if (x + reach < width) sum += line[x + reach] ?? 0;
        blurred[x] = sum;
        if (x >= reach) sum -= line[x - reach] ?? 0;
      }
      [line, blurred] = [blurred, line];
    }
    for (let x = 0; x < width; x += 1) into[x * height + row] = (line[x] ?? 0) * scale + rounding;
  }
}
