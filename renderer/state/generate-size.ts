/** Sizes of pictures relative to the one a pack was trained at: the same area in other proportions, on the pack's grid. */
import { z } from 'zod';
import type { DiffusionConvention } from '../../shared/domain/diffusion-convention.ts';
import { largestDiffusionSidePx } from '../../shared/pipelines/diffusion.ts';

export const aspectSchema = z.enum(['square', 'portrait', 'portrait-3-4', 'landscape-4-3', 'landscape', 'wide', 'tall', 'image', 'custom']);
export type Aspect = z.infer<typeof aspectSchema>;

export interface SizePx {
  width: number;
  height: number;
}

/** `image`: the proportions of the picture that is started from. */
export const aspectLabels: Record<Aspect, string> = {
  square: 'Square 1:1',
  portrait: 'Portrait 2:3',
  'portrait-3-4': 'Portrait 3:4',
  'landscape-4-3': 'Landscape 4:3',
  landscape: 'Landscape 3:2',
  wide: 'Wide 16:9',
  tall: 'Tall 9:16',
  image: 'As the image',
  custom: 'Custom',
};

const ratios: Partial<Record<Aspect, number>> = {
  square: 1,
  portrait: 2 / 3,
  'portrait-3-4': 3 / 4,
  'landscape-4-3': 4 / 3,
  landscape: 3 / 2,
  wide: 16 / 9,
  tall: 9 / 16,
};

const turned: Partial<Record<Aspect, Aspect>> = {
  portrait: 'landscape',
  landscape: 'portrait',
  'portrait-3-4': 'landscape-4-3',
  'landscape-4-3': 'portrait-3-4',
  wide: 'tall',
  tall: 'wide',
};

/** The aspect on its other side; null: it has none of its own (square), or is the numbers themselves. */
export const turnedAspect = (aspect: Aspect): Aspect | null => turned[aspect] ?? null;

/**
 * Sides are multiples of this: latents that UNets can halve three times, which is what all of SD's need, as far as the native
 * size itself keeps to it.
 */
export function sizeStepPx({ vae, nativeSize }: Pick<DiffusionConvention, 'vae' | 'nativeSize'>): number {
  for (const halvings of [8, 4, 2]) {
    const step = vae.scale * halvings;
    const fits = nativeSize.width % step === 0 && nativeSize.height % step === 0;
    // A step as coarse as half the picture would leave no proportions to choose from.
    if (fits && step * 4 <= Math.min(nativeSize.width, nativeSize.height)) return step;
  }
  return vae.scale;
}

/** To the nearest multiple, at least one. */
export function onGrid(px: number, stepPx: number): number {
  return Math.min(Math.floor(largestDiffusionSidePx / stepPx) * stepPx, Math.max(stepPx, Math.round(px / stepPx) * stepPx));
}

/** The native area in the given proportions (width / height). */
export function sizeOfRatio(ratio: number, native: SizePx, stepPx: number): SizePx {
  const area = native.width * native.height;
  return { width: onGrid(Math.sqrt(area * ratio), stepPx), height: onGrid(Math.sqrt(area / ratio), stepPx) };
}

/** Larger pictures than this many times the native area repeat themselves or fall apart when they are made in one go. */
const comfortableAreas = 2.25;

export function sizeOf(aspect: Aspect, custom: SizePx, image: SizePx | null, native: SizePx, stepPx: number): SizePx {
  if (aspect === 'image' && image !== null) {
    const exact = { width: onGrid(image.width, stepPx), height: onGrid(image.height, stepPx) };
    const small = image.width * image.height < (native.width * native.height) / comfortableAreas;
    const fits = image.width * image.height <= comfortableAreas * native.width * native.height;
    return fits && !small ? exact : sizeOfRatio(image.width / image.height, native, stepPx);
  }
  const ratio = ratios[aspect];
  return ratio === undefined
    ? { width: onGrid(custom.width, stepPx), height: onGrid(custom.height, stepPx) }
    : sizeOfRatio(ratio, native, stepPx);
}

/** What is odd about a size for this pack, in words; null: nothing. */
export function sizeRemark({ width, height }: SizePx, native: SizePx): string | null {
  const areas = (width * height) / (native.width * native.height);
  const trainedAt = `${String(native.width)} × ${String(native.height)}`;
  if (areas > 2.3) return `Far larger than the ${trainedAt} the model was trained at: things may repeat. The high-resolution fix helps.`;
  if (areas < 0.4) return `Far smaller than the ${trainedAt} the model was trained at: it may not recognise its task.`;
  return null;
}
