/** What a pipeline relies on: slicing, counters, starting noise, snapshots, refusals. */
import { describe, expect, it } from 'vitest';
import { PhiloxNoise } from '../core/philox.ts';
import { AppError } from '../../shared/contract/errors.ts';
import { BatchNoise } from './batch-noise.ts';
import { threshold } from './prediction.ts';
import { dummySample, makeScheduler, runLoop } from './reference-loop.ts';
import { TorchCpuNoise } from './torch-cpu-noise.ts';
import { schedulerClasses, type SchedulerClass, type SchedulerOptions } from './types.ts';

const stable = { beta_start: 0.00085, beta_end: 0.012, beta_schedule: 'scaled_linear' };
const times = (className: SchedulerClass, options: SchedulerOptions, keys: Record<string, unknown> = {}): readonly number[] =>
  makeScheduler(className, { ...stable, ...keys }, options).timesteps;

describe('image to image', () => {
  it('drops the first steps: floor(n s) are run, in double arithmetic', () => {
    expect(times('DDIMScheduler', { steps: 10, strength: 0.3 })).toEqual([200, 100, 0]);
    expect(times('DDIMScheduler', { steps: 50, strength: 0.58 })).toHaveLength(Math.floor(50 * 0.58));
    expect(times('DDIMScheduler', { steps: 10, strength: 1 })).toHaveLength(10);
    expect(makeScheduler('DDIMScheduler', stable, { steps: 10, strength: 0.3 }).beginIndex).toBe(7);
    // Turbo: two steps at one half are one.
    expect(times('EulerAncestralDiscreteScheduler', { steps: 2, strength: 0.5 }, { timestep_spacing: 'trailing' })).toEqual([499]);
    expect(() => times('DDIMScheduler', { steps: 1, strength: 0.5 })).toThrow(/leave no step/);
    expect(() => times('DDIMScheduler', { steps: 10, strength: 0 })).toThrow(AppError);
    expect(() => times('DDIMScheduler', { steps: 10, strength: 1.1 })).toThrow(AppError);
  });

  it("slices twice as many of Heun's calls, and starts with a first half", () => {
    const heun = makeScheduler('HeunDiscreteScheduler', stable, { steps: 10, strength: 0.3 });
    expect(heun.timesteps).toEqual([222, 111, 111, 0, 0]);
    expect(heun.beginIndex).toBe(14);
    expect(times('HeunDiscreteScheduler', { steps: 10 })).toHaveLength(19);
  });

  it('adds noise at the level of the call, and none after the last', () => {
    const clean = Float32Array.of(1);
    const noise = Float32Array.of(1);
    const euler = makeScheduler('EulerDiscreteScheduler', stable, { steps: 10, strength: 0.5 });
    const scale = euler.scaleModelInput(Float32Array.of(1), 0)[0] ?? NaN;
    // scaleModelInput divides by sqrt(sigma^2 + 1) with the same sigma that addNoise uses.
    expect((euler.addNoise(clean, noise, 0)[0] ?? NaN) - 1).toBeCloseTo(Math.sqrt(1 / scale ** 2 - 1), 4);
    for (const className of schedulerClasses) {
      const scheduler = makeScheduler(className, {}, { steps: 4 });
      expect(scheduler.addNoise(clean, noise, scheduler.timesteps.length)).toEqual(clean);
      const [signal = NaN] = scheduler.addNoise(clean, Float32Array.of(0), 0);
      expect(signal).toBeLessThanOrEqual(1);
    }
  });

  it('splits the schedule between base and refiner without a gap', () => {
    for (const className of ['DDIMScheduler', 'EulerDiscreteScheduler', 'DPMSolverMultistepScheduler'] as const) {
      const all = times(className, { steps: 25 });
      const base = times(className, { steps: 25, denoisingEnd: 0.8 });
      const refiner = times(className, { steps: 25, denoisingStart: 0.8, strength: 0.3 });
      expect([...base, ...refiner]).toEqual(all);
      expect(refiner.every((timestep) => timestep < 200)).toBe(true);
    }
    expect(times('HeunDiscreteScheduler', { steps: 10, denoisingStart: 0.8 }).length % 2).toBe(1);
    expect(() => times('DDIMScheduler', { steps: 10, denoisingStart: 1 })).toThrow(/No step is left/);
  });
});

