/** Multistep DPM-Solver and DPM-Solver++, orders 1 to 3, also as SDE; diffusers' DPMSolverMultistepScheduler. */
import { AppError } from '../../shared/contract/errors.ts';
import type { ConfigOf } from './config-schemas.ts';
import { dpmTransition } from './dpm-updates.ts';
import { at, combine } from './numeric.ts';
import { cleanSample, noiseOf, threshold } from './prediction.ts';
import { SolverScheduler, solverSchedule, type LambdaLevel } from './solver-scheduler.ts';
import type { NoiseSource, SchedulerOptions, StepResult } from './types.ts';

type Config = ConfigOf<'DPMSolverMultistepScheduler'>;
/** Runs shorter than this lower the order at their end (lower_order_final). */
const SHORT_RUN = 15;

export class DpmMultistepScheduler extends SolverScheduler<readonly Float32Array[]> {
  readonly className = 'DPMSolverMultistepScheduler';
  readonly drawsNoise: boolean;
  readonly #config: Config;

  constructor(config: Config, options: SchedulerOptions) {
    if (config.variance_type !== null) {
      throw new AppError('unsupported', 'Models that predict their own variance are not available with DPM-Solver.', {
        action: 'Choose DDIM or Euler.',
      });
    }
    const cosine = config.beta_schedule === 'squaredcos_cap_v2';
    const schedule = solverSchedule(config, { allowsCustomTimesteps: true, roundsKarras: !cosine, finalOfSchedule: 'table' }, options);
    const trainTimesteps = config.num_train_timesteps;
    super({ ...schedule, order: 1, trainTimesteps, timestepType: 'int64', flow: config.use_flow_sigmas }, options);
    this.#config = config;
    this.drawsNoise = config.algorithm_type.startsWith('sde');
  }

  protected freshMemory(): readonly Float32Array[] {
    return [];
  }

  protected advance(output: Float32Array, position: number, sample: Float32Array, noise: NoiseSource | null): StepResult {
    const { algorithm_type: algorithm, solver_type: solverType } = this.#config;
    const level = this.level(position);
    const denoised = this.#clean(output, position, sample, level);
    const prediction = algorithm.endsWith('++') ? denoised : this.#noise(output, sample, level);
    const history = [prediction, ...this.memory].slice(0, this.#config.solver_order);
    this.memory = history;
    const order = this.distinctOrder(position, Math.min(this.#orderAt(position), history.length));
    const fresh = this.drawsNoise ? this.draw(noise, sample.length) : null;
    if (this.staysPut(position)) return { previous: sample, denoised };
    const previous = dpmTransition({
      algorithm,
      solverType,
      target: this.level(position + 1),
      levels: Array.from({ length: order }, (_, age) => this.level(position - age)),
      predictions: history.slice(0, order),
      sample,
      noise: fresh,
    });
    return { previous, denoised };
  }

  #orderAt(position: number): number {
    const config = this.#config;
    const left = this.whole.length - position;
    const short = config.lower_order_final && this.whole.length < SHORT_RUN;
    if (left === 1 && (short || config.euler_at_final || config.final_sigmas_type === 'zero')) return 1;
    return left === 2 && short ? Math.min(config.solver_order, 2) : config.solver_order;
  }

  #clean(output: Float32Array, position: number, sample: Float32Array, level: LambdaLevel): Float32Array {
    const config = this.#config;
    const clean =
      config.prediction_type === 'flow_prediction'
        ? combine([1, sample], [-at(this.sigmas, position), output])
        : cleanSample(config.prediction_type, output, sample, level);
    return config.thresholding ? threshold(clean, config, this.batch) : clean;
  }

  /** The noise that the epsilon-form algorithms integrate; with thresholding it follows from the thresholded clean sample. */
  #noise(output: Float32Array, sample: Float32Array, level: LambdaLevel): Float32Array {
    const config = this.#config;
    if (config.prediction_type === 'flow_prediction') return combine([1, sample], [level.alpha, output]);
    if (!config.thresholding) return noiseOf(config.prediction_type, output, sample, level);
    const clean = threshold(cleanSample(config.prediction_type, output, sample, level), config, this.batch);
    return noiseOf('sample', clean, sample, level);
  }
}
