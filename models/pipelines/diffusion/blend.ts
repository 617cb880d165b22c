/** What keeps the picture outside the mask while latents are sampled. */
import type { Scheduler } from '../../schedulers/types.ts';

export interface LatentBlend {
  /**
   * The latents with what the mask keeps put back in.
   * @param latents at the noise level of call `index`; index = number of calls: clean. Not changed
   */
  at(latents: Float32Array, index: number): Float32Array;
}

interface BlendSetup {
  scheduler: Pick<Scheduler, 'addNoise' | 'timesteps'>;
  /** Clean latents of the picture, [channels, height, width]. */
  picture: Float32Array;
  /** The noise the run started from: the kept part follows the same path. */
  noise: Float32Array;
  /** [height, width], 1 = repainted, 0 = kept. */
  mask: Float32Array;
}

/**
 * Latent blending (diffusers' inpainting with four channels): x = (1 - m) * noised picture + m * x after each step, the clean
 * picture after the last. Not before the first, which starts from the noised picture, or from noise alone.
 */
export function softBlend({ scheduler, picture, noise, mask }: BlendSetup): LatentBlend {
  return {
    at(latents, index) {
      if (index === 0) return latents;
      const kept = scheduler.addNoise(picture, noise, index);
      return latents.map((value, at) => {
        const level = mask[at % mask.length] ?? 0;
        if (level >= 1) return value;
        const old = kept[at] ?? 0;
        return level <= 0 ? old : (1 - level) * old + level * value;
      });
    },
  };
}

/**
 * Differential diffusion (Levin and Fried, arXiv:2306.00950): a pixel is held to the noised picture until the run has come as far as
 * its map says, then it is free. Of n calls a pixel of mask level m is free from call ceil((1 - m) n) on; 0 is never free.
 */
export function differentialBlend({ scheduler, picture, noise, mask }: BlendSetup): LatentBlend {
  const calls = scheduler.timesteps.length;
  return {
    at(latents, index) {
      if (!mask.some((level) => isHeld(level, index, calls))) return latents;
      const kept = scheduler.addNoise(picture, noise, index);
      return latents.map((value, at) => (isHeld(mask[at % mask.length] ?? 0, index, calls) ? (kept[at] ?? 0) : value));
    },
  };
}

/** Compared with room for the rounding of 8-bit levels in float32. */
export function isHeld(level: number, index: number, calls: number): boolean {
  return level <= 0 || 1 - level > index / calls + 1e-6;
}
