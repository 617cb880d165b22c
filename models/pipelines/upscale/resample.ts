/**
 * A part of a resampled picture from a part of its source, at exactly the places the whole would be sampled at, so that parts
 * meet without a seam. Catmull-Rom, widened when shrinking and cut at the picture's edges, as models/core/resize.ts.
 */
import type { Rect, Size } from '../../../shared/domain/geometry.ts';
import { newPlanes, type Planes } from '../../core/planes.ts';
import { catmullRom } from '../../core/resize.ts';

/** Source pixels that a result pixel reaches to on either side of its centre. */
export const reachOf = (from: number, to: number): number => Math.ceil(2 * Math.max(1, from / to)) + 1;

interface Taps {
  first: Int32Array;
  weights: Float32Array[];
}

/** Taps for results `start` to `start + count`, as indices into a window that begins at `origin` of the source. */
function tapsFor(from: number, to: number, start: number, count: number, origin: number, length: number): Taps {
  const scale = from / to;
  const width = Math.max(1, scale);
  const first = new Int32Array(count);
  const weights: Float32Array[] = [];
  for (let index = 0; index < count; index += 1) {
    const centre = (start + index + 0.5) * scale;
    const low = Math.max(0, origin, Math.trunc(centre - 2 * width + 0.5));
    const high = Math.min(from, origin + length, Math.trunc(centre + 2 * width + 0.5));
    const taps = Float32Array.from({ length: Math.max(1, high - low) }, (_, tap) => catmullRom((low + tap + 0.5 - centre) / width));
    const sum = taps.reduce((total, weight) => total + weight, 0);
    first[index] = low - origin;
    weights.push(taps.map((weight) => weight / sum));
  }
  return { first, weights };
}

/**
 * @param source the window, whose top left pixel is `origin` of a picture of `from` pixels
 * @param target the part wanted of that picture resampled to `to` pixels
 */
export function resamplePart(source: Planes, origin: { x: number; y: number }, from: Size, to: Size, target: Rect): Planes {
  const across = tapsFor(from.width, to.width, target.x, target.width, origin.x, source.width);
  const down = tapsFor(from.height, to.height, target.y, target.height, origin.y, source.height);
  const wide = newPlanes({ width: target.width, height: source.height }, source.channels);
  for (let row = 0; row < source.height * source.channels; row += 1) {
    for (let x = 0; x < target.width; x += 1) {
      const taps = across.weights[x] ?? new Float32Array();
      const start = row * source.width + (across.first[x] ?? 0);
      let sum = 0;
      for (let tap = 0; tap < taps.length; tap += 1) sum += (taps[tap] ?? 0) * (source.data[start + tap] ?? 0);
      wide.data[row * target.width + x] = sum;
    }
  }
  const result = newPlanes(target, source.channels);
  for (let channel = 0; channel < source.channels; channel += 1) {
    for (let y = 0; y < target.height; y += 1) {
      const taps = down.weights[y] ?? new Float32Array();
      const into = (channel * target.height + y) * target.width;
      for (let tap = 0; tap < taps.length; tap += 1) {
        const weight = taps[tap] ?? 0;
        const row = (channel * source.height + (down.first[y] ?? 0) + tap) * target.width;
        for (let x = 0; x < target.width; x += 1) result.data[into + x] = (result.data[into + x] ?? 0) + weight * (wide.data[row + x] ?? 0);
      }
    }
  }
  return result;
}
