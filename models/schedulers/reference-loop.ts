/**
 * The deterministic loop of diffusers' own scheduler tests (tests/schedulers/test_schedulers.py): a sample 4 x 3 x 8 x 8 whose
 * values are a ramp, and the "model" sample * t / (t + 1). Used by this folder's tests.
 */
import { createScheduler } from './create.ts';
import { resolveSchedulerConfig } from './config.ts';
import type { NoiseSource, Scheduler, SchedulerClass, SchedulerOptions } from './types.ts';

const BATCH = 4;
const VALUES_PER_ITEM = 3 * 8 * 8;
export const SAMPLE_LENGTH = BATCH * VALUES_PER_ITEM;

function ramp(value: (index: number) => number): Float32Array {
  // Their array is made item-last and then permuted to item-first.
  return Float32Array.from({ length: SAMPLE_LENGTH }, (_, index) => {
    const item = Math.floor(index / VALUES_PER_ITEM);
    return value((index % VALUES_PER_ITEM) * BATCH + item) / SAMPLE_LENGTH;
  });
}

export const dummySample = (): Float32Array => ramp((index) => index);
export const dummyNoise = (): Float32Array => ramp((index) => SAMPLE_LENGTH - 1 - index);

export function makeScheduler(className: SchedulerClass, keys: Record<string, unknown>, options: SchedulerOptions): Scheduler {
  return createScheduler(resolveSchedulerConfig({ _class_name: className, ...keys }).config, { batch: BATCH, ...options });
}

export interface LoopOptions {
  noise?: NoiseSource;
  start?: Float32Array;
  /** Their Euler and Heun loops hand the scaled sample to `step`, which pipelines never do. */
  stepsFromScaled?: boolean;
}

export function runLoop(scheduler: Scheduler, options: LoopOptions = {}): Float32Array {
  let sample = options.start ?? dummySample().map((value) => value * scheduler.initNoiseSigma);
  scheduler.timesteps.forEach((timestep, index) => {
    const input = scheduler.scaleModelInput(sample, index);
    const output = input.map((value) => (value * timestep) / (timestep + 1));
    sample = scheduler.step(output, index, options.stepsFromScaled === true ? input : sample, options.noise ?? null).previous;
  });
  return sample;
}

export function absoluteSum(values: Float32Array): number {
  return values.reduce((sum, value) => sum + Math.abs(value), 0);
}
