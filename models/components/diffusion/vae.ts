/** Pictures to latents and back, in one piece or in overlapping tiles. */
import type { DiffusionConvention } from '../../../shared/domain/diffusion-convention.ts';
import type { DiffusionParams } from '../../../shared/pipelines/diffusion.ts';
import type { Planes } from '../../core/planes.ts';
import type { CancellationSignal } from '../../pipeline.ts';
import type { ModelSession } from '../../runtime.ts';
import type { Latents } from './types.ts';

export type VaeConvention = DiffusionConvention['vae'];

export interface VaeOptions {
  /** auto: in tiles when the picture has more pixels than 1024 × 1024. A graph of fixed size is always fed in tiles of it. */
  tiling: DiffusionParams['vaeTiling'];
  signal?: CancellationSignal;
  /** After each tile. */
  progress?: (done: number, of: number) => void;
}

/**
 * @param picture RGB 0..1; sides are multiples of `vae.scale`
 * @param noise standard normal, [latentChannels, height / scale, width / scale], for graphs that give `latent_parameters`:
 *   mean + exp(clamp(logvar, -30, 20) / 2) * noise; null takes the mean. Graphs that give `latent_sample` draw for themselves
 * @returns latents as the denoiser knows them: shifted, scaled, or normalised by the VAE's mean and deviation
 * @throws image-too-small, model-mismatch, model-output-invalid (NaN), cancelled
 */
export function encodePicture(
  session: ModelSession,
  vae: VaeConvention,
  picture: Planes,
  noise: Float32Array | null,
  options: VaeOptions,
): Promise<Latents> {
  [session, vae, picture, noise, options];
  return Promise.reject(new Error('Not written yet.'));
}

/**
 * One item: half-precision VAEs misbehave in batches.
 * @param latents as the denoiser knows them
 * @returns RGB clamped to 0..1, sides `vae.scale` times the latents'
 * @throws model-mismatch, model-output-invalid when the picture is NaN, or black through overflow of a half-precision VAE, cancelled
 */
export function decodeLatents(session: ModelSession, vae: VaeConvention, latents: Latents, options: VaeOptions): Promise<Planes> {
  [session, vae, latents, options];
  return Promise.reject(new Error('Not written yet.'));
}
