/** Trajectory Consistency Distillation (Zheng et al., arXiv 2402.19159), strategic stochastic sampling; diffusers' TCDScheduler. */
import { AppError } from '../../shared/contract/errors.ts';
import { BaseScheduler } from './base-scheduler.ts';
import { alphasCumprod, checkTable } from './betas.ts';
import type { ConfigOf } from './config-schemas.ts';
import { consistencySchedule } from './consistency-grid.ts';
import { at, combine } from './numeric.ts';
import { cleanSample, noiseOf, vpLevel, type NoiseLevel } from './prediction.ts';
import type { NoiseSource, SchedulerOptions, StepResult } from './types.ts';

type Config = ConfigOf<'TCDScheduler'>;
const DEFAULT_GAMMA = 0.3;

export class TcdScheduler extends BaseScheduler<null> {
  readonly className = 'TCDScheduler';
  readonly drawsNoise: boolean;
  readonly #config: Config;
  readonly #alphas: Float32Array;
  readonly #gamma: number;

  constructor(config: Config, options: SchedulerOptions) {
    const gamma = options.eta ?? DEFAULT_GAMMA;
    if (!(gamma >= 0 && gamma <= 1)) {
      throw new AppError('invalid-request', `TCD's gamma must lie between 0 and 1, not ${gamma}.`, { action: 'Correct eta.' });
    }
    const schedule = consistencySchedule(config, options, options.originalInferenceSteps !== undefined);
    super({ ...schedule, order: 1, trainTimesteps: config.num_train_timesteps, timestepType: 'int64' }, options);
    this.#config = config;
    this.#alphas = alphasCumprod(config);
    checkTable(this.#alphas, config.num_train_timesteps);
    this.#gamma = gamma;
    this.drawsNoise = gamma > 0 && this.whole.length > 1;
  }

  protected freshMemory(): null {
    return null;
  }

  protected noiseLevel(position: number): NoiseLevel {
    return vpLevel(at(this.#alphas, this.timestepAt(position)));
  }

  protected advance(output: Float32Array, position: number, sample: Float32Array, noise: NoiseSource | null): StepResult {
    const type = this.#config.prediction_type;
    const level = this.noiseLevel(position);
    const isLast = position + 1 >= this.whole.length;
    const next = isLast ? 0 : this.timestepAt(position + 1);
    const alphaNext = at(this.#alphas, next);
    // The point the consistency function jumps to, before noise brings it back up to the next timestep.
    const alphaJump = at(this.#alphas, Math.floor((1 - this.#gamma) * next));
    const jump = vpLevel(alphaJump);
    const denoised = cleanSample(type, output, sample, level);
    const landed = combine([jump.alpha, denoised], [jump.sigma, noiseOf(type, output, sample, level)]);
    if (isLast || this.#gamma === 0) return { previous: landed, denoised };
    const kept = Math.fround(alphaNext / alphaJump);
    return { previous: combine([Math.sqrt(kept), landed], [Math.sqrt(1 - kept), this.draw(noise, sample.length)]), denoised };
  }
}
