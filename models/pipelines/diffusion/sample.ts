/** The loop: model, guidance, sampler, blending, for every timestep of one pass. */
import { AppError } from '../../../shared/contract/errors.ts';
import type { NoiseSource, SchedulerSnapshot } from '../../schedulers/types.ts';
import type { LatentBlend } from './blend.ts';
import type { Guide } from './guidance.ts';
import { levelAt, type Sampler } from './sampler.ts';

export interface Pass extends Pick<Sampler, 'scheduler' | 'prediction'> {
  guide: Pick<Guide, 'predict'>;
  /** Latents at the noise level of the first call. */
  start: Float32Array;
  noise: NoiseSource;
  blend: LatentBlend | null;
}

/** Where a pass stands between two calls. */
export interface PassState {
  /** The next call. */
  index: number;
  latents: Float32Array;
  sampler: SchedulerSnapshot;
}

interface PassHooks {
  /** After each call, the last one too; what it throws ends the run. */
  stepped(state: PassState, denoised: Float32Array): Promise<void> | void;
}

/**
 * @param from where an earlier attempt stopped; its result is then that of an uninterrupted run, bit for bit
 * @returns the final latents, scaled as the denoiser knows them
 */
export async function runPass(pass: Pass, hooks: PassHooks, from: PassState | null = null): Promise<Float32Array> {
  const { scheduler, guide, blend } = pass;
  const { timesteps } = scheduler;
  let latents = from?.latents ?? blend?.at(pass.start, 0) ?? pass.start;
  if (from !== null) scheduler.restore(from.sampler);
  for (let index = from?.index ?? 0; index < timesteps.length; index += 1) {
    const sample = latents;
    const output = await guide.predict({
      index,
      timestep: timesteps[index] ?? 0,
      scaled: scheduler.scaleModelInput(sample, index),
      latents: sample,
      level: () => levelAt(scheduler, index),
      prediction: pass.prediction,
    });
    const { previous, denoised } = scheduler.step(output, index, sample, pass.noise);
    const isLast = index + 1 === timesteps.length;
    // A consistency model's picture is what its last call says, without the way there.
    latents = isLast && scheduler.className === 'LCMScheduler' ? denoised : previous;
    if (blend !== null) latents = blend.at(latents, index + 1);
    requireFinite(latents, index);
    await hooks.stepped({ index: index + 1, latents, sampler: scheduler.snapshot() }, denoised);
  }
  return latents;
}

function requireFinite(latents: Float32Array, index: number): void {
  for (const value of latents) {
    if (Number.isFinite(value)) continue;
    throw new AppError('model-output-invalid', `Step ${String(index + 1)} gave numbers that are not finite.`, {
      action: 'Try another backend or sampler; half-precision models overflow on some devices.',
    });
  }
}