describe('starting noise', () => {
  it('has the greatest sigma, and the signal on top with leading spacing', () => {
    const initial = (className: SchedulerClass, spacing: string): number =>
      makeScheduler(className, { ...stable, timestep_spacing: spacing, steps_offset: 1 }, { steps: 1000 }).initNoiseSigma;
    for (const className of ['EulerDiscreteScheduler', 'EulerAncestralDiscreteScheduler', 'HeunDiscreteScheduler'] as const) {
      expect(initial(className, 'linspace')).toBeCloseTo(14.614645, 4);
      expect(initial(className, 'trailing')).toBeCloseTo(14.614645, 4);
      expect(initial(className, 'leading')).toBeCloseTo(Math.hypot(14.614645, 1), 4);
    }
    for (const className of schedulerClasses) {
      if (/Euler(Anc|Disc)|Heun/.test(className) && !className.startsWith('Flow')) continue;
      const scheduler = makeScheduler(className, {}, { steps: 4 });
      expect(scheduler.initNoiseSigma).toBe(1);
      const sample = dummySample();
      expect(scheduler.scaleModelInput(sample, 0)).toBe(sample);
    }
  });

  it('makes one Turbo step: x / sqrt(sigma^2 + 1) in, x - sigma eps out', () => {
    const turbo = makeScheduler(
      'EulerAncestralDiscreteScheduler',
      { ...stable, timestep_spacing: 'trailing', steps_offset: 1 },
      { steps: 1, batch: 1 },
    );
    expect(turbo.timesteps).toEqual([999]);
    const sigma = turbo.initNoiseSigma;
    expect(sigma).toBeCloseTo(14.6146, 4);
    const sample = Float32Array.of(3);
    expect(turbo.scaleModelInput(sample, 0)[0]).toBeCloseTo(3 / Math.hypot(14.614645, 1), 5);
    const { denoised, previous } = turbo.step(Float32Array.of(0.2), 0, sample, new PhiloxNoise(1));
    expect(previous[0]).toBeCloseTo(3 - sigma * 0.2, 4);
    expect(denoised[0]).toBe(previous[0]);
  });
});

