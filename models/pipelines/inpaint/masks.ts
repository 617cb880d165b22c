/**
 * Two masks from one selection, as krita-ai-diffusion has it: the model repaints a larger area than the one that is used,
 * so that the blend happens between the old picture and new pixels that already agree with it.
 */
import type { Rect } from '../../../shared/domain/geometry.ts';
import type { InpaintParams } from '../../../shared/pipelines/inpaint.ts';
import { distanceTo } from '../../core/distance.ts';
import { maskThreshold } from '../../core/mask-regions.ts';
import { newPlanes, type Planes } from '../../core/planes.ts';
import type { PixelImage } from '../../pipeline.ts';

export interface RegionMasks {
  /** Over the crop: 1 = the model repaints it. Selection, grow and the whole feather; and pixels with no colour of their own. */
  hole: Planes;
  /** Over `changed`: how much of the new pixel is used, 0..255. 255 on selection and grow, falling to 0 across the feather. */
  blend: Uint8Array;
}

export function masksFor(image: PixelImage, mask: PixelImage, changed: Rect, crop: Rect, params: InpaintParams): RegionMasks {
  const marked = new Uint8Array(changed.width * changed.height);
  for (let y = 0; y < changed.height; y += 1) {
    const from = (changed.y + y) * mask.width + changed.x;
    for (let x = 0; x < changed.width; x += 1) if ((mask.data[from + x] ?? 0) > maskThreshold) marked[y * changed.width + x] = 1;
  }
  const distance = distanceTo(marked, changed);
  const blend = new Uint8Array(marked.length);
  const hole = newPlanes(crop, 1);
  for (let y = 0; y < changed.height; y += 1) {
    for (let x = 0; x < changed.width; x += 1) {
      const index = y * changed.width + x;
      const level = blendLevel((distance[index] ?? 0) - params.maskGrow, params.feather);
      blend[index] = Math.round(level * 255);
      if (level > 0) hole.data[(changed.y - crop.y + y) * crop.width + (changed.x - crop.x + x)] = 1;
    }
  }
  if (image.channels === 4) markTransparent(image, crop, hole);
  return { hole, blend };
}

/** 1 inside, a half cosine over the feather, 0 beyond it. */
function blendLevel(beyond: number, feather: number): number {
  if (beyond <= 0) return 1;
  if (beyond >= feather) return 0;
  return 0.5 + 0.5 * Math.cos((Math.PI * beyond) / feather);
}

/** Clear pixels hold no picture: the model must not take them for black. */
function markTransparent(image: PixelImage, crop: Rect, hole: Planes): void {
  for (let y = 0; y < crop.height; y += 1) {
    const from = ((crop.y + y) * image.width + crop.x) * 4 + 3;
    for (let x = 0; x < crop.width; x += 1) if ((image.data[from + x * 4] ?? 255) < 8) hole.data[y * crop.width + x] = 1;
  }
}
