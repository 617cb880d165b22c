/**
 * Outpainting. Beyond the known picture there is nothing on the far side to be filled from, and a model trained on holes
 * fades to one grey. So what lies outside the box of the known pixels is guided by the picture mirrored at its edge: each
 * pixel takes the mean of a window inside the edge, as deep as the pixel is far. Horizons and layers go on; single things
 * dissolve with the distance instead of standing there twice. Detail is copied onto this later, as everywhere.
 */
import type { Rect } from '../../../shared/domain/geometry.ts';
import type { Planes } from '../../core/planes.ts';

/** The model is trusted close to the edge only: its share has fallen to 1/e at this many pixels of its own scale. */
const trustPx = 20;
/** How wide a window is along the edge, and how deep, for each pixel of distance. */
const spreadAlong = 0.1;
const spreadInwards = 0.6;

/**
 * @param fill the model's answer, RGB; changed in place
 * @param picture RGB of the same size
 * @param known share of each pixel that is known, 0..1
 */
export function continueOutside(fill: Planes, picture: Planes, known: Float32Array): void {
  const inside = boxOfKnown(known, fill.width, fill.height);
  if (inside === null || (inside.width === fill.width && inside.height === fill.height)) return;
  const sums = cumulative(picture, known);
  const count = fill.width * fill.height;
  const right = inside.x + inside.width;
  const bottom = inside.y + inside.height;
  const mean = new Float32Array(3);
  for (let y = 0; y < fill.height; y += 1) {
    const beyondY = y < inside.y ? inside.y - y : y >= bottom ? y - bottom + 1 : 0;
    for (let x = 0; x < fill.width; x += 1) {
      const beyondX = x < inside.x ? inside.x - x : x >= right ? x - right + 1 : 0;
      if (beyondX === 0 && beyondY === 0) continue;
      const [left, wide] = window(x, beyondX, beyondY, inside.x, right);
      const [top, tall] = window(y, beyondY, beyondX, inside.y, bottom);
      if (!meanOf(sums, fill.width, left, top, left + wide, top + tall, mean)) continue;
      const distance = Math.hypot(beyondX, beyondY);
      const trust = Math.exp(-((distance / trustPx) ** 2));
      const at = y * fill.width + x;
      for (let channel = 0; channel < 3; channel += 1) {
        const to = channel * count + at;
        fill.data[to] = trust * (fill.data[to] ?? 0) + (1 - trust) * (mean[channel] ?? 0);
      }
    }
  }
}

/** One side of the window: from where, and how long. */
function window(at: number, beyond: number, across: number, low: number, high: number): [number, number] {
  if (beyond === 0) {
    const half = Math.round(across * spreadAlong);
    const from = Math.max(low, at - half);
    return [from, Math.min(high, at + half + 1) - from];
  }
  const deep = Math.min(high - low, Math.round(beyond * spreadInwards) + 4);
  return at < low ? [low, deep] : [high - deep, deep];
}

function boxOfKnown(known: Float32Array, width: number, height: number): Rect | null {
  let [left, top, right, bottom] = [width, height, -1, -1];
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      if ((known[y * width + x] ?? 0) < 0.5) continue;
      left = Math.min(left, x);
      right = Math.max(right, x);
      top = Math.min(top, y);
      bottom = y;
    }
  }
  return right < 0 ? null : { x: left, y: top, width: right - left + 1, height: bottom - top + 1 };
}

/** Sums over the rectangle from the corner to each pixel, of known colours and of knownness, as 4 values a pixel. */
function cumulative(picture: Planes, known: Float32Array): Float64Array {
  const { width, height } = picture;
  const count = width * height;
  const sums = new Float64Array((width + 1) * (height + 1) * 4);
  for (let y = 0; y < height; y += 1) {
    const row = new Float64Array(4);
    for (let x = 0; x < width; x += 1) {
      const index = y * width + x;
      const weight = known[index] ?? 0;
      const to = ((y + 1) * (width + 1) + x + 1) * 4;
      for (let part = 0; part < 4; part += 1) {
        row[part] = (row[part] ?? 0) + weight * (part === 3 ? 1 : (picture.data[part * count + index] ?? 0));
        sums[to + part] = (sums[to - (width + 1) * 4 + part] ?? 0) + (row[part] ?? 0);
      }
    }
  }
  return sums;
}

function meanOf(sums: Float64Array, width: number, left: number, top: number, right: number, bottom: number, into: Float32Array): boolean {
  const corner = (x: number, y: number, part: number): number => sums[(y * (width + 1) + x) * 4 + part] ?? 0;
  const sum = (part: number): number =>
    corner(right, bottom, part) - corner(left, bottom, part) - corner(right, top, part) + corner(left, top, part);
  const weight = sum(3);
  if (weight < 0.5) return false;
  for (let part = 0; part < 3; part += 1) into[part] = sum(part) / weight;
  return true;
}
