/** Latent Consistency Models (Luo et al., arXiv 2310.04378), multistep sampling; diffusers' LCMScheduler. */
import { BaseScheduler } from './base-scheduler.ts';
import { alphasCumprod, checkTable } from './betas.ts';
import type { ConfigOf } from './config-schemas.ts';
import { consistencySchedule } from './consistency-grid.ts';
import { at, combine } from './numeric.ts';
import { cleanSample, limited, vpLevel, type NoiseLevel } from './prediction.ts';
import type { NoiseSource, SchedulerOptions, StepResult } from './types.ts';

type Config = ConfigOf<'LCMScheduler'>;
/** Standard deviation of the data in the paper's boundary condition. */
const SIGMA_DATA = 0.5;

/** The final image is `denoised` of the last step, which `previous` equals there. */
export class LcmScheduler extends BaseScheduler<null> {
  readonly className = 'LCMScheduler';
  readonly drawsNoise: boolean;
  readonly #config: Config;
  readonly #alphas: Float32Array;

  constructor(config: Config, options: SchedulerOptions) {
    const trainTimesteps = config.num_train_timesteps;
    super({ ...consistencySchedule(config, options, false), order: 1, trainTimesteps, timestepType: 'int64' }, options);
    this.#config = config;
    this.#alphas = alphasCumprod(config);
    checkTable(this.#alphas, trainTimesteps);
    this.drawsNoise = this.whole.length > 1;
  }

  protected freshMemory(): null {
    return null;
  }

  protected noiseLevel(position: number): NoiseLevel {
    return vpLevel(at(this.#alphas, this.timestepAt(position)));
  }

  protected advance(output: Float32Array, position: number, sample: Float32Array, noise: NoiseSource | null): StepResult {
    const config = this.#config;
    const scaled = this.timestepAt(position) * config.timestep_scaling;
    const square = scaled * scaled + SIGMA_DATA * SIGMA_DATA;
    const clean = limited(cleanSample(config.prediction_type, output, sample, this.noiseLevel(position)), config, this.batch);
    // The boundary condition: at timestep 0 the consistency function is the identity.
    const denoised = combine([scaled / Math.sqrt(square), clean], [(SIGMA_DATA * SIGMA_DATA) / square, sample]);
    if (position + 1 >= this.whole.length) return { previous: denoised, denoised };
    const next = this.noiseLevel(position + 1);
    return { previous: combine([next.alpha, denoised], [next.sigma, this.draw(noise, sample.length)]), denoised };
  }
}
