/** Euler steps of the probability-flow ODE (Karras et al., arXiv 2206.00364, algorithm 2); diffusers' EulerDiscreteScheduler. */
import { AppError } from '../../shared/contract/errors.ts';
import { customTimesteps, requestedSteps } from './base-scheduler.ts';
import { alphasCumprod, checkTable, NEARLY_ZERO_ALPHA, sigmaTable } from './betas.ts';
import type { ConfigOf } from './config-schemas.ts';
import { at, combine, interpolate, linspace } from './numeric.ts';
import { cleanSampleOfSigma } from './prediction.ts';
import { SigmaScheduler } from './sigma-scheduler.ts';
import { chosenSigmas, logTable, sigmaToTimestep } from './sigma-schedules.ts';
import { fractionalTimesteps } from './spacing.ts';
import type { NoiseSource, SchedulerOptions, StepResult } from './types.ts';

type Config = ConfigOf<'EulerDiscreteScheduler'>;

interface Schedule {
  timesteps: number[];
  sigmas: Float32Array;
  steps: number;
}

function refuseWithSchedule(config: Config, what: string): void {
  if (config.use_karras_sigmas || config.use_exponential_sigmas || config.use_beta_sigmas) {
    throw new AppError('unsupported', `Custom ${what} and a Karras, exponential or beta schedule exclude each other.`, {
      action: 'Turn the schedule off.',
    });
  }
}

function fromSigmas(list: readonly number[], logs: Float32Array): Schedule {
  const sigmas = Float32Array.from(list);
  if (
    sigmas.length < 2 ||
    at(sigmas, sigmas.length - 1) !== 0 ||
    sigmas.some((sigma, index) => index > 0 && sigma >= at(sigmas, index - 1))
  ) {
    throw new AppError('invalid-request', 'Custom noise levels must fall, and end with 0.', {
      action: 'Correct the list of noise levels.',
    });
  }
  const timesteps = Array.from(sigmas.subarray(0, -1), (sigma) => Math.fround(sigmaToTimestep(sigma, logs)));
  return { timesteps, sigmas, steps: timesteps.length };
}

function wholeSchedule(config: Config, options: SchedulerOptions): Schedule {
  const trainTimesteps = config.num_train_timesteps;
  const table = sigmaTable(checked(alphasCumprod(config, NEARLY_ZERO_ALPHA), trainTimesteps));
  const logs = logTable(table);
  if (options.sigmas !== undefined) {
    refuseWithSchedule(config, 'noise levels');
    if (options.steps !== undefined || options.timesteps !== undefined) {
      throw new AppError('invalid-request', 'Custom noise levels exclude a number of steps and custom timesteps.', {
        action: 'Give one of them.',
      });
    }
    return fromSigmas(options.sigmas, logs);
  }
  let timesteps: number[];
  if (options.timesteps === undefined) {
    const steps = requestedSteps(options, trainTimesteps, 'EulerDiscreteScheduler');
    timesteps = fractionalTimesteps({ spacing: config.timestep_spacing, trainTimesteps, steps, offset: config.steps_offset });
  } else {
    refuseWithSchedule(config, 'timesteps');
    timesteps = customTimesteps(options, trainTimesteps).map(Math.fround);
  }
  const steps = options.steps ?? timesteps.length;
  let sigmas =
    config.interpolation_type === 'log_linear'
      ? linspace(at(logs, logs.length - 1), at(logs, 0), steps + 1).map((log) => Math.fround(Math.exp(Math.fround(log))))
      : timesteps.map((timestep) => interpolate(table, timestep));
  const ends = { sigmaMin: config.sigma_min ?? at(sigmas, sigmas.length - 1), sigmaMax: config.sigma_max ?? at(sigmas, 0) };
  const chosen = chosenSigmas(config, ends, steps);
  if (chosen !== null) {
    sigmas = chosen;
    timesteps = chosen.map((sigma) => Math.fround(sigmaToTimestep(sigma, logs)));
  }
  const last = config.final_sigmas_type === 'sigma_min' ? at(table, 0) : 0;
  return { timesteps, sigmas: Float32Array.from([...sigmas, last]), steps };
}

function checked(alphas: Float32Array, trainTimesteps: number): Float32Array {
  checkTable(alphas, trainTimesteps);
  return alphas;
}

export class EulerScheduler extends SigmaScheduler<null> {
  readonly className = 'EulerDiscreteScheduler';
  readonly drawsNoise: boolean;
  readonly #config: Config;
  readonly #churn: NonNullable<SchedulerOptions['churn']>;

  constructor(config: Config, options: SchedulerOptions) {
    const { sigmas, steps, timesteps } = wholeSchedule(config, options);
    // EDM's conditioning: the model takes a quarter of the log of sigma.
    const continuous = config.timestep_type === 'continuous' && config.prediction_type === 'v_prediction';
    super(
      {
        timesteps: continuous ? timesteps.map((_, index) => Math.fround(0.25 * Math.fround(Math.log(at(sigmas, index))))) : timesteps,
        sigmas,
        steps,
        order: 1,
        trainTimesteps: config.num_train_timesteps,
        timestepType: 'float32',
        spacing: config.timestep_spacing,
      },
      options,
    );
    this.#config = config;
    this.#churn = options.churn ?? { amount: 0 };
    this.drawsNoise = this.#churn.amount > 0;
  }

  protected freshMemory(): null {
    return null;
  }

  protected advance(output: Float32Array, position: number, sample: Float32Array, noise: NoiseSource | null): StepResult {
    const sigma = at(this.sigmas, position);
    const { amount, sigmaMin = 0, sigmaMax = Infinity, noiseScale = 1 } = this.#churn;
    const gamma = sigma >= sigmaMin && sigma <= sigmaMax ? Math.min(amount / (this.sigmas.length - 1), Math.SQRT2 - 1) : 0;
    const raised = sigma * (1 + gamma);
    let from = sample;
    if (gamma > 0) {
      from = combine([1, sample], [noiseScale * Math.sqrt(raised * raised - sigma * sigma), this.draw(noise, sample.length)]);
    }
    const denoised = cleanSampleOfSigma(this.#config.prediction_type, output, from, sigma, raised);
    const change = (at(this.sigmas, position + 1) - raised) / raised;
    return { previous: combine([1 + change, from], [-change, denoised]), denoised };
  }
}
