/**
 * UniPC (Zhao et al., arXiv 2302.04867), B(h) version: a predictor of order p and, at the next call, a corrector that makes the
 * last transition again with the new prediction; diffusers' UniPCMultistepScheduler.
 */
import type { ConfigOf } from './config-schemas.ts';
import { at, combine, solveLinear, type Term } from './numeric.ts';
import { cleanSample, noiseOf, threshold } from './prediction.ts';
import { SolverScheduler, solverSchedule, type LambdaLevel } from './solver-scheduler.ts';
import type { SchedulerOptions, StepResult } from './types.ts';

type Config = ConfigOf<'UniPCMultistepScheduler'>;

interface Memory {
  /** Predictions (clean samples, or noise without predict_x0), newest first. */
  history: readonly Float32Array[];
  /** The sample that the last transition started from; null before the first. */
  lastSample: Float32Array | null;
  lastOrder: number;
}

interface Coefficients {
  /** e^hh - 1. */
  hPhi1: number;
  /** B(h). */
  bh: number;
  /** Rows of r^0, r^1 ... and right-hand sides of the order conditions. */
  matrix: number[][];
  right: number[];
}

/** Order conditions of the paper's theorem 3.1 for the ratios r_i of lambda distances; the last ratio is 1. */
export function uniCoefficients(ratios: readonly number[], hh: number, solverType: 'bh1' | 'bh2'): Coefficients {
  const hPhi1 = Math.expm1(hh);
  const bh = solverType === 'bh1' ? hh : hPhi1;
  const matrix: number[][] = [];
  const right: number[] = [];
  let hPhi = hPhi1 / hh - 1;
  let factorial = 1;
  for (let order = 1; order <= ratios.length; order += 1) {
    matrix.push(ratios.map((ratio) => ratio ** (order - 1)));
    right.push((hPhi * factorial) / bh);
    factorial *= order + 1;
    hPhi = hPhi / hh - 1 / factorial;
  }
  return { hPhi1, bh, matrix, right };
}

export class UniPcScheduler extends SolverScheduler<Memory> {
  readonly className = 'UniPCMultistepScheduler';
  readonly drawsNoise = false;
  readonly #config: Config;

  constructor(config: Config, options: SchedulerOptions) {
    const schedule = solverSchedule(config, { allowsCustomTimesteps: false, roundsKarras: true, finalOfSchedule: 'own' }, options);
    const trainTimesteps = config.num_train_timesteps;
    super({ ...schedule, order: 1, trainTimesteps, timestepType: 'int64', flow: config.use_flow_sigmas }, options);
    this.#config = config;
  }

  protected freshMemory(): Memory {
    return { history: [], lastSample: null, lastOrder: 0 };
  }

  protected advance(output: Float32Array, position: number, given: Float32Array): StepResult {
    const config = this.#config;
    const level = this.level(position);
    const denoised = this.#clean(output, position, given, level);
    const prediction = config.predict_x0 ? denoised : this.#noise(output, given, level);
    const { history, lastOrder, lastSample } = this.memory;
    let sample = given;
    if (lastSample !== null && !config.disable_corrector.includes(position - 1)) {
      sample = this.#transition(position - 1, lastSample, history.slice(0, lastOrder), prediction);
    }
    const known = [prediction, ...history].slice(0, config.solver_order);
    const left = config.lower_order_final ? this.whole.length - position : config.solver_order;
    // Without noise at the target its lambda is infinite and only the first order has a limit.
    const most = at(this.sigmas, position + 1) === 0 ? 1 : left;
    const order = this.distinctOrder(position, Math.min(config.solver_order, most, known.length));
    this.memory = { history: known, lastSample: sample, lastOrder: order };
    return { previous: this.#transition(position, sample, known.slice(0, order), null), denoised };
  }

  /**
   * From a position to the next one.
   * @param predictions newest first, as many as the order; the newest belongs to `position`
   * @param corrected the prediction at the target: given, this is the corrector
   */
  #transition(position: number, sample: Float32Array, predictions: readonly Float32Array[], corrected: Float32Array | null): Float32Array {
    const { predict_x0: clean, solver_type: solverType } = this.#config;
    if (this.staysPut(position)) return sample;
    const from = this.level(position);
    const target = this.level(position + 1);
    const newest = predictions[0] ?? sample;
    if (target.sigma === 0) {
      return clean ? newest.slice() : combine([target.alpha / from.alpha, sample], [(-target.alpha * from.sigma) / from.alpha, newest]);
    }
    const h = target.lambda - from.lambda;
    const hh = clean ? -h : h;
    const older = predictions.slice(1);
    const ratios = older.map((_, index) => (this.level(position - 1 - index).lambda - from.lambda) / h);
    const { bh, hPhi1, matrix, right } = uniCoefficients([...ratios, 1], hh, solverType);
    const scale = clean ? target.alpha : target.sigma;
    const terms: Term[] = [
      [clean ? target.sigma / from.sigma : target.alpha / from.alpha, sample],
      [-scale * hPhi1, newest],
    ];
    const weights = corrected === null ? predictorWeights(matrix, right) : correctorWeights(matrix, right);
    older.forEach((prediction, index) => {
      const weight = (-scale * bh * at(weights, index)) / at(ratios, index);
      terms.push([weight, prediction], [-weight, newest]);
    });
    if (corrected !== null) {
      const weight = -scale * bh * at(weights, weights.length - 1);
      terms.push([weight, corrected], [-weight, newest]);
    }
    return combine(...terms);
  }

  #clean(output: Float32Array, position: number, sample: Float32Array, level: LambdaLevel): Float32Array {
    const config = this.#config;
    const clean =
      config.prediction_type === 'flow_prediction'
        ? combine([1, sample], [-at(this.sigmas, position), output])
        : cleanSample(config.prediction_type, output, sample, level);
    return config.thresholding && config.predict_x0 ? threshold(clean, config, this.batch) : clean;
  }

  #noise(output: Float32Array, sample: Float32Array, level: LambdaLevel): Float32Array {
    const type = this.#config.prediction_type;
    return type === 'flow_prediction' ? combine([1, sample], [level.alpha, output]) : noiseOf(type, output, sample, level);
  }
}

/** Second order has a simplified weight (the paper's appendix); order 1 needs none. */
function predictorWeights(matrix: readonly (readonly number[])[], right: readonly number[]): number[] {
  const size = right.length - 1;
  if (size === 1) return [0.5];
  return solveLinear(
    matrix.slice(0, size).map((row) => row.slice(0, size)),
    right.slice(0, size),
  );
}

function correctorWeights(matrix: readonly (readonly number[])[], right: readonly number[]): number[] {
  return right.length === 1 ? [0.5] : solveLinear(matrix, right);
}
