/** What all samplers share: the step counter, checks, slicing and snapshots. */
import { AppError } from '../../shared/contract/errors.ts';
import { at, combine } from './numeric.ts';
import type { NoiseLevel } from './prediction.ts';
import type { NoiseSource, Scheduler, SchedulerClass, SchedulerOptions, SchedulerSnapshot, StepResult } from './types.ts';
import { runWindow, type WholeSchedule, type Window } from './window.ts';

export interface BaseSetup extends WholeSchedule {
  timestepType: 'int64' | 'float32';
  initNoiseSigma?: number;
  /** By position, for samples of the form x0 + sigma noise: the model's input is divided by sqrt(sigma^2 + 1). */
  scalingSigmas?: Float32Array;
  /** Overrides the window that the options ask for. */
  window?: Window;
}

/** @typeParam Memory what a solver keeps from one call to the next; replaced, never changed in place, so snapshots stay true */
export abstract class BaseScheduler<Memory> implements Scheduler {
  abstract readonly className: SchedulerClass;
  abstract readonly drawsNoise: boolean;
  readonly order: 1 | 2;
  readonly timesteps: readonly number[];
  readonly timestepType: 'int64' | 'float32';
  readonly initNoiseSigma: number;
  readonly beginIndex: number;
  /** All timesteps of the schedule, before slicing. */
  protected readonly whole: readonly number[];
  protected readonly steps: number;
  protected readonly batch: number;
  protected memory: Memory;
  private readonly scalingSigmas: Float32Array | null;
  private nextIndex = 0;

  constructor(setup: BaseSetup, options: SchedulerOptions) {
    const noisiest = at(setup.timesteps, 0);
    if (setup.timestepType === 'int64' && noisiest >= setup.trainTimesteps) {
      throw new AppError('invalid-request', `The first timestep, ${noisiest}, is beyond the model's ${setup.trainTimesteps}.`, {
        action: 'Use fewer steps, or a smaller steps_offset.',
      });
    }
    const { begin, end } = setup.window ?? runWindow(setup, options);
    this.whole = setup.timesteps;
    this.steps = setup.steps;
    this.order = setup.order;
    this.timesteps = setup.timesteps.slice(begin, end);
    this.timestepType = setup.timestepType;
    this.initNoiseSigma = setup.initNoiseSigma ?? 1;
    this.beginIndex = begin;
    this.scalingSigmas = setup.scalingSigmas ?? null;
    this.batch = options.batch ?? 1;
    this.memory = this.freshMemory();
  }

  protected abstract freshMemory(): Memory;
  /** @param position index in the whole schedule */
  protected abstract advance(output: Float32Array, position: number, sample: Float32Array, noise: NoiseSource | null): StepResult;
  /** Scales of the clean sample and of the noise at a position of the whole schedule. */
  protected abstract noiseLevel(position: number): NoiseLevel;

  scaleModelInput(sample: Float32Array, index: number): Float32Array {
    if (this.scalingSigmas === null) return sample;
    const sigma = at(this.scalingSigmas, this.beginIndex + index);
    const scale = 1 / Math.sqrt(sigma * sigma + 1);
    return sample.map((value) => value * scale);
  }

  step(modelOutput: Float32Array, index: number, sample: Float32Array, noise: NoiseSource | null): StepResult {
    if (modelOutput.length !== sample.length) {
      throw new AppError('model-output-invalid', `The model gave ${modelOutput.length} values for a sample of ${sample.length}.`);
    }
    if (sample.length % this.batch !== 0) {
      throw new AppError('internal', `A sample of ${sample.length} values does not divide into ${this.batch} items.`);
    }
    if (index === 0) this.memory = this.freshMemory();
    else if (index !== this.nextIndex)
      throw new AppError('internal', `Step ${index} was asked for where step ${this.nextIndex} comes next.`);
    if (index < 0 || index >= this.timesteps.length) throw new AppError('internal', `Step ${index} is outside the schedule.`);
    const result = this.advance(modelOutput, this.beginIndex + index, sample, noise);
    this.nextIndex = index + 1;
    return result;
  }

  addNoise(sample: Float32Array, noise: Float32Array, index: number): Float32Array {
    if (index === this.timesteps.length) return sample.slice();
    const { alpha, sigma } = this.noiseLevel(this.beginIndex + index);
    return combine([alpha, sample], [sigma, noise]);
  }

  snapshot(): SchedulerSnapshot {
    return { nextIndex: this.nextIndex, memory: this.memory };
  }

  restore(snapshot: SchedulerSnapshot): void {
    // A snapshot comes from a run with the same configuration, so its memory is this class's.
    this.memory = snapshot.memory as Memory;
    this.nextIndex = snapshot.nextIndex;
  }

  protected timestepAt(position: number): number {
    return at(this.whole, position);
  }

  /** @throws AppError internal when a stochastic sampler was given no source */
  protected draw(noise: NoiseSource | null, length: number): Float32Array {
    if (noise === null) throw new AppError('internal', `${this.className} draws noise and was given no source.`);
    return noise.normal(length);
  }
}

/** Number of steps, for classes without custom lists too. @throws AppError invalid-request */
export function requestedSteps(options: SchedulerOptions, most: number, className: SchedulerClass): number {
  if (options.timesteps !== undefined || options.sigmas !== undefined) {
    throw new AppError('unsupported', `${className} takes no custom ${options.timesteps === undefined ? 'noise levels' : 'timesteps'}.`, {
      action: 'Give a number of steps, or choose another sampler.',
    });
  }
  const { steps } = options;
  if (steps === undefined || !Number.isInteger(steps) || steps < 1 || steps > most) {
    throw new AppError('invalid-request', `The number of steps must be a whole number from 1 to ${most}, not ${steps ?? 'missing'}.`, {
      action: 'Change the number of steps.',
    });
  }
  return steps;
}

/** Custom timesteps as the class stores them. @throws AppError invalid-request unless descending, within the table, alone */
export function customTimesteps(options: SchedulerOptions, trainTimesteps: number): readonly number[] {
  const list = options.timesteps ?? [];
  const bad = (message: string): never => {
    throw new AppError('invalid-request', message, { action: 'Correct the list of timesteps.' });
  };
  if (options.steps !== undefined || options.sigmas !== undefined)
    bad('Custom timesteps exclude a number of steps and custom noise levels.');
  if (list.length === 0) bad('The list of timesteps is empty.');
  list.forEach((timestep, index) => {
    if (!(timestep >= 0 && timestep < trainTimesteps)) bad(`Timestep ${timestep} is outside 0 to ${trainTimesteps - 1}.`);
    if (index > 0 && timestep >= at(list, index - 1)) bad('Custom timesteps must be in descending order.');
  });
  return list;
}
