/** Writes a filled part into the patch and the output, at the image's own resolution. */
import type { Rect } from '../../../shared/domain/geometry.ts';
import type { Planes } from '../../core/planes.ts';
import type { PixelImage } from '../../pipeline.ts';
import type { RegionPlan } from './plan.ts';
import type { FilledRegion } from './region.ts';

export interface PlacedInto {
  /** The whole image; changed. */
  output: PixelImage;
  /** RGBA over `bounds`; changed. */
  patch: PixelImage;
  bounds: Rect;
}

export function placeFill(region: FilledRegion, plan: RegionPlan, into: PlacedInto): void {
  const { crop, working } = plan;
  // The copies below read known pixels only, so it does not matter that others are written meanwhile.
  const isWhole = working.width === crop.width && working.height === crop.height;
  placePixels(isWhole ? coloursAt(region.fill.fill) : enlarged(region, plan, into.output), region.blend, plan, into);
}

/** @param blend over `changed`, 0..255: how much of each new pixel is used */
export function placePixels(
  colourAt: ColourAt,
  blend: Uint8Array,
  { changed, crop }: Pick<RegionPlan, 'changed' | 'crop'>,
  { output, patch, bounds }: PlacedInto,
): void {
  const colour = new Float32Array(3);
  for (let y = 0; y < changed.height; y += 1) {
    for (let x = 0; x < changed.width; x += 1) {
      const alpha = blend[y * changed.width + x] ?? 0;
      if (alpha === 0) continue;
      const to = ((changed.y - bounds.y + y) * bounds.width + (changed.x - bounds.x + x)) * 4;
      // Overlapping feathers of two parts: the stronger one is what the patch shows.
      if (alpha < (patch.data[to + 3] ?? 0)) continue;
      colourAt(changed.x - crop.x + x, changed.y - crop.y + y, colour);
      for (let channel = 0; channel < 3; channel += 1) patch.data[to + channel] = toByte(colour[channel] ?? 0);
      patch.data[to + 3] = alpha;
      composite(output, (changed.y + y) * output.width + changed.x + x, patch.data, to, alpha);
    }
  }
}

/** Gives the fill's colour at a pixel of the crop. */
export type ColourAt = (x: number, y: number, into: Float32Array) => void;

/** Of a fill of the crop's size. */
export function coloursAt(fill: Planes): ColourAt {
  const count = fill.width * fill.height;
  return (x, y, into) => {
    const at = y * fill.width + x;
    for (let channel = 0; channel < 3; channel += 1) into[channel] = fill.data[channel * count + at] ?? 0;
  };
}

/**
 * A fill that was worked out smaller than the crop: enlarged, and what is finer than it comes from the same places that its
 * detail was copied from, read from the image at full resolution.
 */
function enlarged({ fill, picture, hole }: FilledRegion, { crop, working }: RegionPlan, image: PixelImage): ColourAt {
  const scaleX = working.width / crop.width;
  const scaleY = working.height / crop.height;
  return (x, y, into) => {
    const workingX = (x + 0.5) * scaleX;
    const workingY = (y + 0.5) * scaleY;
    for (let channel = 0; channel < 3; channel += 1) into[channel] = bilinear(fill.fill, channel, workingX, workingY);
    const column = Math.min(working.width - 1, Math.floor(workingX));
    const row = Math.min(working.height - 1, Math.floor(workingY));
    const source = fill.sourceOf(column, row);
    if (source < 0) return;
    const gain = fill.gainOf(column, row);
    const fromX = x + Math.round(((source % working.width) - column) / scaleX);
    const fromY = y + Math.round((Math.floor(source / working.width) - row) / scaleY);
    if (fromX < 0 || fromY < 0 || fromX >= crop.width || fromY >= crop.height || hole[fromY * crop.width + fromX] !== 0) return;
    const at = ((crop.y + fromY) * image.width + crop.x + fromX) * image.channels;
    for (let channel = 0; channel < 3; channel += 1) {
      const sharp = (image.data[image.channels === 1 ? at : at + channel] ?? 0) / 255;
      const finer = sharp - bilinear(picture, channel, (fromX + 0.5) * scaleX, (fromY + 0.5) * scaleY);
      into[channel] = (into[channel] ?? 0) + gain * finer;
    }
  };
}

/** @param x, y in pixels from the corner: pixel centres lie at .5 */
function bilinear(planes: Planes, channel: number, x: number, y: number): number {
  const { width, height, data } = planes;
  const clampedX = Math.min(width - 1, Math.max(0, x - 0.5));
  const clampedY = Math.min(height - 1, Math.max(0, y - 0.5));
  const left = Math.floor(clampedX);
  const top = Math.floor(clampedY);
  const right = Math.min(width - 1, left + 1);
  const base = channel * width * height;
  const upper = base + top * width;
  const lower = base + Math.min(height - 1, top + 1) * width;
  const across = clampedX - left;
  const down = clampedY - top;
  const above = (data[upper + left] ?? 0) * (1 - across) + (data[upper + right] ?? 0) * across;
  const below = (data[lower + left] ?? 0) * (1 - across) + (data[lower + right] ?? 0) * across;
  return above * (1 - down) + below * down;
}

const toByte = (level: number): number => Math.min(255, Math.max(0, Math.round(level * 255)));

/** W3C source-over with straight alpha, in whole bytes. */
function composite(into: PixelImage, pixel: number, patch: Uint8Array, from: number, alpha: number): void {
  const at = pixel * into.channels;
  const backdrop = into.channels === 4 ? (into.data[at + 3] ?? 255) : 255;
  const total = alpha * 255 + backdrop * (255 - alpha);
  for (let channel = 0; channel < Math.min(3, into.channels); channel += 1) {
    const old = into.data[at + channel] ?? 0;
    into.data[at + channel] = Math.round(((patch[from + channel] ?? 0) * alpha * 255 + old * backdrop * (255 - alpha)) / total);
  }
  if (into.channels === 4) into.data[at + 3] = Math.round(total / 255);
}
