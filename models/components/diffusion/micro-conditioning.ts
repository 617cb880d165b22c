/** Numbers beside the prompt: SDXL's sizes (arXiv:2307.01952), and the guidance embedding of consistency models (arXiv:2310.04378). */
import type { DiffusionConvention } from '../../../shared/domain/diffusion-convention.ts';
import type { Size } from '../../../shared/domain/geometry.ts';

/**
 * SDXL's `time_ids` of one item: original height and width, crop top and left, target height and width; for the refiner the
 * aesthetic score (6 for the prompt, 2.5 for the negative one) stands for the target. Null for other architectures.
 * @param size of the picture, pixels: original and target are the same
 */
export function timeIds(
  convention: Pick<DiffusionConvention, 'architecture' | 'aestheticScore'>,
  size: Size,
  negative: boolean,
): Float32Array | null {
  if (convention.architecture === 'sd') return null;
  const { width, height } = size;
  return convention.aestheticScore
    ? Float32Array.of(height, width, 0, 0, negative ? 2.5 : 6)
    : Float32Array.of(height, width, 0, 0, height, width);
}

/**
 * `timestep_cond` of one item: sines and cosines of 1000 * (guidanceScale - 1), of diffusers' get_guidance_scale_embedding.
 * @param dimensions timestepCondDim; an odd last place is zero
 */
export function guidanceEmbedding(guidanceScale: number, dimensions: number): Float32Array {
  const half = Math.floor(dimensions / 2);
  const embedding = new Float32Array(dimensions);
  // float32 throughout, as the models were trained.
  const scaled = Math.fround((guidanceScale - 1) * 1000);
  const exponent = Math.fround(Math.log(10_000) / Math.max(1, half - 1));
  for (let index = 0; index < half; index += 1) {
    const angle = Math.fround(scaled * Math.fround(Math.exp(Math.fround(index * -exponent))));
    embedding[index] = Math.sin(angle);
    embedding[half + index] = Math.cos(angle);
  }
  return embedding;
}
