/** Which part of a whole schedule a run uses: image-to-image strength, and SDXL's split between base and refiner. */
import { AppError } from '../../shared/contract/errors.ts';
import { at, roundHalfEven } from './numeric.ts';
import type { SchedulerOptions } from './types.ts';

export interface Window {
  begin: number;
  end: number;
}

export interface WholeSchedule {
  timesteps: readonly number[];
  /** Steps asked for (Heun's list is nearly twice as long, PNDM's one longer). */
  steps: number;
  order: 1 | 2;
  trainTimesteps: number;
}

/** Steps that strength leaves: min(floor(n s), n) in double arithmetic, as Python's int() of the product. */
export function strengthSteps(steps: number, strength: number): number {
  if (!(strength > 0 && strength <= 1)) {
    throw new AppError('invalid-request', `Strength must be above 0 and at most 1, not ${strength}.`, {
      action: 'Set a strength between 0 and 1.',
    });
  }
  const run = Math.min(Math.floor(steps * strength), steps);
  if (run === 0) {
    throw new AppError('invalid-request', `${steps} steps at strength ${strength} leave no step to run.`, {
      action: `Raise the strength to at least ${(1 / steps).toFixed(2)}, or use at least ${Math.ceil(1 / strength)} steps.`,
    });
  }
  return run;
}

function cutoff(trainTimesteps: number, share: number): number {
  if (!(share >= 0 && share <= 1)) {
    throw new AppError('invalid-request', `A share of the denoising must lie between 0 and 1, not ${share}.`, {
      action: 'Correct the start or end.',
    });
  }
  return roundHalfEven(trainTimesteps - share * trainTimesteps);
}

/** As diffusers' pipelines slice `timesteps`; a denoising start overrides strength. */
export function runWindow(whole: WholeSchedule, options: SchedulerOptions): Window {
  const { timesteps, order } = whole;
  let begin = 0;
  if (options.denoisingStart !== undefined) {
    const limit = cutoff(whole.trainTimesteps, options.denoisingStart);
    let count = timesteps.filter((timestep) => timestep < limit).length;
    // Heun's second halves come in pairs: an even rest would start with one.
    if (order === 2 && count % 2 === 0) count += 1;
    begin = Math.max(timesteps.length - count, 0);
  } else if (options.strength !== undefined) {
    begin = (whole.steps - strengthSteps(whole.steps, options.strength)) * order;
  }
  let end = timesteps.length;
  if (options.denoisingEnd !== undefined && options.denoisingEnd < 1) {
    const limit = cutoff(whole.trainTimesteps, options.denoisingEnd);
    while (end > begin && at(timesteps, end - 1) < limit) end -= 1;
  }
  if (begin >= end) {
    throw new AppError('invalid-request', 'No step is left between the start and the end of the denoising.', {
      action: 'Use more steps, or a wider range.',
    });
  }
  return { begin, end };
}
