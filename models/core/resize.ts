/**
 * Separable resampling with a Catmull-Rom kernel (a = -0.5), widened when shrinking so that nothing aliases; samples
 * outside repeat no pixel: the kernel is cut at the edge and renormalised. This is Pillow's BICUBIC on float pictures.
 */
import type { Size } from '../../shared/domain/geometry.ts';
import { newPlanes, type Planes } from './planes.ts';

interface Taps {
  first: Int32Array;
  weights: Float32Array[];
}

/** The cubic kernel with a = -0.5; zero from a distance of 2 on. */
export function catmullRom(distance: number): number {
  const x = Math.abs(distance);
  if (x < 1) return (1.5 * x - 2.5) * x * x + 1;
  if (x < 2) return ((-0.5 * x + 2.5) * x - 4) * x + 2;
  return 0;
}

function tapsFor(from: number, to: number): Taps {
  const scale = from / to;
  const width = Math.max(1, scale);
  const support = 2 * width;
  const first = new Int32Array(to);
  const weights: Float32Array[] = [];
  for (let index = 0; index < to; index += 1) {
    const centre = (index + 0.5) * scale;
    const low = Math.max(0, Math.trunc(centre - support + 0.5));
    const high = Math.min(from, Math.trunc(centre + support + 0.5));
    const taps = new Float32Array(high - low);
    let sum = 0;
    for (let tap = low; tap < high; tap += 1) {
      const weight = catmullRom((tap + 0.5 - centre) / width);
      taps[tap - low] = weight;
      sum += weight;
    }
    for (let tap = 0; tap < taps.length; tap += 1) taps[tap] = (taps[tap] ?? 0) / sum;
    first[index] = low;
    weights.push(taps);
  }
  return { first, weights };
}

/** May overshoot the range of the input by a little at edges, as every cubic kernel does. */
export function resize(planes: Planes, size: Size): Planes {
  if (size.width === planes.width && size.height === planes.height) return planes;
  const wide = newPlanes({ width: size.width, height: planes.height }, planes.channels);
  const across = tapsFor(planes.width, size.width);
  for (let row = 0; row < planes.height * planes.channels; row += 1) {
    const from = row * planes.width;
    const to = row * size.width;
    for (let x = 0; x < size.width; x += 1) {
      const taps = across.weights[x] ?? new Float32Array();
      const start = from + (across.first[x] ?? 0);
      let sum = 0;
      for (let tap = 0; tap < taps.length; tap += 1) sum += (taps[tap] ?? 0) * (planes.data[start + tap] ?? 0);
      wide.data[to + x] = sum;
    }
  }
  const result = newPlanes(size, planes.channels);
  const down = tapsFor(planes.height, size.height);
  for (let channel = 0; channel < planes.channels; channel += 1) {
    const from = channel * planes.height * size.width;
    const to = channel * size.height * size.width;
    for (let y = 0; y < size.height; y += 1) {
      const taps = down.weights[y] ?? new Float32Array();
      const target = to + y * size.width;
      for (let tap = 0; tap < taps.length; tap += 1) {
        const weight = taps[tap] ?? 0;
        const source = from + ((down.first[y] ?? 0) + tap) * size.width;
        for (let x = 0; x < size.width; x += 1)
          result.data[target + x] = (result.data[target + x] ?? 0) + weight * (wide.data[source + x] ?? 0);
      }
    }
  }
  return result;
}
