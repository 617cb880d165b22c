/** Rectified flow with Euler steps (Esser et al., arXiv 2403.03206, Stable Diffusion 3); diffusers' FlowMatchEulerDiscreteScheduler. */
import { AppError } from '../../shared/contract/errors.ts';
import { BaseScheduler, requestedSteps } from './base-scheduler.ts';
import type { ConfigOf } from './config-schemas.ts';
import { at, combine, linspace } from './numeric.ts';
import type { NoiseLevel } from './prediction.ts';
import { chosenSigmas } from './sigma-schedules.ts';
import type { NoiseSource, SchedulerOptions, StepResult } from './types.ts';

type Config = ConfigOf<'FlowMatchEulerDiscreteScheduler'>;
const MOST_STEPS = 1000;

/** The noise levels Flux's pipeline passes: linspace(1, 1 / n, n). */
export function fluxSigmas(steps: number): number[] {
  return linspace(1, 1 / steps, steps);
}

/** mu of dynamic shifting: a line through (base tokens, base shift) and (most tokens, most shift). */
export function dynamicMu(config: Config, imageSequenceLength: number): number {
  const slope = (config.max_shift - config.base_shift) / (config.max_image_seq_len - config.base_image_seq_len);
  return imageSequenceLength * slope + (config.base_shift - slope * config.base_image_seq_len);
}

function shifter(config: Config, options: SchedulerOptions): (sigma: number) => number {
  if (!config.use_dynamic_shifting) return (sigma) => (config.shift * sigma) / (1 + (config.shift - 1) * sigma);
  const mu = options.mu ?? (options.imageSequenceLength === undefined ? undefined : dynamicMu(config, options.imageSequenceLength));
  if (mu === undefined) throw new AppError('internal', 'Dynamic shifting needs mu or the number of image tokens.');
  const weight = config.time_shift_type === 'exponential' ? Math.exp(mu) : mu;
  return (sigma) => weight / (weight + (1 / sigma - 1));
}

/** Before shifting: as given, or evenly between the ends of the training table. */
function unshifted(config: Config, options: SchedulerOptions): { sigmas: readonly number[]; given: readonly number[] | null } {
  const trainTimesteps = config.num_train_timesteps;
  const list = options.sigmas ?? options.timesteps;
  if (list !== undefined) {
    const most = options.sigmas === undefined ? trainTimesteps : 1;
    const falls = list.every((value, index) => value > 0 && value <= most && (index === 0 || value < at(list, index - 1)));
    if (list.length === 0 || !falls || options.steps !== undefined) {
      throw new AppError(
        'invalid-request',
        `Custom values must fall from at most ${most} and stay above 0, and exclude a number of steps.`,
        {
          action: 'Correct the list.',
        },
      );
    }
    if (options.sigmas !== undefined) return { sigmas: list.map(Math.fround), given: options.timesteps?.map(Math.fround) ?? null };
    const timesteps = list.map(Math.fround);
    return { sigmas: timesteps.map((timestep) => timestep / trainTimesteps), given: timesteps };
  }
  const steps = requestedSteps(options, MOST_STEPS, 'FlowMatchEulerDiscreteScheduler');
  // The table's ends are already shifted (unless shifting is dynamic), and what lies between is shifted again below.
  const tableEnd = (share: number): number =>
    Math.fround(config.use_dynamic_shifting ? share : (config.shift * share) / (1 + (config.shift - 1) * share));
  const greatest = tableEnd(1) * trainTimesteps;
  const smallest = tableEnd(Math.fround(1 / trainTimesteps)) * trainTimesteps;
  return { sigmas: linspace(greatest, smallest, steps).map((timestep) => timestep / trainTimesteps), given: null };
}

function wholeSchedule(config: Config, options: SchedulerOptions): { timesteps: number[]; sigmas: Float32Array; steps: number } {
  const { given, sigmas: start } = unshifted(config, options);
  let sigmas = start.map(shifter(config, options));
  const terminal = config.shift_terminal;
  if (terminal !== null && terminal !== 0) {
    const scale = (1 - at(sigmas, sigmas.length - 1)) / (1 - terminal);
    sigmas = sigmas.map((sigma) => 1 - (1 - sigma) / scale);
  }
  sigmas = chosenSigmas(config, { sigmaMin: at(sigmas, sigmas.length - 1), sigmaMax: at(sigmas, 0) }, sigmas.length) ?? sigmas;
  const stored = sigmas.map((sigma) => Math.fround(config.invert_sigmas ? 1 - Math.fround(sigma) : sigma));
  const timesteps =
    given === null || config.invert_sigmas ? stored.map((sigma) => Math.fround(sigma * config.num_train_timesteps)) : [...given];
  return { timesteps, sigmas: Float32Array.from([...stored, config.invert_sigmas ? 1 : 0]), steps: timesteps.length };
}

export class FlowMatchEulerScheduler extends BaseScheduler<null> {
  readonly className = 'FlowMatchEulerDiscreteScheduler';
  readonly drawsNoise: boolean;
  readonly #sigmas: Float32Array;

  constructor(config: Config, options: SchedulerOptions) {
    const schedule = wholeSchedule(config, options);
    super({ ...schedule, order: 1, trainTimesteps: config.num_train_timesteps, timestepType: 'float32' }, options);
    this.#sigmas = schedule.sigmas;
    this.drawsNoise = config.stochastic_sampling;
  }

  protected freshMemory(): null {
    return null;
  }

  /** sigma noise + (1 - sigma) x0 (diffusers' scale_noise). */
  protected noiseLevel(position: number): NoiseLevel {
    const sigma = at(this.#sigmas, position);
    return { alpha: 1 - sigma, sigma };
  }

  /** The model predicts the velocity noise - x0. */
  protected advance(output: Float32Array, position: number, sample: Float32Array, noise: NoiseSource | null): StepResult {
    const sigma = at(this.#sigmas, position);
    const next = at(this.#sigmas, position + 1);
    const denoised = combine([1, sample], [-sigma, output]);
    if (this.drawsNoise) return { previous: combine([1 - next, denoised], [next, this.draw(noise, sample.length)]), denoised };
    return { previous: combine([1, sample], [next - sigma, output]), denoised };
  }
}
