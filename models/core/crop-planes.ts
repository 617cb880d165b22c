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

/** The picture with `margin` more pixels on each side, mirrored as often as it takes. */
export function mirrorAround(planes: Planes, margin: number): Planes {
  const { width, height, channels, data } = planes;
  const result = newPlanes({ width: width + 2 * margin, height: height + 2 * margin }, channels);
  const mirrored = (position: number, length: number): number => {
    const within = ((position % (2 * length)) + 2 * length) % (2 * length);
    return within < length ? within : 2 * length - 1 - within;
  };
  const columns = Int32Array.from({ length: result.width }, (_, x) => mirrored(x - margin, width));
  for (let channel = 0; channel < channels; channel += 1) {
    for (let y = 0; y < result.height; y += 1) {
      const from = (channel * height + mirrored(y - margin, height)) * width;
      const to = (channel * result.height + y) * result.width;
      for (let x = 0; x < result.width; x += 1) result.data[to + x] = data[from + (columns[x] ?? 0)] ?? 0;
    }
  }
  return result;
}
