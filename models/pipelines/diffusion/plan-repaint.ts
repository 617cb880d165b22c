/** Where repainting happens: the pixels that may change, the crop the model sees, and the size it is worked on at. */
import { growRect, intersectRects, type Rect, type Size } from '../../../shared/domain/geometry.ts';
import type { DiffusionParams } from '../../../shared/pipelines/diffusion.ts';
import { boundsOfLevels } from './repaint-mask.ts';
import { roundedSize, type SizeRules } from './sizes.ts';

export interface RepaintPlan {
  /** The pixels that may change: mask, grow and feather. */
  changed: Rect;
  /** What the model sees, in image pixels; holds `changed`. */
  crop: Rect;
  /** The size it is worked on at. */
  model: Size;
  /** How far each pixel of the image may change, 0..255: the mask, or what is transparent. */
  levels: Uint8Array;
}

/** Crops are at least this share of the native sides: a smaller one says nothing about what surrounds it. */
const leastCropShare = 1 / 4;
/** Crops up to this many native areas keep their own scale instead of being scaled down to the native size. */
const mostOwnScaleAreas = 2;

export function planRepaint(
  image: Size,
  levels: Uint8Array,
  params: Pick<DiffusionParams, 'maskGrow' | 'feather' | 'contextPadding' | 'width' | 'height'>,
  { native, multiple, fixed }: SizeRules,
): RepaintPlan {
  const whole: Rect = { x: 0, y: 0, width: image.width, height: image.height };
  const box = boundsOfLevels(levels, image);
  const changed = intersectRects(growRect(box, params.maskGrow + params.feather), whole) ?? box;
  const asked = params.width > 0 && params.height > 0 ? roundedSize(params, multiple) : null;
  const target = fixed ?? asked ?? native;
  const aspect = target.width / target.height;
  const padding = 2 * params.contextPadding * Math.max(changed.width, changed.height);
  let width = Math.max(changed.width + padding, native.width * leastCropShare);
  const height = Math.max(changed.height + padding, native.height * leastCropShare, width / aspect);
  width = Math.max(width, height * aspect);
  let crop: Rect = { ...along(changed.x, changed.width, width, image.width), ...down(changed.y, changed.height, height, image.height) };
  if (fixed !== null || asked !== null) return { changed, crop, model: target, levels };
  const free = crop.width / crop.height;
  if (Math.abs(free / aspect - 1) < 0.02 && crop.width * crop.height <= native.width * native.height) {
    return { changed, crop, model: roundedSize(native, multiple), levels };
  }
  const areas = (crop.width * crop.height) / (native.width * native.height);
  if (areas < 1 || areas > mostOwnScaleAreas) {
    const scale = Math.sqrt(1 / areas);
    return { changed, crop, model: roundedSize({ width: crop.width * scale, height: crop.height * scale }, multiple), levels };
  }
  // At its own scale: sides become multiples where the image has room, so that nothing is resampled.
  const up = (side: number, limit: number): number => Math.min(limit, Math.ceil(side / multiple) * multiple);
  crop = {
    ...along(crop.x, crop.width, up(crop.width, image.width), image.width),
    ...down(crop.y, crop.height, up(crop.height, image.height), image.height),
  };
  return { changed, crop, model: roundedSize(crop, multiple), levels };
}

/** A side around a span, moved inwards at the image's borders; holds the span. */
function along(from: number, length: number, side: number, limit: number): { x: number; width: number } {
  const width = Math.min(Math.max(Math.round(side), length), limit);
  const centred = Math.round(from + length / 2 - width / 2);
  return { x: Math.min(Math.max(0, centred), limit - width), width };
}

function down(from: number, length: number, side: number, limit: number): { y: number; height: number } {
  const { x, width } = along(from, length, side, limit);
  return { y: x, height: width };
}
