/**
 * Spreads values known on some pixels smoothly over all others, by pull-push: averages weighted by how much is known,
 * down to one pixel, then gaps filled from the coarser level on the way back. Close to the harmonic membrane that seamless
 * cloning solves for (Gortler et al., "The Lumigraph", 1996; Farbman et al., "Convolution Pyramids", 2011), at linear cost.
 */
import { newPlanes, type Planes } from './planes.ts';

/**
 * @param values values where known; anything elsewhere
 * @param weights 0 (unknown) .. 1 (known), one plane
 */
export function spread(values: Planes, weights: Float32Array): Planes {
  const { width, height, channels } = values;
  const count = width * height;
  if (width === 1 && height === 1) return values;
  const half = { width: Math.ceil(width / 2), height: Math.ceil(height / 2) };
  const coarse = newPlanes(half, channels);
  const coarseWeights = new Float32Array(half.width * half.height);
  const coarseCount = coarseWeights.length;
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const weight = weights[y * width + x] ?? 0;
      if (weight === 0) continue;
      const target = (y >> 1) * half.width + (x >> 1);
      coarseWeights[target] = (coarseWeights[target] ?? 0) + weight;
      for (let channel = 0; channel < channels; channel += 1) {
        const index = channel * coarseCount + target;
        coarse.data[index] = (coarse.data[index] ?? 0) + weight * (values.data[channel * count + y * width + x] ?? 0);
      }
    }
  }
  for (let index = 0; index < coarseCount; index += 1) {
    const weight = coarseWeights[index] ?? 0;
    if (weight === 0) continue;
    for (let channel = 0; channel < channels; channel += 1) {
      const at = channel * coarseCount + index;
      coarse.data[at] = (coarse.data[at] ?? 0) / weight;
    }
    coarseWeights[index] = Math.min(1, weight);
  }
  const filled = spread(coarse, coarseWeights);
  const result = newPlanes(values, channels);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const index = y * width + x;
      const weight = weights[index] ?? 0;
      for (let channel = 0; channel < channels; channel += 1) {
        const known = values.data[channel * count + index] ?? 0;
        const guess = weight === 1 ? 0 : bilinear(filled, channel, x / 2 - 0.25, y / 2 - 0.25);
        result.data[channel * count + index] = weight * known + (1 - weight) * guess;
      }
    }
  }
  return result;
}

function bilinear(planes: Planes, channel: number, x: number, y: number): number {
  const left = Math.max(0, Math.floor(x));
  const top = Math.max(0, Math.floor(y));
  const right = Math.min(planes.width - 1, left + 1);
  const bottom = Math.min(planes.height - 1, top + 1);
  const acrossPart = Math.min(1, Math.max(0, x - left));
  const downPart = Math.min(1, Math.max(0, y - top));
  const base = channel * planes.width * planes.height;
  const at = (column: number, row: number): number => planes.data[base + row * planes.width + column] ?? 0;
  const upper = at(left, top) * (1 - acrossPart) + at(right, top) * acrossPart;
  const lower = at(left, bottom) * (1 - acrossPart) + at(right, bottom) * acrossPart;
  return upper * (1 - downPart) + lower * downPart;
}