describe('single steps', () => {
  it("DDIM's stride is fixed also under trailing spacing", () => {
    // n = 3: timesteps 999, 666, 332, but the second step's previous timestep is 666 - 333 = 333.
    const keys = { ...stable, timestep_spacing: 'trailing', clip_sample: false };
    const scheduler = makeScheduler('DDIMScheduler', keys, { steps: 3, batch: 1 });
    expect(scheduler.timesteps).toEqual([999, 666, 332]);
    const level = makeScheduler('DDIMScheduler', keys, { steps: 1000, batch: 1 });
    const at = (timestep: number): [number, number] => {
      const index = level.timesteps.indexOf(timestep);
      return [
        level.addNoise(Float32Array.of(1), Float32Array.of(0), index)[0] ?? NaN,
        level.addNoise(Float32Array.of(0), Float32Array.of(1), index)[0] ?? NaN,
      ];
    };
    scheduler.step(Float32Array.of(0), 0, Float32Array.of(1), null);
    const { previous, denoised } = scheduler.step(Float32Array.of(0.5), 1, Float32Array.of(1), null);
    const [signal, noise] = at(333);
    expect(previous[0]).toBeCloseTo(signal * (denoised[0] ?? NaN) + noise * 0.5, 6);
  });

  it('DDIM clips by default, packs of Stable Diffusion do not', () => {
    const step = (keys: Record<string, unknown>): number =>
      makeScheduler('DDIMScheduler', { ...stable, ...keys }, { steps: 2, batch: 1 }).step(Float32Array.of(-1), 0, Float32Array.of(5), null)
        .denoised[0] ?? NaN;
    expect(step({})).toBe(1);
    expect(step({ clip_sample: false })).toBeGreaterThan(5);
    expect(step({ clip_sample_range: 3 })).toBe(3);
  });

  it("LCM's image is the last denoised sample; no noise is drawn there", () => {
    const lcm = makeScheduler('LCMScheduler', {}, { steps: 2, batch: 1 });
    const noise = new PhiloxNoise(3);
    const first = lcm.step(Float32Array.of(0.1), 0, Float32Array.of(1), noise);
    expect(first.previous).not.toEqual(first.denoised);
    expect(noise.callIndex).toBe(1);
    const last = lcm.step(Float32Array.of(0.1), 1, first.previous, noise);
    expect(last.previous).toEqual(last.denoised);
    expect(noise.callIndex).toBe(1);
  });

  it('Euler ancestral draws at every step, DDIM only with eta', () => {
    const noise = new PhiloxNoise(3);
    runLoop(makeScheduler('EulerAncestralDiscreteScheduler', stable, { steps: 5 }), { noise });
    expect(noise.callIndex).toBe(5);
    runLoop(makeScheduler('DDIMScheduler', stable, { steps: 5, eta: 1 }), { noise });
    expect(noise.callIndex).toBe(10);
    expect(makeScheduler('DDIMScheduler', stable, { steps: 5 }).drawsNoise).toBe(false);
    expect(() => runLoop(makeScheduler('EulerAncestralDiscreteScheduler', stable, { steps: 5 }))).toThrow(/draws noise/);
  });

  it('a batch with a seed per item makes the pictures that the seeds make alone', () => {
    const itemLength = dummySample().length / 4;
    const alone = [1, 2, 3, 4].map((seed, item) => {
      const scheduler = makeScheduler('EulerAncestralDiscreteScheduler', stable, { steps: 5, batch: 1 });
      const start = dummySample().slice(item * itemLength, (item + 1) * itemLength);
      return Array.from(runLoop(scheduler, { noise: new PhiloxNoise(seed), start }));
    });
    const noise = new BatchNoise([1, 2, 3, 4].map((seed) => new PhiloxNoise(seed)));
    const together = runLoop(makeScheduler('EulerAncestralDiscreteScheduler', stable, { steps: 5 }), { noise, start: dummySample() });
    expect(Array.from(together)).toEqual(alone.flat());
    expect(() => noise.normal(6)).toThrow(RangeError);
  });

  it('zero terminal SNR needs a model that predicts v or the clean sample', () => {
    const keys = { ...stable, rescale_betas_zero_snr: true, timestep_spacing: 'trailing', clip_sample: false };
    const run = (prediction: string): Float32Array =>
      runLoop(makeScheduler('DDIMScheduler', { ...keys, prediction_type: prediction }, { steps: 4 }));
    expect(run('v_prediction').every(Number.isFinite)).toBe(true);
    expect(run('sample').every(Number.isFinite)).toBe(true);
    expect(() => run('epsilon')).toThrow(/needs v or sample prediction/);
  });

  it('thresholds per item, by the quantile of its magnitudes', () => {
    const config = { thresholding: true, dynamic_thresholding_ratio: 0.5, sample_max_value: 10 };
    // Items [1, 2, 3] and [-0.1, 0.2, 0.3]: medians 2 and 0.2, the latter raised to 1.
    expect(Array.from(threshold(Float32Array.of(1, 2, -3, -0.1, 0.2, 0.3), config, 2))).toEqual([
      0.5,
      1,
      -1,
      ...Float32Array.of(-0.1, 0.2, 0.3),
    ]);
  });
});

