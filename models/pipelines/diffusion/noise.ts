/**
 * Where a run's normal numbers come from, and in which order, so that a seed gives the picture that diffusers' pipelines
 * give for it. Each line is one draw of the latents' shape from the one generator:
 *
 * - text to image: the initial noise;
 * - image to image: the VAE's noise for the picture, the initial noise;
 * - inpainting, four channels: the VAE's noise for the picture, the initial noise, the VAE's noise for the masked picture
 *   (diffusers encodes it without using it; drawn and thrown away);
 * - inpainting, nine channels: the VAE's noise for the picture (not at strength 1), the initial noise, the VAE's noise for
 *   the masked picture;
 * - then one a step, by samplers that draw.
 *
 * What diffusers does not have draws after its counterpart's preparation: `maskFill: surroundings` one for its own VAE noise;
 * the high-resolution pass goes on with the same generator as image to image. Encoders that draw inside the graph leave
 * their draw unused.
 */
import { PhiloxNoise } from '../../core/philox.ts';
import { TorchCpuNoise } from '../../schedulers/torch-cpu-noise.ts';
import type { NoiseSource } from '../../schedulers/types.ts';
import type { DiffusionParams } from '../../../shared/pipelines/diffusion.ts';

type NoiseKind = DiffusionParams['noise'];

/** A source that remembers what was drawn, so that a run can go on where it stopped. */
export class CountedNoise implements NoiseSource {
  readonly #source: NoiseSource;
  readonly #draws: number[];

  /** @param draws lengths of the tensors drawn before */
  constructor(kind: NoiseKind, seed: number, draws: readonly number[] = []) {
    this.#draws = [...draws];
    if (kind === 'philox') {
      this.#source = new PhiloxNoise(seed, draws.length);
      return;
    }
    this.#source = new TorchCpuNoise(seed);
    // The twister has no shortcut to a place in its stream.
    for (const length of draws) this.#source.normal(length);
  }

  /** Lengths of all tensors drawn so far. */
  get draws(): readonly number[] {
    return this.#draws;
  }

  normal(length: number): Float32Array {
    this.#draws.push(length);
    return this.#source.normal(length);
  }
}

/**
 * Spherical interpolation (Shoemake 1985) over the whole tensor: what lies between two noises is noise of the same strength.
 * @param amount 0 = `from`, 1 = `to`, both exactly
 */
export function slerp(from: Float32Array, to: Float32Array, amount: number): Float32Array {
  if (amount <= 0) return from;
  if (amount >= 1) return to;
  let [dot, fromSquare, toSquare] = [0, 0, 0];
  for (let index = 0; index < from.length; index += 1) {
    const a = from[index] ?? 0;
    const b = to[index] ?? 0;
    dot += a * b;
    fromSquare += a * a;
    toSquare += b * b;
  }
  const cosine = dot / Math.sqrt(fromSquare * toSquare);
  let weightFrom = 1 - amount;
  let weightTo = amount;
  // Nearly parallel: the arc is its chord, and its sine too small to divide by.
  if (Math.abs(cosine) < 0.9995) {
    const angle = Math.acos(cosine);
    weightFrom = Math.sin((1 - amount) * angle) / Math.sin(angle);
    weightTo = Math.sin(amount * angle) / Math.sin(angle);
  }
  return from.map((value, index) => weightFrom * value + weightTo * (to[index] ?? 0));
}

/** The next draw as initial noise, with the variation seed's draw at the same place mixed in. */
export function drawInitial(
  noise: CountedNoise,
  length: number,
  { noise: kind, variationSeed, variationStrength }: Pick<DiffusionParams, 'noise' | 'variationSeed' | 'variationStrength'>,
): Float32Array {
  const before = [...noise.draws];
  const own = noise.normal(length);
  if (variationStrength === 0) return own;
  return slerp(own, new CountedNoise(kind, variationSeed, before).normal(length), variationStrength);
}
