/** When a picture goes through the VAE in tiles: for those who run it, and for those who predict what it takes. */
import type { Size } from '../domain/geometry.ts';
import type { DiffusionParams } from './diffusion.ts';

/** The attention in the middle of a VAE grows with the square of the latents: those of 1024 × 1024 at eight pixels a latent. */
export const largestUntiledLatents = 128 * 128;
/** Side of a tile in pixels, as diffusers' VAE tiling has it. */
export const vaeTilePx = 512;

/** @param scale pixels of a side that share one latent */
export function goesInTiles({ width, height }: Size, scale: number, tiling: DiffusionParams['vaeTiling']): boolean {
  return tiling === 'on' || (tiling === 'auto' && (width / scale) * (height / scale) > largestUntiledLatents);
}
