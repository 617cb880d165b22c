/** Heun's second-order steps (Karras et al., arXiv 2206.00364, algorithm 1, no churn); diffusers' HeunDiscreteScheduler. */
import { AppError } from '../../shared/contract/errors.ts';
import { customTimesteps, requestedSteps } from './base-scheduler.ts';
import { alphasCumprod, checkTable, sigmaTable } from './betas.ts';
import type { ConfigOf } from './config-schemas.ts';
import { at, combine, interpolate } from './numeric.ts';
import { cleanSampleOfSigma, limited } from './prediction.ts';
import { SigmaScheduler } from './sigma-scheduler.ts';
import { chosenSigmas, logTable, sigmaToTimestep } from './sigma-schedules.ts';
import { fractionalTimesteps } from './spacing.ts';
import type { SchedulerOptions, StepResult } from './types.ts';

type Config = ConfigOf<'HeunDiscreteScheduler'>;

/** Between the two calls of a step: where it started, and the slope there. */
interface FirstHalf {
  sample: Float32Array;
  slope: Float32Array;
}

/** [a, b, c] to [a, b, b, c, c]: every level but the first is visited as a step's end and as the next one's start. */
function interleave(values: readonly number[]): number[] {
  return values.flatMap((value, index) => (index === 0 ? [value] : [value, value]));
}

function wholeSchedule(config: Config, options: SchedulerOptions): { timesteps: number[]; sigmas: Float32Array; steps: number } {
  const trainTimesteps = config.num_train_timesteps;
  const alphas = alphasCumprod(config);
  checkTable(alphas, trainTimesteps);
  const table = sigmaTable(alphas);
  const logs = logTable(table);
  let timesteps: number[];
  if (options.timesteps === undefined) {
    const steps = requestedSteps(options, trainTimesteps, 'HeunDiscreteScheduler');
    timesteps = fractionalTimesteps({ spacing: config.timestep_spacing, trainTimesteps, steps, offset: config.steps_offset });
  } else {
    if (config.use_karras_sigmas || config.use_exponential_sigmas || config.use_beta_sigmas) {
      throw new AppError('unsupported', 'Custom timesteps and a Karras, exponential or beta schedule exclude each other.', {
        action: 'Turn the schedule off.',
      });
    }
    timesteps = customTimesteps(options, trainTimesteps).map(Math.fround);
  }
  const steps = options.steps ?? timesteps.length;
  let sigmas = timesteps.map((timestep) => interpolate(table, timestep));
  const chosen = chosenSigmas(config, { sigmaMin: at(sigmas, sigmas.length - 1), sigmaMax: at(sigmas, 0) }, steps);
  if (chosen !== null) {
    sigmas = chosen;
    timesteps = chosen.map((sigma) => Math.fround(sigmaToTimestep(sigma, logs)));
  }
  return { timesteps: interleave(timesteps), sigmas: Float32Array.from([...interleave(sigmas), 0]), steps };
}

export class HeunScheduler extends SigmaScheduler<FirstHalf | null> {
  readonly className = 'HeunDiscreteScheduler';
  readonly drawsNoise = false;
  readonly #config: Config;

  constructor(config: Config, options: SchedulerOptions) {
    const { num_train_timesteps: trainTimesteps, timestep_spacing: spacing } = config;
    super({ ...wholeSchedule(config, options), order: 2, trainTimesteps, timestepType: 'float32', spacing }, options);
    this.#config = config;
  }

  protected freshMemory(): null {
    return null;
  }

  protected advance(output: Float32Array, position: number, sample: Float32Array): StepResult {
    const sigma = at(this.sigmas, position);
    const clean = cleanSampleOfSigma(this.#config.prediction_type, output, sample, sigma);
    const denoised = limited(clean, this.#config, this.batch);
    const slope = combine([1 / sigma, sample], [-1 / sigma, denoised]);
    const first = this.memory;
    if (first === null) {
      this.memory = { sample, slope };
      return { previous: combine([1, sample], [at(this.sigmas, position + 1) - sigma, slope]), denoised };
    }
    this.memory = null;
    const half = (sigma - at(this.sigmas, position - 1)) / 2;
    return { previous: combine([1, first.sample], [half, first.slope], [half, slope]), denoised };
  }
}
