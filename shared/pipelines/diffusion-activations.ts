/** What the parts of a diffusion pack need beside their weights while they run. Float32 throughout: the CPU computes in it. */
import type { DiffusionConvention } from '../domain/diffusion-convention.ts';
import type { Size } from '../domain/geometry.ts';
import type { PartWeights } from './diffusion-weights.ts';
import type { DiffusionParams } from './diffusion.ts';
import { goesInTiles, vaeTilePx } from './vae-tiling.ts';

/** Published models: weights of the denoiser in single precision, and its outermost attention. */
const published = {
  sd: { denoiserBytes: 3.44e9, heads: 8, attentionStep: 1 },
  sdxl: { denoiserBytes: 10.3e9, heads: 10, attentionStep: 2 },
  'sdxl-refiner': { denoiserBytes: 9e9, heads: 12, attentionStep: 2 },
} as const;
const decoderWeightsBytes = 198e6;
const encoderWeightsBytes = 137e6;

/** Measured at 64 × 64 latents: 1125 MB for one item, of which two matrices of 8 × 4096 × 4096 floats are 1074. */
const attentionCopies = 2;
const outerChannels = 320;
const featureCopies = 10;
/** Measured: 942 MB at 512 × 512, 253 MB at 256 × 256. */
const decoderBytesPerPixel = 3_700;
/** Measured: 137 MB at 256 × 256. */
const encoderBytesPerPixel = 2_100;

/** Narrower models (miniatures) need less in the same proportion: weights grow with the square of the width. */
const widthOf = (bytes: number, of: number): number => Math.sqrt(Math.min(1, bytes / of));

function attentionMatrixBytes(latent: Size, weights: PartWeights, { architecture }: Pick<DiffusionConvention, 'architecture'>): number {
  const { heads, attentionStep, denoiserBytes } = published[architecture];
  const width = widthOf(weights.singleBytes, denoiserBytes);
  // Miniatures attend where the latents are halved once more, as published ones do that are built alike.
  const step = width < 0.5 ? attentionStep * 2 : attentionStep;
  const tokens = Math.ceil(latent.width / step) * Math.ceil(latent.height / step);
  return Math.max(4, Math.round(heads * width)) * tokens ** 2 * 4;
}

/** @param latent sides of the latents; @param batch items in one run */
export function denoiserBytes(
  latent: Size,
  batch: number,
  weights: PartWeights,
  convention: Pick<DiffusionConvention, 'architecture'>,
): number {
  const width = widthOf(weights.singleBytes, published[convention.architecture].denoiserBytes);
  const features = latent.width * latent.height * outerChannels * width * 4 * featureCopies;
  return batch * (attentionCopies * attentionMatrixBytes(latent, weights, convention) + features);
}

/** The part of a picture that goes through the VAE at once. */
export function pixelsInTiles(size: Size, scale: number, tiling: DiffusionParams['vaeTiling']): Size {
  if (!goesInTiles(size, scale, tiling)) return size;
  return { width: Math.min(size.width, vaeTilePx), height: Math.min(size.height, vaeTilePx) };
}

/** The middle of the VAE has one attention over all latents. */
function vaeBytes(size: Size, perPixel: number, scale: number): number {
  const latents = (size.width / scale) * (size.height / scale);
  return Math.max(size.width * size.height * perPixel, 2 * latents ** 2 * 4);
}

type VaeScale = Pick<DiffusionConvention, 'vae'>;

export function decoderBytes(size: Size, weights: PartWeights, { vae }: VaeScale): number {
  return vaeBytes(size, decoderBytesPerPixel * widthOf(weights.singleBytes, decoderWeightsBytes), vae.scale);
}

export function encoderBytes(size: Size, weights: PartWeights, { vae }: VaeScale): number {
  return vaeBytes(size, encoderBytesPerPixel * widthOf(weights.singleBytes, encoderWeightsBytes), vae.scale);
}
