/** What DPM-Solver and UniPC share: samples in variance-preserving form, noise levels by log signal-to-noise ratio. */
import { AppError } from '../../shared/contract/errors.ts';
import { BaseScheduler, customTimesteps, requestedSteps, type BaseSetup } from './base-scheduler.ts';
import { alphasCumprod, checkTable, NEARLY_ZERO_ALPHA, sigmaTable, type BetaConfig } from './betas.ts';
import { at, interpolate, linspace, roundHalfEven } from './numeric.ts';
import type { NoiseLevel } from './prediction.ts';
import { chosenSigmas, logTable, luSigmas, sigmaToTimestep, type SigmaScheduleFlags } from './sigma-schedules.ts';
import { solverTimesteps, type Spacing } from './spacing.ts';
import type { SchedulerClass, SchedulerOptions } from './types.ts';

export interface SolverConfig extends BetaConfig, SigmaScheduleFlags {
  readonly className: SchedulerClass;
  prediction_type: 'epsilon' | 'v_prediction' | 'sample' | 'flow_prediction';
  steps_offset: number;
  timestep_spacing: Spacing;
  final_sigmas_type: 'zero' | 'sigma_min';
  use_flow_sigmas: boolean;
  flow_shift: number;
  use_lu_lambdas?: boolean;
  lambda_min_clipped?: number;
}

/** Where DPM-Solver and UniPC differ in making their schedule. */
export interface ScheduleRules {
  allowsCustomTimesteps: boolean;
  /** Whether the timesteps of Karras (and Lu) sigmas are rounded before they are truncated to integers. */
  roundsKarras: boolean;
  /** Which sigma ends a run that does not end at zero when sigmas follow a schedule: its own last, or the table's first. */
  finalOfSchedule: 'own' | 'table';
}

/** N' : training timesteps less the noisiest ones, whose lambda = ln(alpha / sigma) lies below the clip. */
function usableTimesteps(alphas: Float32Array, lambdaMin: number): number {
  const lambda = (alpha: number): number => Math.fround(Math.log(Math.sqrt(alpha)) - Math.log(Math.sqrt(1 - alpha)));
  return alphas.filter((alpha) => lambda(alpha) >= lambdaMin).length;
}

function flowSchedule(config: SolverConfig, steps: number): { sigmas: number[]; timesteps: number[] } {
  const { flow_shift: shift, num_train_timesteps: trainTimesteps } = config;
  const sigmas = linspace(1, 1 / trainTimesteps, steps + 1)
    .map((alpha) => (shift * (1 - alpha)) / (1 + (shift - 1) * (1 - alpha)))
    .reverse()
    .slice(0, -1);
  return { sigmas, timesteps: sigmas.map((sigma) => sigma * trainTimesteps) };
}

export function solverSchedule(
  config: SolverConfig,
  rules: ScheduleRules,
  options: SchedulerOptions,
): { timesteps: number[]; sigmas: Float32Array; steps: number } {
  const trainTimesteps = config.num_train_timesteps;
  const alphas = alphasCumprod(config, NEARLY_ZERO_ALPHA);
  checkTable(alphas, trainTimesteps);
  const table = sigmaTable(alphas);
  const logs = logTable(table);
  const lu = config.use_lu_lambdas === true;
  let timesteps: number[];
  if (options.timesteps !== undefined && rules.allowsCustomTimesteps) {
    if (config.use_karras_sigmas || config.use_exponential_sigmas || config.use_beta_sigmas || lu || config.use_flow_sigmas) {
      throw new AppError('unsupported', 'Custom timesteps and a schedule of noise levels exclude each other.', {
        action: 'Turn the schedule off.',
      });
    }
    timesteps = customTimesteps(options, trainTimesteps).map(Math.trunc);
  } else {
    const steps = requestedSteps(options, trainTimesteps, config.className);
    const usable = usableTimesteps(alphas, config.lambda_min_clipped ?? -Infinity);
    if (config.timestep_spacing === 'leading' && steps >= usable) {
      throw new AppError('invalid-request', `Leading spacing makes at most ${usable - 1} steps here.`, { action: 'Use fewer steps.' });
    }
    timesteps = solverTimesteps({ spacing: config.timestep_spacing, trainTimesteps, steps, offset: config.steps_offset }, usable);
  }
  const steps = options.steps ?? timesteps.length;
  const ends = { sigmaMin: at(table, 0), sigmaMax: at(table, trainTimesteps - 1) };
  let sigmas = lu ? luSigmas(at(logs, 0), at(logs, trainTimesteps - 1), steps) : chosenSigmas(config, ends, steps);
  const scheduled = sigmas !== null || config.use_flow_sigmas;
  if (sigmas !== null) {
    const rounds = (config.use_karras_sigmas || lu) && rules.roundsKarras;
    timesteps = sigmas.map((sigma) => {
      const timestep = sigmaToTimestep(sigma, logs);
      return Math.trunc(rounds ? roundHalfEven(timestep) : timestep);
    });
  } else if (config.use_flow_sigmas) {
    const flow = flowSchedule(config, steps);
    sigmas = flow.sigmas;
    timesteps = flow.timesteps.map(Math.trunc);
  }
  sigmas ??= timesteps.map((timestep) => interpolate(table, timestep));
  const smallest = scheduled && rules.finalOfSchedule === 'own' ? at(sigmas, sigmas.length - 1) : at(table, 0);
  const last = config.final_sigmas_type === 'zero' ? 0 : smallest;
  return { timesteps, sigmas: Float32Array.from([...sigmas, last]), steps };
}

/** A noise level with its lambda = ln(alpha / sigma): infinite at no noise. */
export interface LambdaLevel extends NoiseLevel {
  lambda: number;
}

export abstract class SolverScheduler<Memory> extends BaseScheduler<Memory> {
  /** Noise levels by position of the whole schedule, one more than calls; float32. */
  protected readonly sigmas: Float32Array;
  readonly #flow: boolean;

  constructor(setup: BaseSetup & { sigmas: Float32Array; flow: boolean }, options: SchedulerOptions) {
    super(setup, options);
    this.sigmas = setup.sigmas;
    this.#flow = setup.flow;
  }

  /** In float32 like torch's scalars: with many steps the rounding of lambda shows in its differences. */
  protected level(position: number): LambdaLevel {
    const ratio = at(this.sigmas, position);
    const alpha = Math.fround(this.#flow ? 1 - ratio : 1 / Math.sqrt(Math.fround(ratio * ratio + 1)));
    const sigma = this.#flow ? ratio : Math.fround(ratio * alpha);
    return { alpha, sigma, lambda: Math.fround(Math.fround(Math.log(alpha)) - Math.fround(Math.log(sigma))) };
  }

  protected noiseLevel(position: number): NoiseLevel {
    return this.level(position);
  }

  /** Greatest order usable at a position: differences need distinct noise levels, and close schedules round to equal ones. */
  protected distinctOrder(position: number, order: number): number {
    for (let age = 1; age < order; age += 1) if (this.staysPut(position - age)) return age;
    return order;
  }

  /** Whether a transition leads to the same noise level, where the solvers' quotients have no value. */
  protected staysPut(position: number): boolean {
    return this.level(position).lambda === this.level(position + 1).lambda;
  }
}
