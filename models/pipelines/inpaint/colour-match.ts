/**
 * Shifts a fill so that it meets its surroundings at the seam. In the feather the old pixels are still there to compare
 * with; the difference found there is spread over the hole as a smooth membrane and added.
 */
import { newPlanes, type Planes } from '../../core/planes.ts';
import { spread } from '../../core/membrane.ts';

/** Larger differences are content (an edge, the removed thing's shadow), not a shift of colour. */
const largestShift = 0.12;

/**
 * @param fill the model's answer, RGB 0..1; changed in place
 * @param original the picture of the same size
 * @param seam 0..1, how much each pixel is compared (its share in the outer half of the feather)
 */
export function matchColours(fill: Planes, original: Planes, seam: Float32Array): void {
  const count = fill.width * fill.height;
  const difference = newPlanes(fill, 3);
  let compared = 0;
  for (let index = 0; index < count; index += 1) {
    if ((seam[index] ?? 0) === 0) continue;
    compared += 1;
    for (let channel = 0; channel < 3; channel += 1) {
      const at = channel * count + index;
      const shift = (original.data[at] ?? 0) - (fill.data[at] ?? 0);
      difference.data[at] = Math.min(largestShift, Math.max(-largestShift, shift));
    }
  }
  if (compared === 0) return;
  // Seam pixels count for little one by one, so that texture averages out and only the shift remains.
  const weights = seam.map((weight) => weight * 0.05);
  const shift = spread(difference, weights);
  for (let at = 0; at < fill.data.length; at += 1) {
    fill.data[at] = Math.min(1, Math.max(0, (fill.data[at] ?? 0) + (shift.data[at] ?? 0)));
  }
}
