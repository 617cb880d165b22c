/**
 * Sums and means that diffusers' own tests expect (tests/schedulers/test_scheduler_*.py), with their tolerances: 1e-2 on the sum
 * of absolute values, 1e-3 on their mean.
 */
import { describe, expect, it } from 'vitest';
import { absoluteSum, dummyNoise, dummySample, makeScheduler, runLoop, SAMPLE_LENGTH, type LoopOptions } from './reference-loop.ts';
import { TorchCpuNoise } from './torch-cpu-noise.ts';
import type { SchedulerClass, SchedulerOptions } from './types.ts';

interface Case {
  name: string;
  className: SchedulerClass;
  keys?: Record<string, unknown>;
  options?: SchedulerOptions;
  loop?: LoopOptions;
  sum?: number;
  mean: number;
  /** Their "with noise" loops: this many steps are left, from the ramp plus noise. */
  noisyFrom?: number;
}

const linear = { num_train_timesteps: 1000, beta_start: 0.0001, beta_end: 0.02, beta_schedule: 'linear' };
const linear1100 = { ...linear, num_train_timesteps: 1100 };
const dpm = { ...linear, lower_order_final: false, final_sigmas_type: 'sigma_min' };
const unipc = { ...linear, final_sigmas_type: 'sigma_min' };
const seeded = (): LoopOptions => ({ noise: new TorchCpuNoise(0) });
const euler = (): LoopOptions => ({ stepsFromScaled: true, noise: new TorchCpuNoise(0) });

