/** The timesteps of consistency-distilled models: picked from the grid they were distilled on, not from all timesteps. */
import { AppError } from '../../shared/contract/errors.ts';
import { customTimesteps, requestedSteps } from './base-scheduler.ts';
import type { ConfigOf } from './config-schemas.ts';
import { at, linspace } from './numeric.ts';
import type { SchedulerOptions } from './types.ts';
import { strengthSteps, type Window } from './window.ts';

type Config = ConfigOf<'LCMScheduler' | 'TCDScheduler'>;

export interface GridSchedule {
  timesteps: readonly number[];
  steps: number;
  /** Set when strength was put into the grid (or belongs to a custom list), so that nothing is sliced again. */
  window?: Window;
}

/** Ascending grid k - 1, 2k - 1 ... with k = floor(N / original steps), cut at the strength's share of its length. */
export function distillationGrid(trainTimesteps: number, originalSteps: number, strength: number): number[] {
  const stride = Math.floor(trainTimesteps / originalSteps);
  return Array.from({ length: Math.trunc(originalSteps * strength) }, (_, index) => (index + 1) * stride - 1);
}

/**
 * @param anyTimestep TCD with original_inference_steps given by the caller: all timesteps instead of the grid
 * @throws AppError invalid-request when the grid has fewer entries than steps are wanted
 */
export function consistencySchedule(config: Config, options: SchedulerOptions, anyTimestep: boolean): GridSchedule {
  const trainTimesteps = config.num_train_timesteps;
  if (options.timesteps !== undefined) {
    const timesteps = customTimesteps(options, trainTimesteps);
    return { timesteps, steps: timesteps.length };
  }
  const steps = requestedSteps(options, trainTimesteps, config.className);
  const original = options.originalInferenceSteps ?? config.original_inference_steps;
  if (!Number.isInteger(original) || original < 1 || original > trainTimesteps) {
    throw new AppError('invalid-request', `original_inference_steps must lie between 1 and ${trainTimesteps}, not ${original}.`, {
      action: 'Correct original_inference_steps.',
    });
  }
  const inGrid = (options.strengthPlacement ?? (config.className === 'LCMScheduler' ? 'grid' : 'slice')) === 'grid';
  const strength = inGrid ? (options.strength ?? 1) : 1;
  if (inGrid && options.strength !== undefined) strengthSteps(Number.MAX_SAFE_INTEGER, strength); // the range check
  const grid = anyTimestep
    ? Array.from({ length: Math.trunc(trainTimesteps * strength) }, (_, index) => index)
    : distillationGrid(trainTimesteps, original, strength);
  if (grid.length < steps || steps > original) {
    const room = Math.min(grid.length, original);
    throw new AppError('invalid-request', `This few-step sampler has ${room} timesteps to choose from and cannot make ${steps} steps.`, {
      action: `Use at most ${room} steps${strength < 1 ? ', or raise the strength' : ''}.`,
    });
  }
  const descending = grid.reverse();
  const timesteps = linspace(0, descending.length, steps, false).map((index) => at(descending, Math.floor(index)));
  return inGrid ? { timesteps, steps, window: { begin: 0, end: steps } } : { timesteps, steps };
}
