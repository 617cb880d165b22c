/** Linear approximations of the VAEs' decoders for previews, as in ComfyUI's latent_formats.py: scaled latents to colours of -1..1. */
import type { DiffusionConvention } from './diffusion-convention.ts';

type LatentRgb = NonNullable<DiffusionConvention['latentRgb']>;

const sd: LatentRgb = {
  factors: [
    [0.3512, 0.2297, 0.3227],
    [0.325, 0.4974, 0.235],
    [-0.2829, 0.1762, 0.2721],
    [-0.212, -0.2616, -0.7177],
  ],
  bias: [0, 0, 0],
};

const sdxl: LatentRgb = {
  factors: [
    [0.3651, 0.4232, 0.4341],
    [-0.2533, -0.0042, 0.1068],
    [0.1076, 0.1111, -0.0362],
    [-0.3165, -0.2492, -0.2188],
  ],
  bias: [0.1084, -0.0175, -0.0011],
};

/** Null: none is published. */
export function latentRgbOf(architecture: DiffusionConvention['architecture'], latentChannels: number): LatentRgb | null {
  if (latentChannels !== 4) return null;
  return architecture === 'sd' ? sd : sdxl;
}
