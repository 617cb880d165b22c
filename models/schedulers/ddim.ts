/** Denoising Diffusion Implicit Models (Song et al., arXiv 2010.02502), equations 12 and 16; diffusers' DDIMScheduler. */
import { BaseScheduler, requestedSteps } from './base-scheduler.ts';
import { alphasCumprod, checkTable } from './betas.ts';
import type { ConfigOf } from './config-schemas.ts';
import { at, combine } from './numeric.ts';
import { cleanSample, limited, noiseOf, vpLevel, type NoiseLevel } from './prediction.ts';
import { integerTimesteps } from './spacing.ts';
import type { NoiseSource, SchedulerOptions, StepResult } from './types.ts';

type Config = ConfigOf<'DDIMScheduler'>;

export class DdimScheduler extends BaseScheduler<null> {
  readonly className = 'DDIMScheduler';
  readonly drawsNoise: boolean;
  readonly #config: Config;
  readonly #alphas: Float32Array;
  readonly #eta: number;
  readonly #useClipped: boolean;

  constructor(config: Config, options: SchedulerOptions) {
    const trainTimesteps = config.num_train_timesteps;
    const steps = requestedSteps(options, trainTimesteps, 'DDIMScheduler');
    const timesteps = integerTimesteps({ spacing: config.timestep_spacing, trainTimesteps, steps, offset: config.steps_offset });
    super({ timesteps, steps, order: 1, trainTimesteps, timestepType: 'int64' }, options);
    this.#config = config;
    this.#alphas = alphasCumprod(config);
    checkTable(this.#alphas, trainTimesteps);
    this.#eta = options.eta ?? 0;
    this.#useClipped = options.useClippedModelOutput ?? false;
    this.drawsNoise = this.#eta > 0;
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
    // The stride is fixed whatever the spacing: under trailing or linspace it need not be the next timestep of the schedule.
    const before = timestep - Math.floor(config.num_train_timesteps / this.steps);
    const alpha = at(this.#alphas, timestep);
    const alphaBefore = before >= 0 ? at(this.#alphas, before) : config.set_alpha_to_one ? 1 : at(this.#alphas, 0);
    const level = vpLevel(alpha);
    const denoised = limited(cleanSample(config.prediction_type, output, sample, level), config, this.batch);
    const direction = this.#useClipped
      ? noiseOf('sample', denoised, sample, level)
      : noiseOf(config.prediction_type, output, sample, level);
    // The last factor in float32, as torch computes it: close to 1 the quotient's rounding shows.
    const variance = ((1 - alphaBefore) / (1 - alpha)) * Math.fround(1 - Math.fround(alpha / alphaBefore));
    const deviation = this.#eta * Math.sqrt(variance);
    const mean: [number, Float32Array][] = [
      [Math.sqrt(alphaBefore), denoised],
      [Math.sqrt(Math.max(1 - alphaBefore - deviation * deviation, 0)), direction],
    ];
    if (this.#eta > 0) mean.push([deviation, this.draw(noise, sample.length)]);
    return { previous: combine(...mean), denoised };
  }
}
