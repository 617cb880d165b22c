/** Pictures as planes of numbers, one after the other (CHW), which is how graphs and filters like them. */
import type { Rect, Size } from '../../shared/domain/geometry.ts';
import type { PixelImage } from '../pipeline.ts';

/** `data` holds channels planes of width*height values, row-major. */
export interface Planes extends Size {
  channels: number;
  data: Float32Array;
}

export function newPlanes(size: Size, channels: number): Planes {
  return { width: size.width, height: size.height, channels, data: new Float32Array(size.width * size.height * channels) };
}

/** One plane, shared with the picture rather than copied. */
export function planeOf(planes: Planes, channel: number): Float32Array {
  const count = planes.width * planes.height;
  return planes.data.subarray(channel * count, (channel + 1) * count);
}

/** The colour of a crop, 0..1; grey becomes RGB, alpha is left out. `region` lies inside the image. */
export function cropColours(image: PixelImage, region: Rect): Planes {
  const planes = newPlanes(region, 3);
  const count = region.width * region.height;
  for (let y = 0; y < region.height; y += 1) {
    let from = ((region.y + y) * image.width + region.x) * image.channels;
    let to = y * region.width;
    for (let x = 0; x < region.width; x += 1) {
      const red = image.data[from] ?? 0;
      planes.data[to] = red / 255;
      planes.data[count + to] = (image.channels === 1 ? red : (image.data[from + 1] ?? 0)) / 255;
      planes.data[2 * count + to] = (image.channels === 1 ? red : (image.data[from + 2] ?? 0)) / 255;
      from += image.channels;
      to += 1;
    }
  }
  return planes;
}

/** The symmetries of a square: bit 0 mirrors left to right, bit 1 top to bottom, bit 2 swaps rows and columns (last). */
export type Symmetry = 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7;

function mapSymmetry(planes: Planes, symmetry: Symmetry, inverse: boolean): Planes {
  if (symmetry === 0) return planes;
  const swaps = (symmetry & 4) !== 0;
  const mirrorX = (symmetry & 1) !== 0;
  const mirrorY = (symmetry & 2) !== 0;
  const result = newPlanes(swaps ? { width: planes.height, height: planes.width } : planes, planes.channels);
  // `upright` is the picture before the symmetry, `turned` the one after it.
  const upright = inverse ? result : planes;
  const turned = inverse ? planes : result;
  const count = planes.width * planes.height;
  for (let channel = 0; channel < planes.channels; channel += 1) {
    for (let y = 0; y < upright.height; y += 1) {
      for (let x = 0; x < upright.width; x += 1) {
        const toX = mirrorX ? upright.width - 1 - x : x;
        const toY = mirrorY ? upright.height - 1 - y : y;
        const uprightIndex = channel * count + y * upright.width + x;
        const turnedIndex = channel * count + (swaps ? toX * turned.width + toY : toY * turned.width + toX);
        if (inverse) result.data[uprightIndex] = planes.data[turnedIndex] ?? 0;
        else result.data[turnedIndex] = planes.data[uprightIndex] ?? 0;
      }
    }
  }
  return result;
}

export const applySymmetry = (planes: Planes, symmetry: Symmetry): Planes => mapSymmetry(planes, symmetry, false);
export const undoSymmetry = (planes: Planes, symmetry: Symmetry): Planes => mapSymmetry(planes, symmetry, true);

/** Widens a picture to the right and bottom by repeating its last column and row. */
export function padByEdge(planes: Planes, size: Size): Planes {
  if (size.width === planes.width && size.height === planes.height) return planes;
  const result = newPlanes(size, planes.channels);
  for (let channel = 0; channel < planes.channels; channel += 1) {
    const from = planeOf(planes, channel);
    const to = planeOf(result, channel);
    for (let y = 0; y < size.height; y += 1) {
      const end = (Math.min(y, planes.height - 1) + 1) * planes.width;
      to.set(from.subarray(end - planes.width, end), y * size.width);
      to.fill(from[end - 1] ?? 0, y * size.width + planes.width, (y + 1) * size.width);
    }
  }
  return result;
}

/** The top-left part of a picture. */
export function cutTo(planes: Planes, size: Size): Planes {
  if (size.width === planes.width && size.height === planes.height) return planes;
  const result = newPlanes(size, planes.channels);
  for (let channel = 0; channel < planes.channels; channel += 1) {
    const from = planeOf(planes, channel);
    const to = planeOf(result, channel);
    for (let y = 0; y < size.height; y += 1) to.set(from.subarray(y * planes.width, y * planes.width + size.width), y * size.width);
  }
  return result;
}
