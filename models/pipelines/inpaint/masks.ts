/**
 * Two masks from one selection, as krita-ai-diffusion has it: the model repaints a larger area than the one that is used,
 * so that the blend happens between the old picture and new pixels that already agree with it.
 */
import { growRect, intersectRects, rectBottom, rectRight, type Rect } from '../../../shared/domain/geometry.ts';
import type { InpaintParams } from '../../../shared/pipelines/inpaint.ts';
import { distanceTo } from '../../core/distance.ts';
import { maskThreshold } from '../../core/mask-regions.ts';
import type { PixelImage } from '../../pipeline.ts';

export interface RegionMasks {
  /**
   * Over the crop: 1 = not known. Selection, grow and the whole feather; parts of the mask that are not filled yet, so that
   * nothing of what is to go serves as context; pixels with no colour of their own.
   */
  hole: Uint8Array;
  /** Over `changed`: how much of the new pixel is used, 0..255. 255 on selection and grow, falling to 0 across the feather. */
  blend: Uint8Array;
}

/** @param pending boxes of the parts that are filled after this one, in image pixels */
export function masksFor(
  image: PixelImage,
  mask: PixelImage,
  changed: Rect,
  crop: Rect,
  params: Pick<InpaintParams, 'maskGrow' | 'feather'>,
  pending: readonly Rect[],
): RegionMasks {
  const marked = new Uint8Array(changed.width * changed.height);
  for (let y = 0; y < changed.height; y += 1) {
    const from = (changed.y + y) * mask.width + changed.x;
    for (let x = 0; x < changed.width; x += 1) if ((mask.data[from + x] ?? 0) > maskThreshold) marked[y * changed.width + x] = 1;
  }
  const distance = distanceTo(marked, changed);
  const blend = new Uint8Array(marked.length);
  const hole = new Uint8Array(crop.width * crop.height);
  for (let y = 0; y < changed.height; y += 1) {
    for (let x = 0; x < changed.width; x += 1) {
      const index = y * changed.width + x;
      const level = blendLevel((distance[index] ?? 0) - params.maskGrow, params.feather);
      blend[index] = Math.round(level * 255);
      if (level > 0) hole[(changed.y - crop.y + y) * crop.width + (changed.x - crop.x + x)] = 1;
    }
  }
  markPending(mask, crop, pending, params.maskGrow, hole);
  if (image.channels === 4) markTransparent(image, crop, hole);
  return { hole, blend };
}

/** 1 inside, a half cosine over the feather, 0 beyond it. */
function blendLevel(beyond: number, feather: number): number {
  if (beyond <= 0) return 1;
  if (beyond >= feather) return 0;
  return 0.5 + 0.5 * Math.cos((Math.PI * beyond) / feather);
}

/** The other parts, each grown as it will be when its turn comes. */
function markPending(mask: PixelImage, crop: Rect, pending: readonly Rect[], grow: number, hole: Uint8Array): void {
  const near = growRect(crop, grow);
  for (const box of pending) {
    const common = intersectRects(box, near);
    if (common === null) continue;
    for (let y = common.y; y < rectBottom(common); y += 1) {
      const row = mask.data.subarray(y * mask.width + common.x, y * mask.width + rectRight(common));
      for (let x = 0; x < row.length; x += 1) {
        if ((row[x] ?? 0) <= maskThreshold) continue;
        const from = x;
        while (x < row.length && (row[x] ?? 0) > maskThreshold) x += 1;
        const left = Math.max(0, common.x + from - grow - crop.x);
        const right = Math.min(crop.width, common.x + x + grow - crop.x);
        const bottom = Math.min(crop.height, y + grow + 1 - crop.y);
        for (let at = Math.max(0, y - grow - crop.y); at < bottom; at += 1) {
          if (right > left) hole.fill(1, at * crop.width + left, at * crop.width + right);
        }
      }
    }
  }
}

/** Clear pixels hold no picture: the model must not take them for black. */
function markTransparent(image: PixelImage, crop: Rect, hole: Uint8Array): void {
  for (let y = 0; y < crop.height; y += 1) {
    const from = ((crop.y + y) * image.width + crop.x) * 4 + 3;
    for (let x = 0; x < crop.width; x += 1) if ((image.data[from + x * 4] ?? 255) < 8) hole[y * crop.width + x] = 1;
  }
}
