/** What latents will look like, without the VAE: a linear map of their channels to colours. */
import type { DiffusionConvention } from '../../../shared/domain/diffusion-convention.ts';
import type { PixelImage } from '../../pipeline.ts';
import type { Latents } from './types.ts';

/**
 * @param latents as the denoiser knows them (scaled); best the predicted clean ones
 * @returns RGB, one pixel a latent; null when no approximation is known for the pack
 */
export function latentPreview(
  latents: Latents,
  convention: Pick<DiffusionConvention, 'architecture' | 'latentRgb' | 'vae'>,
): PixelImage | null {
  [latents, convention];
  return null;
}
