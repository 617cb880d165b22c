/** What latents will look like, without the VAE: a linear map of their channels to colours. */
import type { DiffusionConvention } from '../../../shared/domain/diffusion-convention.ts';
import { latentRgbOf } from '../../../shared/domain/latent-rgb.ts';
import type { PixelImage } from '../../pipeline.ts';
import type { Latents } from './types.ts';

type LatentRgb = NonNullable<DiffusionConvention['latentRgb']>;

/** The pack's own map, or the published one of its architecture; null: none is known. */
function mapOf({ architecture, latentRgb, vae }: Pick<DiffusionConvention, 'architecture' | 'latentRgb' | 'vae'>): LatentRgb | null {
  if (latentRgb !== null) return latentRgb.factors.length === vae.latentChannels ? latentRgb : null;
  return latentRgbOf(architecture, vae.latentChannels);
}

/**
 * @param latents as the denoiser knows them (scaled); best the predicted clean ones
 * @returns RGB, one pixel a latent; null when no approximation is known for the pack
 */
export function latentPreview(
  latents: Latents,
  convention: Pick<DiffusionConvention, 'architecture' | 'latentRgb' | 'vae'>,
): PixelImage | null {
  const map = mapOf(convention);
  if (map === null) return null;
  const area = latents.width * latents.height;
  const levels = new Float32Array(area);
  const image: PixelImage = { width: latents.width, height: latents.height, channels: 3, data: new Uint8Array(area * 3) };
  for (const [colour, bias] of map.bias.entries()) {
    levels.fill(bias);
    for (const [channel, factors] of map.factors.entries()) {
      const factor = factors[colour] ?? 0;
      const from = channel * area;
      for (let index = 0; index < area; index += 1) levels[index] = (levels[index] ?? 0) + (latents.data[from + index] ?? 0) * factor;
    }
    for (let index = 0; index < area; index += 1) {
      // Uint8Array wraps, so the level is clamped here.
      image.data[index * 3 + colour] = Math.round(Math.min(1, Math.max(0, (levels[index] ?? 0) / 2 + 0.5)) * 255);
    }
  }
  return image;
}