describe('custom lists', () => {
  it('of timesteps give the ordinary run again where they repeat it', () => {
    for (const className of [
      'DDPMScheduler',
      'EulerDiscreteScheduler',
      'DPMSolverMultistepScheduler',
      'LCMScheduler',
      'TCDScheduler',
    ] as const) {
      const ordinary = makeScheduler(className, {}, { steps: 10 });
      const custom = makeScheduler(className, {}, { timesteps: ordinary.timesteps });
      expect(runLoop(custom, { noise: new PhiloxNoise(1) })).toEqual(runLoop(ordinary, { noise: new PhiloxNoise(1) }));
    }
    const heun = makeScheduler('HeunDiscreteScheduler', stable, { steps: 5 });
    const once = heun.timesteps.filter((timestep, index) => timestep !== heun.timesteps[index - 1]);
    expect(runLoop(makeScheduler('HeunDiscreteScheduler', stable, { timesteps: once }))).toEqual(runLoop(heun));
  });

  it('of noise levels (Align Your Steps for SD 1.5) bring their timesteps', () => {
    const sigmas = [14.615, 6.475, 3.861, 2.697, 1.886, 1.396, 0.963, 0.652, 0.399, 0.152, 0];
    const euler = makeScheduler('EulerDiscreteScheduler', stable, { sigmas });
    // The timesteps published with these levels: 999, 850, 736, 645, 545, 455, 343, 233, 124, 24 and 0.
    [999, 850, 736, 645, 545, 455, 343, 233, 124, 24].forEach((timestep, index) =>
      expect(Math.abs((euler.timesteps[index] ?? NaN) - timestep)).toBeLessThan(1.1),
    );
    expect(euler.timesteps).toHaveLength(10);
    expect(() => makeScheduler('EulerDiscreteScheduler', stable, { sigmas: [1, 2, 0] })).toThrow(/must fall/);
    expect(() => makeScheduler('EulerDiscreteScheduler', stable, { sigmas: [2, 1] })).toThrow(/end with 0/);
    expect(() => makeScheduler('EulerDiscreteScheduler', { ...stable, use_karras_sigmas: true }, { sigmas })).toThrow(/exclude each other/);
  });

  it('are refused where the class takes none, or where they make no sense', () => {
    for (const className of ['DDIMScheduler', 'PNDMScheduler', 'EulerAncestralDiscreteScheduler', 'UniPCMultistepScheduler'] as const) {
      expect(() => times(className, { timesteps: [999, 500, 1] })).toThrow(/takes no custom/);
    }
    // diffusers' test_custom_timesteps_* of DDPM and TCD.
    expect(() => times('DDPMScheduler', { timesteps: [100, 87, 50, 51, 0] })).toThrow(/descending/);
    expect(() => times('DDPMScheduler', { timesteps: [100, 87, 50, 1, 0], steps: 5 })).toThrow(/exclude/);
    expect(() => times('DDPMScheduler', { timesteps: [1000] })).toThrow(/outside/);
    expect(() => times('EulerDiscreteScheduler', { steps: 0 })).toThrow(/whole number/);
    expect(() => times('EulerDiscreteScheduler', { steps: 1001 })).toThrow(/1 to 1000/);
    expect(() => times('EulerDiscreteScheduler', {})).toThrow(/missing/);
    expect(() => times('DDIMScheduler', { steps: 1000 }, { steps_offset: 1 })).toThrow(/beyond the model's 1000/);
    expect(() => times('UniPCMultistepScheduler', { steps: 1000 }, { timestep_spacing: 'leading' })).toThrow(/at most 999/);
    expect(() => times('PNDMScheduler', { steps: 3 })).toThrow(/at least 4/);
  });
});

describe('every class', () => {
  it.each(schedulerClasses)('%s resumes from a snapshot and starts anew at index 0', (className) => {
    const keys = className === 'PNDMScheduler' ? { skip_prk_steps: true } : {};
    const whole = makeScheduler(className, keys, { steps: 6 });
    const output = (sample: Float32Array): Float32Array => sample.map((value) => value * 0.3);
    const drawsUntil: number[] = [];
    const states: { sample: Float32Array; snapshot: ReturnType<typeof whole.snapshot> }[] = [];
    const run = (): Float32Array => {
      const noise = new PhiloxNoise(5);
      let sample = dummySample();
      whole.timesteps.forEach((_, index) => {
        states[index] = { sample, snapshot: whole.snapshot() };
        drawsUntil[index] = noise.callIndex;
        sample = whole.step(output(sample), index, sample, noise).previous;
      });
      return sample;
    };
    const once = run();
    expect(run()).toEqual(once);
    expect(once.every(Number.isFinite)).toBe(true);
    for (const from of [1, 2, 3]) {
      const again = makeScheduler(className, keys, { steps: 6 });
      const state = states[from];
      if (state === undefined) continue;
      again.restore(state.snapshot);
      const noise = new PhiloxNoise(5, drawsUntil[from] ?? 0);
      let sample = state.sample;
      for (let index = from; index < again.timesteps.length; index += 1) sample = again.step(output(sample), index, sample, noise).previous;
      expect(sample).toEqual(once);
    }
  });

  it.each(schedulerClasses)('%s refuses a call out of turn and an output of the wrong size', (className) => {
    const scheduler = makeScheduler(className, {}, { steps: 4 });
    const sample = dummySample();
    expect(() => scheduler.step(sample, 2, sample, new PhiloxNoise(1))).toThrow(/step 0 comes next/);
    expect(() => scheduler.step(sample.slice(4), 0, sample, new PhiloxNoise(1))).toThrow(/values for a sample/);
  });

  it.each(schedulerClasses)('%s leaves its inputs alone', (className) => {
    const scheduler = makeScheduler(className, {}, { steps: 4 });
    const sample = dummySample();
    const output = dummySample().map((value) => 1 - value);
    const kept = [sample.slice(), output.slice()];
    scheduler.timesteps.forEach((_, index) => scheduler.step(output, index, sample, new PhiloxNoise(1)));
    expect([sample, output]).toEqual(kept);
  });

  it('survives equal neighbouring noise levels', () => {
    for (const className of ['DPMSolverMultistepScheduler', 'UniPCMultistepScheduler'] as const) {
      const run = runLoop(makeScheduler(className, {}, { steps: 1000 }));
      expect(run.every(Number.isFinite)).toBe(true);
    }
  });
});

describe('noise of torch on the CPU', () => {
  it('is what torch.manual_seed and torch.randn give', () => {
    const expectNear = (found: Float32Array, expected: readonly number[]): void =>
      expected.forEach((value, index) => expect(Math.abs((found[index] ?? NaN) - value), String(index)).toBeLessThan(2e-6));
    expectNear(
      new TorchCpuNoise(0).normal(32),
      [-1.12583983, -1.1523602, -0.250578582, -0.433878809, 0.848710358, 0.692009151, -0.31601277, -2.11521935],
    );
    // Twenty numbers: the last sixteen are drawn anew.
    expectNear(
      new TorchCpuNoise(0).normal(20),
      [-1.12583983, -1.1523602, -0.250578582, -0.433878809, 0.598839462, -1.55509508, -0.34136039, 1.85300612, 0.468096405, -0.157712445],
    );
    expectNear(new TorchCpuNoise(123456789).normal(5), [0.110278368, 2.20076966, -0.896996915, -0.385614812, -0.606252193]);
    // Only the low 32 bits of a seed count.
    expectNear(new TorchCpuNoise(2n ** 40n + 7n).normal(16), [-0.820134521, 0.395631164, 0.898908496, -1.38840389]);
    expect(new TorchCpuNoise(2 ** 40 + 7).normal(16)).toEqual(new TorchCpuNoise(7).normal(16));
  });
});
