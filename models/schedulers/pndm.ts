/**
 * Pseudo numerical methods (Liu et al., arXiv 2202.09778); diffusers' PNDMScheduler. With skip_prk_steps (Stable Diffusion's
 * PLMS) the first transition is made twice, then Adams-Bashforth; without, four-stage Runge-Kutta makes the first three.
 */
import { AppError } from '../../shared/contract/errors.ts';
import { BaseScheduler, requestedSteps } from './base-scheduler.ts';
import { alphasCumprod, checkTable } from './betas.ts';
import type { ConfigOf } from './config-schemas.ts';
import { at, combine, type Term } from './numeric.ts';
import { cleanSample, noiseOf, vpLevel, type NoiseLevel } from './prediction.ts';
import { integerTimesteps } from './spacing.ts';
import type { SchedulerOptions, StepResult } from './types.ts';

type Config = ConfigOf<'PNDMScheduler'>;
const PNDM_ORDER = 4;
/** Adams-Bashforth weights, newest prediction first. */
const ADAMS_BASHFORTH = [[1], [3 / 2, -1 / 2], [23 / 12, -16 / 12, 5 / 12], [55 / 24, -59 / 24, 37 / 24, -9 / 24]];
const RUNGE_KUTTA = [1 / 6, 1 / 3, 1 / 3, 1 / 6];

interface Memory {
  calls: number;
  /** Noise predictions at whole steps, oldest first, at most four. */
  history: readonly Float32Array[];
  /** The sample a transition is repeated from. */
  kept: Float32Array | null;
  /** Weighted sum of the Runge-Kutta stages so far. */
  stages: Float32Array | null;
}

/** Timesteps of the Runge-Kutta part: t, t - d/2, t - d/2, t - d, t - d, ... for the first three steps of stride d. */
export function rungeKuttaTimesteps(ascending: readonly number[], stride: number): number[] {
  const halves = ascending.slice(-PNDM_ORDER).flatMap((timestep) => [timestep, timestep + Math.floor(stride / 2)]);
  return halves
    .slice(0, -1)
    .flatMap((timestep) => [timestep, timestep])
    .slice(1, -1)
    .reverse();
}

function wholeSchedule(config: Config, steps: number): { timesteps: number[]; rungeKuttaCalls: number } {
  const trainTimesteps = config.num_train_timesteps;
  const ascending = integerTimesteps({ spacing: config.timestep_spacing, trainTimesteps, steps, offset: config.steps_offset }).reverse();
  if (config.skip_prk_steps) {
    const timesteps = [...ascending.slice(0, -1), ...ascending.slice(-2, -1), ...ascending.slice(-1)].reverse();
    return { timesteps, rungeKuttaCalls: 0 };
  }
  if (steps < PNDM_ORDER) {
    throw new AppError('invalid-request', `PNDM with Runge-Kutta steps needs at least ${PNDM_ORDER} steps.`, {
      action: 'Use more steps, or set skip_prk_steps.',
    });
  }
  const first = rungeKuttaTimesteps(ascending, Math.floor(trainTimesteps / steps));
  return { timesteps: [...first, ...ascending.slice(0, -3).reverse()], rungeKuttaCalls: first.length };
}

export class PndmScheduler extends BaseScheduler<Memory> {
  readonly className = 'PNDMScheduler';
  readonly drawsNoise = false;
  readonly #config: Config;
  readonly #alphas: Float32Array;
  readonly #rungeKuttaCalls: number;
  readonly #stride: number;

