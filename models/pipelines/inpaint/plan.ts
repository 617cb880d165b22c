/** Decides, before any pixel is touched, what each part of the mask needs: pure arithmetic on boxes. */
import { growRect, intersectRects, rectBottom, rectRight, type Rect, type Size } from '../../../shared/domain/geometry.ts';
import type { InpaintConvention } from '../../../shared/domain/pack-manifest.ts';
import type { InpaintParams } from '../../../shared/pipelines/inpaint.ts';
import { clusterByCell, joinNear } from '../../core/mask-regions.ts';
import type { Symmetry } from '../../core/planes.ts';
import { seededRandom } from '../../core/seeded-random.ts';

export interface RegionPlan {
  /** The pixels that may change: mask, grow and feather. */
  changed: Rect;
  /** What the model sees, in image pixels. Holds `changed` wherever the image does. */
  crop: Rect;
  /** The size that detail is worked out at: the crop's own, unless the hole is very large. */
  working: Size;
  /** The size the crop is given to the model at. */
  modelInput: Size;
  symmetry: Symmetry;
}

/** Boxes that are repainted together, as one box, and the longest side of any one hole in it. */
export interface MaskCluster {
  box: Rect;
  longestPart: number;
}

/** A free-size graph is run with holes up to this many times its training side; larger ones are scaled down. */
const holeSides = 1;
/** And with crops up to this many: what attention in a graph needs grows with the fourth power of the side. */
const mostCropSides = 3;
/** Crops at least this many training sides wide, so that small holes get full context. */
const leastCropSides = 1;
/** Detail is worked out at full size for holes up to this wide, in crops up to that wide; beyond, it is enlarged from there. */
const mostWorkingHole = 640;
const mostWorkingCrop = 2048;
/** More separate parts than this are grouped by where they lie: a mask of dust specks must not mean a thousand runs. */
const mostParts = 64;

/** Groups the parts of a mask. Those whose changed areas meet go together, or the second would be fed the first one's blend. */
export function clusterParts(parts: readonly Rect[], params: InpaintParams, modelSize: number): MaskCluster[] {
  const reach = params.maskGrow + params.feather + 2;
  const grouped = parts.length > mostParts ? clusterByCell(parts, modelSize) : parts;
  const boxes = joinNear(grouped, reach);
  return boxes.map((box) => {
    const inside = boxes.length === 1 ? parts : parts.filter((part) => intersectRects(part, box) !== null);
    return { box, longestPart: Math.max(...inside.map((part) => Math.max(part.width, part.height))) };
  });
}

/**
 * @param cluster one or several parts of the mask, in image pixels
 * @param seed 0 asks for the plain run; others turn or mirror the crop and shift its frame a little, which is what makes
 *   a deterministic model give different answers
 */
export function planRegion(
  { box, longestPart }: MaskCluster,
  image: Size,
  params: InpaintParams,
  convention: InpaintConvention,
  seed: number,
): RegionPlan {
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
  const holeSide = Math.min(longer, longestPart + 2 * (params.maskGrow + params.feather));
  const workingScale = Math.min(1, mostWorkingHole / longer, mostWorkingCrop / cropSide);
  const modelScale =
    convention.fixedSize === null
      ? Math.min((holeSides * convention.modelSize) / holeSide, (mostCropSides * convention.modelSize) / cropSide)
      : Math.max(convention.fixedSize.width, convention.fixedSize.height) / cropSide;
  return {
    changed,
    crop,
    working: scaled(crop, workingScale),
    modelInput: scaled(crop, Math.min(workingScale, modelScale)),
    symmetry,
  };
}

function scaled({ width, height }: Size, scale: number): Size {
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
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
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const rect of rects) {
    left = Math.min(left, rect.x);
    top = Math.min(top, rect.y);
    right = Math.max(right, rectRight(rect));
    bottom = Math.max(bottom, rectBottom(rect));
  }
  return { x: left, y: top, width: right - left, height: bottom - top };
}
