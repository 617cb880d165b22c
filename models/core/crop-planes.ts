import type { Rect } from '../../shared/domain/geometry.ts';
import { newPlanes, type Planes } from './planes.ts';

/** A rectangle of a picture, which must lie inside it; the whole picture is given as it is, not copied. */
export function cropPlanes(planes: Planes, { x, y, width, height }: Rect): Planes {
  if (x === 0 && y === 0 && width === planes.width && height === planes.height) return planes;
  const result = newPlanes({ width, height }, planes.channels);
  for (let channel = 0; channel < planes.channels; channel += 1) {
    for (let row = 0; row < height; row += 1) {
      const from = (channel * planes.height + y + row) * planes.width + x;
      result.data.set(planes.data.subarray(from, from + width), (channel * height + row) * width);
    }
  }
  return result;
}

/** Writes `part` (a rectangle of the source, given in its pixels) at a place of the target. */
export function pastePlanes(source: Planes, part: Rect, target: Planes, at: { x: number; y: number }): void {
  for (let channel = 0; channel < target.channels; channel += 1) {
    for (let row = 0; row < part.height; row += 1) {
      const from = (channel * source.height + part.y + row) * source.width + part.x;
      const to = (channel * target.height + at.y + row) * target.width + at.x;
      target.data.set(source.data.subarray(from, from + part.width), to);
    }
  }
}
