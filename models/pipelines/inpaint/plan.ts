/** Decides, before any pixel is touched, what each part of the mask needs: pure arithmetic on boxes. */
import { growRect, intersectRects, rectBottom, rectRight, type Rect, type Size } from '../../../shared/domain/geometry.ts';
import type { InpaintConvention } from '../../../shared/domain/pack-manifest.ts';
import type { InpaintParams } from '../../../shared/pipelines/inpaint.ts';
import type { Symmetry } from '../../core/planes.ts';
import { seededRandom } from '../../core/seeded-random.ts';

export interface RegionPlan {
  /** The pixels that may change: mask, grow and feather. */
  changed: Rect;
  /** What the model sees, in image pixels. Holds `changed` wherever the image does. */
  crop: Rect;
  /** The size the crop is given to the model at. */
  modelInput: Size;
  symmetry: Symmetry;
}

/** A free-size graph is run with holes up to this many times its training side; larger ones are scaled down. */
const holeSides = 1;
/** And with crops up to this many: what attention in a graph needs grows with the fourth power of the side. */
const mostCropSides = 3;
/** Crops at least this many training sides wide, so that small holes get full context. */
const leastCropSides = 1;

/**
 * @param box one part of the mask, in image pixels
 * @param seed 0 asks for the plain run; others turn or mirror the crop and shift its frame a little, which is what makes
 *   a deterministic model give different answers
 */
export function planRegion(box: Rect, image: Size, params: InpaintParams, convention: InpaintConvention, seed: number): RegionPlan {
  const whole: Rect = { x: 0, y: 0, ...image };
  const changed = intersectRects(growRect(box, params.maskGrow + params.feather), whole) ?? box;
  const random = seededRandom(seed);
  const longer = Math.max(changed.width, changed.height);
  const jitter = seed === 0 ? 0 : (random() - 0.5) * 0.3;
  const wanted = Math.round(longer * (1 + 2 * params.contextPadding * (1 + jitter)));
  const side = Math.max(wanted, Math.round(leastCropSides * convention.modelSize), longer + 16);
  const shift = seed === 0 ? 0 : Math.round((side - longer) * 0.15);
  const crop: Rect = {
    ...along(changed.x, changed.width, side, image.width, Math.round((random() - 0.5) * 2 * shift)),
    ...renamed(along(changed.y, changed.height, side, image.height, Math.round((random() - 0.5) * 2 * shift))),
  };
  const symmetry = (seed === 0 ? 0 : seed % 8) as Symmetry;
  const cropSide = Math.max(crop.width, crop.height);
  const scale =
    convention.fixedSize === null
      ? Math.min(1, (holeSides * convention.modelSize) / longer, (mostCropSides * convention.modelSize) / cropSide)
      : Math.min(1, Math.max(convention.fixedSize.width, convention.fixedSize.height) / cropSide);
  const modelInput = { width: Math.max(1, Math.round(crop.width * scale)), height: Math.max(1, Math.round(crop.height * scale)) };
  return { changed, crop, modelInput, symmetry };
}

/** Places a side around a span, moved inwards at the image's borders. */
function along(from: number, length: number, side: number, limit: number, shift: number): { x: number; width: number } {
  const width = Math.min(side, limit);
  const centred = Math.round(from + length / 2 - width / 2) + shift;
  const low = Math.min(from, Math.max(centred, from + length - width));
  return { x: Math.min(Math.max(0, low), limit - width), width };
}

function renamed({ x, width }: { x: number; width: number }): { y: number; height: number } {
  return { y: x, height: width };
}

/** The smallest rectangle around several. */
export function boundsOf(rects: readonly Rect[]): Rect {
  const x = Math.min(...rects.map((rect) => rect.x));
  const y = Math.min(...rects.map((rect) => rect.y));
  return { x, y, width: Math.max(...rects.map(rectRight)) - x, height: Math.max(...rects.map(rectBottom)) - y };
}
