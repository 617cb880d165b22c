/** Denoising Diffusion Probabilistic Models (Ho et al., arXiv 2006.11239), equation 7; diffusers' DDPMScheduler. */
import { AppError } from '../../shared/contract/errors.ts';
import { BaseScheduler, customTimesteps, requestedSteps } from './base-scheduler.ts';
import { alphasCumprod, checkTable } from './betas.ts';
import type { ConfigOf } from './config-schemas.ts';
import { at, combine, type Term } from './numeric.ts';
import { cleanSample, limited, vpLevel, type NoiseLevel } from './prediction.ts';
import { integerTimesteps } from './spacing.ts';
import type { NoiseSource, SchedulerOptions, StepResult } from './types.ts';

type Config = ConfigOf<'DDPMScheduler'>;
const SMALLEST_VARIANCE = 1e-20;

function wholeSchedule(config: Config, options: SchedulerOptions): readonly number[] {
  const trainTimesteps = config.num_train_timesteps;
  if (options.timesteps !== undefined) return customTimesteps(options, trainTimesteps);
  const steps = requestedSteps(options, trainTimesteps, 'DDPMScheduler');
  return integerTimesteps({ spacing: config.timestep_spacing, trainTimesteps, steps, offset: config.steps_offset });
}

export class DdpmScheduler extends BaseScheduler<null> {
  readonly className = 'DDPMScheduler';
  readonly drawsNoise = true;
  readonly #config: Config;
  readonly #alphas: Float32Array;

  constructor(config: Config, options: SchedulerOptions) {
    if (config.variance_type.startsWith('learned') || config.variance_type === 'fixed_large_log') {
      throw new AppError('unsupported', `DDPM's variance type ${config.variance_type} is not available.`, {
        action: 'Choose DDIM or Euler.',
      });
    }
    const timesteps = wholeSchedule(config, options);
    const steps = options.steps ?? timesteps.length;
    super({ timesteps, steps, order: 1, trainTimesteps: config.num_train_timesteps, timestepType: 'int64' }, options);
    this.#config = config;
    this.#alphas = alphasCumprod(config);
    checkTable(this.#alphas, config.num_train_timesteps);
  }

  protected freshMemory(): null {
    return null;
  }

  protected noiseLevel(position: number): NoiseLevel {
    return vpLevel(at(this.#alphas, this.timestepAt(position)));
  }

  protected advance(output: Float32Array, position: number, sample: Float32Array, noise: NoiseSource | null): StepResult {
    const config = this.#config;
    const timestep = this.timestepAt(position);
    const alpha = at(this.#alphas, timestep);
    const alphaBefore = position + 1 < this.whole.length ? at(this.#alphas, this.timestepAt(position + 1)) : 1;
    // float32, as torch computes them: near the end the quotient is so close to 1 that the rounding shows in the result.
    const stepAlpha = Math.fround(alpha / alphaBefore);
    const stepBeta = Math.fround(1 - stepAlpha);
    const denoised = limited(cleanSample(config.prediction_type, output, sample, vpLevel(alpha)), config, this.batch);
    const terms: Term[] = [
      [(Math.sqrt(alphaBefore) * stepBeta) / (1 - alpha), denoised],
      [(Math.sqrt(stepAlpha) * (1 - alphaBefore)) / (1 - alpha), sample],
    ];
    if (timestep > 0) {
      const small = Math.max(((1 - alphaBefore) / (1 - alpha)) * stepBeta, SMALLEST_VARIANCE);
      terms.push([Math.sqrt(config.variance_type === 'fixed_large' ? stepBeta : small), this.draw(noise, sample.length)]);
    }
    return { previous: combine(...terms), denoised };
  }
}
