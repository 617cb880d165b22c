/** Masks of a repainting: from the user's, to what the model repaints and what is used of it. */
import { AppError } from '../../../shared/contract/errors.ts';
import type { Rect, Size } from '../../../shared/domain/geometry.ts';
import type { PixelImage } from '../../pipeline.ts';

/** Levels up to this are dust of a soft brush's rim. */
export const leastLevel = 8;
/** Alpha below this is no picture. */
const clearAlpha = 8;

/**
 * How far each pixel of the image may change, 0..255. Without a mask, what lies outside a picture is repainted (outpainting): where
 * the opaque pixels fill a rectangle smaller than the image. Other transparency, an icon's, is no mask.
 * @returns null when there is nothing to repaint but the whole
 * @throws AppError invalid-request for a mask of another size
 */
export function repaintLevels(image: PixelImage, mask: PixelImage | undefined): Uint8Array | null {
  const count = image.width * image.height;
  if (mask === undefined) {
    if (image.channels !== 4) return null;
    const clear = new Uint8Array(count);
    for (let index = 0; index < count; index += 1) clear[index] = (image.data[index * 4 + 3] ?? 255) < clearAlpha ? 255 : 0;
    return isSurround(clear, image) ? clear : null;
  }
  if (mask.width !== image.width || mask.height !== image.height) {
    throw new AppError(
      'invalid-request',
      `The mask (${String(mask.width)}×${String(mask.height)}) does not fit the image (${String(image.width)}×${String(image.height)}).`,
      { action: 'Use a mask of the same size as the image.' },
    );
  }
  if (mask.channels === 1) return mask.data;
  return Uint8Array.from({ length: count }, (_, index) => mask.data[index * mask.channels] ?? 0);
}

function isSurround(clear: Uint8Array, size: Size): boolean {
  let opaque = 0;
  for (const value of clear) if (value === 0) opaque += 1;
  if (opaque === 0 || opaque === clear.length) return false;
  const { width, height } = boundsOfLevels(
    clear.map((value) => 255 - value),
    size,
  );
  return width * height === opaque;
}

/** The box of all pixels above the least level. @throws AppError mask-empty */
export function boundsOfLevels(levels: Uint8Array, { width, height }: Size): Rect {
  let [left, top, right, bottom] = [width, -1, -1, -1];
  for (let y = 0; y < height; y += 1) {
    const row = levels.subarray(y * width, (y + 1) * width);
    let first = 0;
    while (first < width && (row[first] ?? 0) <= leastLevel) first += 1;
    if (first === width) continue;
    let last = width - 1;
    while ((row[last] ?? 0) <= leastLevel) last -= 1;
    if (top < 0) top = y;
    bottom = y;
    left = Math.min(left, first);
    right = Math.max(right, last);
  }
  if (top < 0) throw new AppError('mask-empty', 'The mask is empty.', { action: 'Paint over what you want to replace.' });
  return { x: left, y: top, width: right - left + 1, height: bottom - top + 1 };
}

/** Each pixel takes the highest level within a square of `radius` around it: two passes whose cost does not grow with it. */
export function dilated(levels: Uint8Array, { width, height }: Size, radius: number): Uint8Array {
  if (radius === 0) return levels;
  const result = Uint8Array.from(levels);
  const longest = Math.max(width, height);
  const line = new Uint8Array(longest);
  const queue = new Int32Array(longest);
  const pass = (start: number, stride: number, length: number): void => {
    for (let at = 0; at < length; at += 1) line[at] = result[start + at * stride] ?? 0;
    // A queue of falling levels: its head is the window's highest.
    let head = 0;
    let tail = 0;
    for (let at = 0; at < length + radius; at += 1) {
      if (at < length) {
        while (tail > head && (line[queue[tail - 1] ?? 0] ?? 0) <= (line[at] ?? 0)) tail -= 1;
        queue[tail] = at;
        tail += 1;
      }
      const centre = at - radius;
      if (centre < 0) continue;
      while ((queue[head] ?? 0) < centre - radius) head += 1;
      result[start + centre * stride] = line[queue[head] ?? 0] ?? 0;
    }
  };
  for (let y = 0; y < height; y += 1) pass(y * width, 1, width);
  for (let x = 0; x < width; x += 1) pass(x, width, height);
  return result;
}

/** diffusers' nearest neighbour to another size: source index floor(i * from / to). */
export function nearest(levels: Uint8Array, from: Size, to: Size): Uint8Array {
  if (from.width === to.width && from.height === to.height) return levels;
  const result = new Uint8Array(to.width * to.height);
  for (let y = 0; y < to.height; y += 1) {
    const row = Math.min(from.height - 1, Math.floor((y * from.height) / to.height)) * from.width;
    for (let x = 0; x < to.width; x += 1) {
      result[y * to.width + x] = levels[row + Math.min(from.width - 1, Math.floor((x * from.width) / to.width))] ?? 0;
    }
  }
  return result;
}

/** The mask at the latents' size, 0..1: nearest neighbour, or what is in a cell at all where that misses thin strokes. */
export function latentLevels(levels: Uint8Array, from: Size, to: Size): Float32Array {
  let small = nearest(levels, from, to);
  if (!small.some((level) => level > 0)) {
    small = new Uint8Array(to.width * to.height);
    for (let y = 0; y < from.height; y += 1) {
      const row = Math.floor((y * to.height) / from.height) * to.width;
      for (let x = 0; x < from.width; x += 1) {
        const at = row + Math.floor((x * to.width) / from.width);
        small[at] = Math.max(small[at] ?? 0, levels[y * from.width + x] ?? 0);
      }
    }
  }
  return Float32Array.from(small, (level) => level / 255);
}

/** Whether a notable part of what is marked is neither black nor white: more than a brush's rim. */
export function hasGrey(levels: Uint8Array): boolean {
  let marked = 0;
  let grey = 0;
  for (const level of levels) {
    if (level > leastLevel) marked += 1;
    if (level > leastLevel && level < 255 - leastLevel) grey += 1;
  }
  return grey > 0.1 * marked;
}
