/** What a repainting gives the model to see, and how its answer returns into the picture. */
import type { Rect, Size } from '../../../shared/domain/geometry.ts';
import type { DiffusionParams } from '../../../shared/pipelines/diffusion.ts';
import { averageKnown, coloursOf, diffuseInto } from '../../core/known-average.ts';
import { newPlanes, type Planes } from '../../core/planes.ts';
import { resize } from '../../core/resize.ts';
import type { PipelinePicture, PixelImage } from '../../pipeline.ts';
import { masksFor } from '../inpaint/masks.ts';
import { coloursAt, placePixels } from '../inpaint/place.ts';
import { clamped, resized } from './frame.ts';
import type { RepaintPlan } from './plan-repaint.ts';
import { dilated, hasGrey, leastLevel, nearest } from './repaint-mask.ts';

export interface RepaintPictures {
  /** RGB 0..1 at the model's size; what is transparent is continued from its surroundings. */
  picture: Planes;
  /** How far each pixel of the model's size is repainted, 0..255: 0 and 255 only, unless the mask has notable grey. */
  levels: Uint8Array;
  grey: boolean;
  /** Over the plan's `changed`, 0..255: how much of the new pixel is used. */
  blend: Uint8Array;
  /** The picture with its repainted part continued from its surroundings. */
  withSurroundings(): Planes;
  /** The picture with mid-grey, the VAE's zero, wherever the level is at least `least`. */
  withHole(least: number): Planes;
}

/**
 * Two masks from one, as for inpainting: the model repaints mask, grow and feather; the blend uses mask and grow wholly and
 * fades across the feather, where new pixels already agree with old ones.
 * @param inpaintingModel it knows no grey, so that the blend has it instead
 */
export function repaintPictures(
  image: PixelImage,
  { levels, crop, changed, model }: RepaintPlan,
  params: Pick<DiffusionParams, 'maskGrow' | 'feather' | 'maskMode'>,
  inpaintingModel: boolean,
): RepaintPictures {
  const marked: PixelImage = {
    width: image.width,
    height: image.height,
    channels: 1,
    data: levels.map((level) => (level > leastLevel ? 255 : 0)),
  };
  const { hole, blend } = masksFor(image, marked, changed, crop, params, []);
  let own = cropped(levels, image, crop);
  const grey = hasGrey(own);
  if (!grey) own = own.map((level) => (level > leastLevel ? 255 : 0));
  // Grown as a square, then cut to the disc that the blend uses.
  const grown = dilated(own, crop, params.maskGrow + params.feather).map((level, at) => (hole[at] === 0 ? 0 : level));
  if (grey && inpaintingModel && params.maskMode === 'soft') weaken(blend, changed, grown, crop);
  const small = nearest(grown, crop, model);
  const clear = transparent(image, crop);
  const picture = pictureOf(image, crop, model, clear);
  return {
    picture,
    levels: small,
    grey,
    blend,
    withSurroundings() {
      const unknown = grown.map((level, at) => (level > 0 || clear?.[at] === 1 ? 1 : 0));
      return within(picture, pictureOf(image, crop, model, unknown), (at) => (small[at] ?? 0) > 0);
    },
    withHole(least) {
      const hollow = newPlanes(model, 3);
      hollow.data.fill(0.5);
      return within(picture, hollow, (at) => (small[at] ?? 0) >= least);
    },
  };
}

function weaken(blend: Uint8Array, changed: Rect, levels: Uint8Array, crop: Rect): void {
  for (let y = 0; y < changed.height; y += 1) {
    const from = (changed.y - crop.y + y) * crop.width + changed.x - crop.x;
    for (let x = 0; x < changed.width; x += 1) {
      const at = y * changed.width + x;
      blend[at] = Math.round(((blend[at] ?? 0) * (levels[from + x] ?? 0)) / 255);
    }
  }
}

function cropped(levels: Uint8Array, image: Size, crop: Rect): Uint8Array {
  const result = new Uint8Array(crop.width * crop.height);
  for (let y = 0; y < crop.height; y += 1) {
    const from = (crop.y + y) * image.width + crop.x;
    result.set(levels.subarray(from, from + crop.width), y * crop.width);
  }
  return result;
}

/** Over the crop: 1 where there is no colour; null: everywhere is. */
function transparent(image: PixelImage, crop: Rect): Uint8Array | null {
  if (image.channels !== 4) return null;
  let any = false;
  const clear = new Uint8Array(crop.width * crop.height);
  for (let y = 0; y < crop.height; y += 1) {
    const from = ((crop.y + y) * image.width + crop.x) * 4 + 3;
    for (let x = 0; x < crop.width; x += 1) {
      if ((image.data[from + x * 4] ?? 255) >= 8) continue;
      clear[y * crop.width + x] = 1;
      any = true;
    }
  }
  return any ? clear : null;
}

/** @param unknown over the crop: 1 where the picture is continued from elsewhere */
function pictureOf(image: PixelImage, crop: Rect, model: Size, unknown: Uint8Array | null): Planes {
  if (unknown === null) return clamped(resized(image, crop, model));
  const { picture, known } = averageKnown(coloursOf(image, crop), unknown, model);
  return clamped(resize(diffuseInto(picture, known), model));
}

function within(outside: Planes, inside: Planes, isInside: (at: number) => boolean): Planes {
  const count = outside.width * outside.height;
  return { ...outside, data: outside.data.map((value, at) => (isInside(at % count) ? (inside.data[at] ?? 0) : value)) };
}

/** Means differ by more than this through content, not through the VAE. */
const largestShift = 0.05;

/** Takes out the VAE's own shift of colour, told from the pixels that were not repainted. In place. */
export function matchKept(answer: Planes, { picture, levels }: Pick<RepaintPictures, 'picture' | 'levels'>): void {
  const count = levels.length;
  const kept = levels.reduce((sum, level) => sum + (level === 0 ? 1 : 0), 0);
  if (kept < count / 20) return;
  for (let channel = 0; channel < 3; channel += 1) {
    let difference = 0;
    for (let at = 0; at < count; at += 1) {
      if (levels[at] === 0) difference += (picture.data[channel * count + at] ?? 0) - (answer.data[channel * count + at] ?? 0);
    }
    const shift = Math.min(largestShift, Math.max(-largestShift, difference / kept));
    for (let at = channel * count; at < (channel + 1) * count; at += 1) answer.data[at] = (answer.data[at] ?? 0) + shift;
  }
}

/** The patch, and the picture with it: bit for bit the same beyond the feather. */
export function placeAnswer(
  image: PixelImage,
  answer: Planes,
  { blend }: RepaintPictures,
  { changed, crop }: RepaintPlan,
): PipelinePicture[] {
  const output: PixelImage = { ...image, data: Uint8Array.from(image.data) };
  const patch: PixelImage = {
    width: changed.width,
    height: changed.height,
    channels: 4,
    data: new Uint8Array(changed.width * changed.height * 4),
  };
  placePixels(coloursAt(resize(answer, crop)), blend, { changed, crop }, { output, patch, bounds: changed });
  return [
    { role: 'patch', image: patch, bounds: changed },
    { role: 'image', image: output, bounds: { x: 0, y: 0, width: image.width, height: image.height } },
  ];
}
