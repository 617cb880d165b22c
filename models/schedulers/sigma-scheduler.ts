/** What Euler, Euler ancestral and Heun share: samples in variance-exploding form (x0 + sigma noise), one sigma per call. */
import { BaseScheduler, type BaseSetup } from './base-scheduler.ts';
import { at } from './numeric.ts';
import type { NoiseLevel } from './prediction.ts';
import type { Spacing } from './spacing.ts';
import type { SchedulerOptions } from './types.ts';

/** Standard deviation of the first latents: leading spacing does not start at the noisiest level and counts the signal's own. */
export function initialSigma(sigmas: Float32Array, spacing: Spacing): number {
  const greatest = sigmas.reduce((most, sigma) => Math.max(most, sigma), 0);
  return spacing === 'leading' ? Math.sqrt(greatest * greatest + 1) : greatest;
}

export abstract class SigmaScheduler<Memory> extends BaseScheduler<Memory> {
  /** Noise levels by position of the whole schedule, one more than calls; float32. */
  protected readonly sigmas: Float32Array;

  constructor(setup: BaseSetup & { sigmas: Float32Array; spacing: Spacing }, options: SchedulerOptions) {
    super({ ...setup, initNoiseSigma: initialSigma(setup.sigmas, setup.spacing), scalingSigmas: setup.sigmas }, options);
    this.sigmas = setup.sigmas;
  }

  protected noiseLevel(position: number): NoiseLevel {
    return { alpha: 1, sigma: at(this.sigmas, position) };
  }
}