  constructor(config: Config, options: SchedulerOptions) {
    const trainTimesteps = config.num_train_timesteps;
    const steps = requestedSteps(options, trainTimesteps, 'PNDMScheduler');
    const { timesteps, rungeKuttaCalls } = wholeSchedule(config, steps);
    super({ timesteps, steps, order: 1, trainTimesteps, timestepType: 'int64' }, options);
    if (rungeKuttaCalls > 0 && this.beginIndex > 0) {
      throw new AppError('unsupported', 'PNDM with Runge-Kutta steps cannot start in the middle of its schedule.', {
        action: 'Set skip_prk_steps, or choose another sampler for image to image.',
      });
    }
    this.#config = config;
    this.#alphas = alphasCumprod(config);
    checkTable(this.#alphas, trainTimesteps);
    this.#rungeKuttaCalls = rungeKuttaCalls;
    this.#stride = Math.floor(trainTimesteps / steps);
  }

  protected freshMemory(): Memory {
    return { calls: 0, history: [], kept: null, stages: null };
  }

  protected noiseLevel(position: number): NoiseLevel {
    return vpLevel(at(this.#alphas, this.timestepAt(position)));
  }

  protected advance(output: Float32Array, position: number, sample: Float32Array): StepResult {
    // Counted from this run's own first call, as diffusers counts: image to image repeats its own first transition.
    const call = this.memory.calls;
    const denoised = cleanSample(this.#config.prediction_type, output, sample, this.noiseLevel(position));
    const previous = call < this.#rungeKuttaCalls ? this.#rungeKutta(output, position, sample) : this.#multistep(output, position, sample);
    return { previous, denoised };
  }

  #rungeKutta(output: Float32Array, position: number, sample: Float32Array): Float32Array {
    const { calls, history, kept, stages } = this.memory;
    const stage = calls % 4;
    // The first two stages look half a stride ahead of their step, the last two a whole one.
    const target = this.timestepAt(position) - (calls % 2 === 1 ? 0 : Math.floor(this.#stride / 2));
    const start = this.timestepAt(position - stage);
    const weighted: Term[] = [[at(RUNGE_KUTTA, stage), output]];
    if (stages !== null) weighted.push([1, stages]);
    const sum = combine(...weighted);
    const from = stage === 0 ? sample : (kept ?? sample);
    this.memory = {
      calls: calls + 1,
      history: stage === 0 ? [...history, output.slice()].slice(-PNDM_ORDER) : history,
      kept: from,
      stages: stage === 3 ? null : sum,
    };
    return this.#transfer(from, start, target, stage === 3 ? sum : output);
  }

  #multistep(output: Float32Array, position: number, sample: Float32Array): Float32Array {
    const { calls, history, kept } = this.memory;
    let timestep = this.timestepAt(position);
    let target = timestep - this.#stride;
    const repeats = calls === 1;
    if (repeats) {
      target = timestep;
      timestep += this.#stride;
    }
    const known = repeats ? history : [...history, output.slice()].slice(-PNDM_ORDER);
    const last = known.at(-1) ?? output;
    const estimate = repeats
      ? combine([0.5, output], [0.5, last])
      : combine(...(ADAMS_BASHFORTH[known.length - 1] ?? []).map((weight, age): Term => [weight, known.at(-1 - age) ?? output]));
    const from = repeats ? (kept ?? sample) : sample;
    this.memory = { calls: calls + 1, history: known, kept: calls === 0 ? sample : null, stages: null };
    return this.#transfer(from, timestep, target, estimate);
  }

  /** Formula 9 of the paper: from one timestep to another along a direction. */
  #transfer(sample: Float32Array, timestep: number, target: number, direction: Float32Array): Float32Array {
    const alpha = at(this.#alphas, timestep);
    const alphaTarget = target >= 0 ? at(this.#alphas, target) : this.#config.set_alpha_to_one ? 1 : at(this.#alphas, 0);
    const noise = this.#config.prediction_type === 'v_prediction' ? noiseOf('v_prediction', direction, sample, vpLevel(alpha)) : direction;
    const denominator = alpha * Math.sqrt(1 - alphaTarget) + Math.sqrt(alpha * (1 - alpha) * alphaTarget);
    return combine([Math.sqrt(alphaTarget / alpha), sample], [-(alphaTarget - alpha) / denominator, noise]);
  }
}
