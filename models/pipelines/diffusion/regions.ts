/** Prompts of their own for parts of the picture (Bar-Tal et al., MultiDiffusion, arXiv:2302.08113). */
import { AppError } from '../../../shared/contract/errors.ts';
import type { Size } from '../../../shared/domain/geometry.ts';
import type { DiffusionParams } from '../../../shared/pipelines/diffusion.ts';
import type { PixelImage } from '../../pipeline.ts';
import { framedLevels, type Frame } from './frame.ts';

export interface Region {
  prompt: string;
  weight: number;
  mask: PixelImage;
}

/** @throws AppError invalid-request when a region has no mask */
export function regionsOf(inputs: Readonly<Record<string, PixelImage>>, regions: DiffusionParams['regions']): Region[] {
  return regions.flatMap(({ prompt, weight }, index) => {
    const mask = inputs[`region${String(index + 1)}`];
    if (mask === undefined) {
      throw new AppError('invalid-request', `Region ${String(index + 1)} has a prompt but no mask.`, {
        action: 'Draw where it holds, or remove it.',
      });
    }
    return weight > 0 ? [{ prompt, weight, mask }] : [];
  });
}

export interface Shares {
  /** Share of the main prompt at each latent. */
  main: Float32Array;
  regions: Float32Array[];
}

/**
 * Shares that sum to 1 at each latent. A region of weight 1 has its area to itself, below that the main prompt keeps the rest;
 * where regions overlap they share by weight.
 */
export function sharesOf(levels: readonly { level: Float32Array; weight: number }[], count: number): Shares {
  const main = new Float32Array(count);
  const regions = levels.map(() => new Float32Array(count));
  for (let at = 0; at < count; at += 1) {
    let total = 0;
    for (const { level, weight } of levels) total += weight * (level[at] ?? 0);
    const scale = 1 / Math.max(1, total);
    main[at] = Math.max(0, 1 - total);
    levels.forEach(({ level, weight }, index) => {
      const shares = regions[index];
      if (shares !== undefined) shares[at] = weight * (level[at] ?? 0) * scale;
    });
  }
  return { main, regions };
}

/** Masks of the picture's proportions, or where the picture is cropped, of the crop. */
export function regionShares(regions: readonly Region[], frame: Frame, latents: Size): Shares {
  return sharesOf(
    regions.map(({ mask, weight }) => ({ level: framedLevels(mask, frame, latents).data, weight })),
    latents.width * latents.height,
  );
}
