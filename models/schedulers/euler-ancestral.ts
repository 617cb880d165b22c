/** Ancestral sampling with Euler steps (k-diffusion's sample_euler_ancestral); diffusers' EulerAncestralDiscreteScheduler. */
import { requestedSteps } from './base-scheduler.ts';
import { alphasCumprod, checkTable, NEARLY_ZERO_ALPHA, sigmaTable } from './betas.ts';
import type { ConfigOf } from './config-schemas.ts';
import { at, combine, interpolate } from './numeric.ts';
import { cleanSampleOfSigma } from './prediction.ts';
import { SigmaScheduler } from './sigma-scheduler.ts';
import { fractionalTimesteps } from './spacing.ts';
import type { NoiseSource, SchedulerOptions, StepResult } from './types.ts';

type Config = ConfigOf<'EulerAncestralDiscreteScheduler'>;

export class EulerAncestralScheduler extends SigmaScheduler<null> {
  readonly className = 'EulerAncestralDiscreteScheduler';
  readonly drawsNoise = true;
  readonly #config: Config;

  constructor(config: Config, options: SchedulerOptions) {
    const trainTimesteps = config.num_train_timesteps;
    const steps = requestedSteps(options, trainTimesteps, 'EulerAncestralDiscreteScheduler');
    const alphas = alphasCumprod(config, NEARLY_ZERO_ALPHA);
    checkTable(alphas, trainTimesteps);
    const table = sigmaTable(alphas);
    const timesteps = fractionalTimesteps({ spacing: config.timestep_spacing, trainTimesteps, steps, offset: config.steps_offset });
    const sigmas = Float32Array.from([...timesteps.map((timestep) => interpolate(table, timestep)), 0]);
    super({ timesteps, sigmas, steps, order: 1, trainTimesteps, timestepType: 'float32', spacing: config.timestep_spacing }, options);
    this.#config = config;
  }

  protected freshMemory(): null {
    return null;
  }

  protected advance(output: Float32Array, position: number, sample: Float32Array, noise: NoiseSource | null): StepResult {
    const from = at(this.sigmas, position);
    const to = at(this.sigmas, position + 1);
    const denoised = cleanSampleOfSigma(this.#config.prediction_type, output, sample, from);
    const fromSquare = Math.fround(from * from);
    const toSquare = Math.fround(to * to);
    const up = Math.fround(Math.sqrt(Math.max(Math.fround(toSquare * Math.fround(fromSquare - toSquare)) / fromSquare, 0)));
    const down = Math.fround(Math.sqrt(Math.max(toSquare - Math.fround(up * up), 0)));
    const change = (down - from) / from;
    // Drawn at the last step too, where it is multiplied by 0, so that the count of draws is that of other programs.
    return { previous: combine([1 + change, sample], [-change, denoised], [up, this.draw(noise, sample.length)]), denoised };
  }
}