const cases: Case[] = [
  { name: 'DDIM', className: 'DDIMScheduler', keys: linear, sum: 172.0067, mean: 0.223967 },
  { name: 'DDIM v', className: 'DDIMScheduler', keys: { ...linear, prediction_type: 'v_prediction' }, sum: 52.5302, mean: 0.0684 },
  {
    name: 'DDIM alpha one',
    className: 'DDIMScheduler',
    keys: { ...linear, set_alpha_to_one: true, beta_start: 0.01 },
    sum: 149.8295,
    mean: 0.1951,
  },
  {
    name: 'DDIM alpha not one',
    className: 'DDIMScheduler',
    keys: { ...linear, set_alpha_to_one: false, beta_start: 0.01 },
    sum: 149.0784,
    mean: 0.1941,
  },
  { name: 'DDIM with noise', className: 'DDIMScheduler', keys: linear, noisyFrom: 2, sum: 354.5418, mean: 0.4616 },
  { name: 'DDPM', className: 'DDPMScheduler', keys: linear, options: { steps: 1000 }, loop: seeded(), sum: 258.9606, mean: 0.3372 },
  {
    name: 'DDPM v',
    className: 'DDPMScheduler',
    keys: { ...linear, prediction_type: 'v_prediction' },
    options: { steps: 1000 },
    loop: seeded(),
    sum: 202.0296,
    mean: 0.2631,
  },
  {
    name: 'DDPM with noise',
    className: 'DDPMScheduler',
    keys: linear,
    options: { steps: 1000 },
    loop: seeded(),
    noisyFrom: 2,
    sum: 387.9466,
    mean: 0.5051,
  },
  { name: 'PNDM', className: 'PNDMScheduler', keys: linear, sum: 198.1318, mean: 0.258 },
  { name: 'PNDM v', className: 'PNDMScheduler', keys: { ...linear, prediction_type: 'v_prediction' }, sum: 67.3986, mean: 0.0878 },
  {
    name: 'PNDM alpha one',
    className: 'PNDMScheduler',
    keys: { ...linear, set_alpha_to_one: true, beta_start: 0.01 },
    sum: 230.0399,
    mean: 0.2995,
  },
  {
    name: 'PNDM alpha not one',
    className: 'PNDMScheduler',
    keys: { ...linear, set_alpha_to_one: false, beta_start: 0.01 },
    sum: 186.9482,
    mean: 0.2434,
  },
  { name: 'Euler', className: 'EulerDiscreteScheduler', keys: linear1100, loop: euler(), sum: 10.0807, mean: 0.0131 },
  {
    name: 'Euler v',
    className: 'EulerDiscreteScheduler',
    keys: { ...linear1100, prediction_type: 'v_prediction' },
    loop: euler(),
    sum: 0.0002,
    mean: 2.2676e-6,
  },
  {
    name: 'Euler Karras',
    className: 'EulerDiscreteScheduler',
    keys: { ...linear1100, use_karras_sigmas: true },
    loop: euler(),
    sum: 124.52299499511719,
    mean: 0.16213932633399963,
  },
  {
    name: 'Euler with noise',
    className: 'EulerDiscreteScheduler',
    keys: linear1100,
    loop: euler(),
    noisyFrom: 2,
    sum: 57062.9297,
    mean: 74.3007,
  },
  { name: 'Euler ancestral', className: 'EulerAncestralDiscreteScheduler', keys: linear1100, loop: euler(), sum: 152.3192, mean: 0.1983 },
  {
    name: 'Euler ancestral v',
    className: 'EulerAncestralDiscreteScheduler',
    keys: { ...linear1100, prediction_type: 'v_prediction' },
    loop: euler(),
    sum: 108.4439,
    mean: 0.1412,
  },
  {
    name: 'Euler ancestral with noise',
    className: 'EulerAncestralDiscreteScheduler',
    keys: linear1100,
    loop: euler(),
    noisyFrom: 2,
    sum: 56163.0508,
    mean: 73.129,
  },
  { name: 'Heun', className: 'HeunDiscreteScheduler', keys: linear1100, loop: euler(), sum: 0.1233, mean: 0.0002 },
  {
    name: 'Heun v',
    className: 'HeunDiscreteScheduler',
    keys: { ...linear1100, prediction_type: 'v_prediction' },
    loop: euler(),
    sum: 4.6934e-7,
    mean: 6.1112e-10,
  },
  {
    name: 'Heun Karras',
    className: 'HeunDiscreteScheduler',
    keys: { ...linear1100, use_karras_sigmas: true },
    loop: euler(),
    sum: 0.00015,
    mean: 1.9869554535034695e-7,
  },
  {
    name: 'Heun with noise',
    className: 'HeunDiscreteScheduler',
    keys: linear1100,
    loop: euler(),
    noisyFrom: 2,
    sum: 75074.8906,
    mean: 97.7538,
  },
  { name: 'DPM', className: 'DPMSolverMultistepScheduler', keys: dpm, mean: 0.3301 },
  {
    name: 'DPM thresholding',
    className: 'DPMSolverMultistepScheduler',
    keys: { ...dpm, thresholding: true, dynamic_thresholding_ratio: 0.87, sample_max_value: 0.5 },
    mean: 1.1364,
  },
  { name: 'DPM v', className: 'DPMSolverMultistepScheduler', keys: { ...dpm, prediction_type: 'v_prediction' }, mean: 0.2251 },
  {
    name: 'DPM Karras v',
    className: 'DPMSolverMultistepScheduler',
    keys: { ...dpm, prediction_type: 'v_prediction', use_karras_sigmas: true },
    mean: 0.2096,
  },
  {
    name: 'DPM Lu v',
    className: 'DPMSolverMultistepScheduler',
    keys: { ...dpm, prediction_type: 'v_prediction', use_lu_lambdas: true },
    mean: 0.1554,
  },
  { name: 'DPM with noise', className: 'DPMSolverMultistepScheduler', keys: dpm, noisyFrom: 5, sum: 318.4111, mean: 0.4146 },
  { name: 'UniPC', className: 'UniPCMultistepScheduler', keys: unipc, mean: 0.2464 },
  { name: 'UniPC Karras', className: 'UniPCMultistepScheduler', keys: { ...unipc, use_karras_sigmas: true }, mean: 0.2925 },
  { name: 'UniPC v', className: 'UniPCMultistepScheduler', keys: { ...unipc, prediction_type: 'v_prediction' }, mean: 0.1014 },
  {
    name: 'UniPC Karras v',
    className: 'UniPCMultistepScheduler',
    keys: { ...unipc, prediction_type: 'v_prediction', use_karras_sigmas: true },
    mean: 0.1966,
  },
  { name: 'UniPC with noise', className: 'UniPCMultistepScheduler', keys: unipc, noisyFrom: 2, sum: 315.5757, mean: 0.4109 },
  { name: 'LCM, one step', className: 'LCMScheduler', options: { steps: 1 }, loop: seeded(), sum: 18.7097, mean: 0.0244 },
  { name: 'LCM', className: 'LCMScheduler', loop: seeded(), sum: 197.7616, mean: 0.2575 },
  { name: 'TCD, one step', className: 'TCDScheduler', options: { steps: 1, eta: 0 }, sum: 29.8715, mean: 0.0389 },
  { name: 'TCD', className: 'TCDScheduler', options: { steps: 10, eta: 0 }, sum: 181.204, mean: 0.2359 },
];

describe("diffusers' published sums", () => {
  it.each(cases)('$name', ({ className, keys = {}, loop = {}, mean, noisyFrom, options = { steps: 10 }, sum }) => {
    const steps = options.steps ?? 10;
    // Half a step added, so that the product's rounding cannot lose the last step.
    const sliced = noisyFrom === undefined ? options : { ...options, strength: (noisyFrom + 0.5) / steps };
    const scheduler = makeScheduler(className, keys, sliced);
    let start: Float32Array | undefined;
    if (noisyFrom !== undefined) {
      const scaled = dummySample().map((value) => value * scheduler.initNoiseSigma);
      start = scheduler.addNoise(scaled, dummyNoise(), 0);
    }
    const result = runLoop(scheduler, { ...loop, ...(start === undefined ? {} : { start }) });
    const found = absoluteSum(result);
    expect(Math.abs(found / SAMPLE_LENGTH - mean), `mean ${found / SAMPLE_LENGTH}`).toBeLessThan(1e-3);
    if (sum !== undefined) expect(Math.abs(found - sum), `sum ${found}`).toBeLessThan(1e-2);
  });
});
