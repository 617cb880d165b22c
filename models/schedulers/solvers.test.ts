/**
 * Every solver against exact solutions. For Gaussian data N(0, s^2) the best denoiser is linear,
 * E[x0 | x] = alpha s^2 / (alpha^2 s^2 + sigma^2) x, and the probability-flow ODE keeps x / sqrt(alpha^2 s^2 + sigma^2) constant: a solver of
 * order k must come to that with an error that falls as steps^-k. For data in one point, a stochastic sampler must land on the exact
 * marginal of the next level whatever the step.
 */
import { describe, expect, it } from 'vitest';
import { solveLinear } from './numeric.ts';
import { makeScheduler } from './reference-loop.ts';
import type { NoiseSource, Scheduler, SchedulerClass, SchedulerOptions } from './types.ts';

const DATA_DEVIATION = 0.6;
const zeroNoise: NoiseSource = { normal: (length) => new Float32Array(length) };
const constantNoise = (value: number): NoiseSource => ({ normal: (length) => new Float32Array(length).fill(value) });
type Prediction = 'epsilon' | 'v_prediction' | 'sample' | 'flow_prediction';

interface Level {
  alpha: number;
  sigma: number;
}

function levelAt(scheduler: Scheduler, index: number): Level {
  const [alpha = NaN] = scheduler.addNoise(Float32Array.of(1), Float32Array.of(0), index);
  const [sigma = NaN] = scheduler.addNoise(Float32Array.of(0), Float32Array.of(1), index);
  return { alpha, sigma };
}

/** What a perfect model of the given kind outputs where the clean sample is x0; v is that of the scaled (VP) sample. */
function predict(type: Prediction, x: number, clean: number, { alpha, sigma }: Level): number {
  const noise = (x - alpha * clean) / sigma;
  const total = Math.hypot(alpha, sigma);
  if (type === 'epsilon') return noise;
  if (type === 'v_prediction') return (alpha * noise - sigma * clean) / total;
  return type === 'sample' ? clean : noise - clean;
}

const gaussianMean = (x: number, { alpha, sigma }: Level): number =>
  ((alpha * DATA_DEVIATION ** 2) / ((alpha * DATA_DEVIATION) ** 2 + sigma ** 2)) * x;
const spread = ({ alpha, sigma }: Level): number => Math.hypot(alpha * DATA_DEVIATION, sigma);

interface Solver {
  className: SchedulerClass;
  keys?: Record<string, unknown>;
  options?: SchedulerOptions;
  prediction?: Prediction;
  /** Level the run ends at. */
  end?: Level;
}

/** Relative error of a whole run from x = 1. */
function errorOf({ className, end, keys = {}, options = {}, prediction = 'epsilon' }: Solver, steps: number): number {
  const typed = className === 'FlowMatchEulerDiscreteScheduler' ? keys : { ...keys, prediction_type: prediction };
  const scheduler = makeScheduler(className, typed, { steps, batch: 1, ...options });
  const first = levelAt(scheduler, 0);
  const last = end ?? { alpha: 1, sigma: 0 };
  let sample: Float32Array = Float32Array.of(1);
  scheduler.timesteps.forEach((_, index) => {
    const x = sample[0] ?? NaN;
    const level = levelAt(scheduler, index);
    const output = Float32Array.of(predict(prediction, x, gaussianMean(x, level), level));
    sample = scheduler.step(output, index, sample, zeroNoise).previous;
  });
  return Math.abs(((sample[0] ?? NaN) * spread(first)) / spread(last) - 1);
}

/** Least-squares slope of log error over log steps, negated. */
function observedOrder(solver: Solver, counts: readonly number[]): number {
  const points = counts.map((steps) => [Math.log(steps), Math.log(errorOf(solver, steps))] as const);
  const total = (value: (point: readonly [number, number]) => number): number => points.reduce((sum, point) => sum + value(point), 0);
  const sumX = total(([x]) => x);
  const [, slope = NaN] = solveLinear(
    [
      [points.length, sumX],
      [sumX, total(([x]) => x * x)],
    ],
    [total(([, y]) => y), total(([x, y]) => x * y)],
  );
  return -slope;
}

// Betas like Stable Diffusion's, but a first level high enough that float32 does not drown the errors.
const betas = { beta_start: 0.002, beta_end: 0.015, beta_schedule: 'scaled_linear' };
const lowest = { alpha: Math.sqrt(0.998), sigma: Math.sqrt(0.002) };
const dpm = (more: Record<string, unknown>): Solver => ({
  className: 'DPMSolverMultistepScheduler',
  keys: { ...betas, use_lu_lambdas: true, lower_order_final: false, final_sigmas_type: 'sigma_min', ...more },
  end: lowest,
});
const uni = (more: Record<string, unknown>): Solver => ({
  className: 'UniPCMultistepScheduler',
  keys: { ...betas, use_exponential_sigmas: true, lower_order_final: false, final_sigmas_type: 'sigma_min', ...more },
  end: lowest,
});
describe('convergence to the exact solution of the ODE', () => {
  const rows: { name: string; solver: Solver; order: number; counts?: number[]; within: number }[] = [
    {
      name: 'DDIM',
      solver: { className: 'DDIMScheduler', keys: { ...betas, clip_sample: false } },
      order: 1,
      within: 0.04,
      counts: [25, 50, 100],
    },
    {
      name: 'TCD without noise',
      solver: { className: 'TCDScheduler', keys: { ...betas, original_inference_steps: 200 }, options: { eta: 0 }, end: lowest },
      order: 1,
      within: 0.04,
      counts: [25, 50, 100],
    },
    { name: 'Euler', solver: { className: 'EulerDiscreteScheduler', keys: { ...betas, use_karras_sigmas: true } }, order: 1, within: 0.05 },
    {
      name: 'Heun',
      solver: { className: 'HeunDiscreteScheduler', keys: { ...betas, use_karras_sigmas: true } },
      order: 2,
      within: 0.006,
      counts: [8, 16, 32],
    },
    { name: 'flow Euler', solver: { className: 'FlowMatchEulerDiscreteScheduler', prediction: 'flow_prediction' }, order: 1, within: 0.03 },
    {
      name: 'PNDM',
      solver: { className: 'PNDMScheduler', keys: { ...betas, skip_prk_steps: true }, end: lowest },
      order: 1.5,
      within: 0.006,
      counts: [20, 40, 100],
    },
    { name: 'DPM++ 1', solver: dpm({ solver_order: 1 }), order: 1, within: 0.08 },
    { name: 'DPM++ 2M', solver: dpm({}), order: 2, within: 0.01 },
    { name: 'DPM++ 2M heun', solver: dpm({ solver_type: 'heun' }), order: 2, within: 0.01 },
    { name: 'DPM++ 3M', solver: dpm({ solver_order: 3 }), order: 2.4, within: 0.002 },
    { name: 'DPM 1', solver: dpm({ algorithm_type: 'dpmsolver', solver_order: 1 }), order: 1, within: 0.2 },
    { name: 'DPM 2M', solver: dpm({ algorithm_type: 'dpmsolver' }), order: 2, within: 0.03 },
    { name: 'DPM 2M heun', solver: dpm({ algorithm_type: 'dpmsolver', solver_type: 'heun' }), order: 2, within: 0.03 },
    { name: 'DPM 3M', solver: dpm({ algorithm_type: 'dpmsolver', solver_order: 3 }), order: 2.4, within: 0.01 },
    { name: 'UniPC 1', solver: uni({ solver_order: 1 }), order: 2, within: 0.01 },
    { name: 'UniPC 2', solver: uni({}), order: 2.5, within: 0.002, counts: [8, 16, 32] },
    { name: 'UniPC 3', solver: uni({ solver_order: 3 }), order: 3, within: 0.001, counts: [8, 16, 32] },
    { name: 'UniPC 2 bh1', solver: uni({ solver_type: 'bh1' }), order: 2, within: 0.005, counts: [8, 16, 32] },
    { name: 'UniPC 2 on noise', solver: uni({ predict_x0: false }), order: 2, within: 0.01, counts: [8, 16, 32] },
    {
      name: 'UniPC 2, no corrector',
      solver: uni({ disable_corrector: Array.from({ length: 100 }, (_, index) => index) }),
      order: 2,
      within: 0.01,
    },
  ];

  it.each(rows)('$name', ({ counts = [16, 32, 64], order, solver, within }) => {
    const last = errorOf(solver, counts.at(-1) ?? 0);
    expect(last).toBeLessThan(within);
    expect(observedOrder(solver, counts), `errors ${counts.map((steps) => errorOf(solver, steps)).join(', ')}`).toBeGreaterThan(
      order - 0.35,
    );
  });

  const classes: Solver[] = [
    { className: 'DDIMScheduler', keys: { ...betas, clip_sample: false } },
    { className: 'EulerDiscreteScheduler', keys: betas },
    { className: 'HeunDiscreteScheduler', keys: betas },
    dpm({}),
    dpm({ algorithm_type: 'dpmsolver' }),
    uni({ solver_order: 3 }),
    uni({ predict_x0: false }),
  ];
  it.each(classes)('$className gives the same run for noise, v and clean-sample models', (solver) => {
    const errors = (['epsilon', 'v_prediction', 'sample'] as const).map((prediction) => errorOf({ ...solver, prediction }, 20));
    for (const error of errors) expect(Math.abs(error - (errors[0] ?? NaN))).toBeLessThan(2e-5);
  });

  it('solvers sample flow models on flow levels', () => {
    const keys = { use_flow_sigmas: true, flow_shift: 3 };
    for (const className of ['DPMSolverMultistepScheduler', 'UniPCMultistepScheduler'] as const) {
      const solver: Solver = { className, keys, prediction: 'flow_prediction' };
      expect(errorOf(solver, 40)).toBeLessThan(0.01);
      expect(errorOf(solver, 10)).toBeGreaterThan(errorOf(solver, 40));
    }
  });

  it('zero final noise gives the denoised sample in every solver', () => {
    const cases: Solver[] = [
      dpm({ final_sigmas_type: 'zero' }),
      uni({ final_sigmas_type: 'zero' }),
      uni({ final_sigmas_type: 'zero', solver_type: 'bh1' }),
      uni({ final_sigmas_type: 'zero', predict_x0: false }),
    ];
    for (const { className, keys = {} } of cases) {
      const scheduler = makeScheduler(className, keys, { steps: 4, batch: 1 });
      let sample: Float32Array = Float32Array.of(1);
      for (let index = 0; index < 4; index += 1) {
        const result = scheduler.step(Float32Array.of(0.3), index, sample, null);
        if (index === 3 && className === 'DPMSolverMultistepScheduler')
          expect(result.previous[0]).toBeCloseTo(result.denoised[0] ?? NaN, 6);
        sample = result.previous;
      }
      expect(Number.isFinite(sample[0])).toBe(true);
    }
  });
});

/**
 * The weights of the higher differences, in the SDE forms too, where a Gaussian would be solved exactly by the first order: the
 * prediction is a wave in lambda, and each form integrates a known multiple of exp(p lambda) times it.
 */
describe('convergence with a prediction that is a given function of the noise level', () => {
  const frequency = 1.1;
  const forms = {
    'dpmsolver++': { factor: 1, power: 1, scaled: (x: number, { sigma }: Level): number => x / sigma },
    'sde-dpmsolver++': { factor: 2, power: 2, scaled: (x: number, { alpha, sigma }: Level): number => (x * alpha) / sigma ** 2 },
    dpmsolver: { factor: -1, power: -1, scaled: (x: number, { alpha }: Level): number => x / alpha },
    'sde-dpmsolver': { factor: -2, power: -1, scaled: (x: number, { alpha }: Level): number => x / alpha },
  } as const;

  function waveError(solver: Solver, form: keyof typeof forms, steps: number): number {
    const { factor, power, scaled } = forms[form];
    const scheduler = makeScheduler(
      solver.className,
      { ...solver.keys, prediction_type: form.endsWith('++') ? 'sample' : 'epsilon' },
      { steps, batch: 1 },
    );
    const lambda = ({ alpha, sigma }: Level): number => Math.log(alpha / sigma);
    const integral = (at: number): number =>
      (factor * Math.exp(power * at) * (power * Math.cos(frequency * at) + frequency * Math.sin(frequency * at))) /
      (power ** 2 + frequency ** 2);
    let sample: Float32Array = Float32Array.of(1);
    scheduler.timesteps.forEach((_, index) => {
      const output = Float32Array.of(Math.cos(frequency * lambda(levelAt(scheduler, index))));
      sample = scheduler.step(output, index, sample, zeroNoise).previous;
    });
    const first = levelAt(scheduler, 0);
    const exact = scaled(1, first) + integral(lambda(lowest)) - integral(lambda(first));
    const scale = Math.abs(factor) * Math.max(Math.exp(power * lambda(first)), Math.exp(power * lambda(lowest)));
    return Math.abs(scaled(sample[0] ?? NaN, lowest) - exact) / scale;
  }

  const rows: { name: string; form: keyof typeof forms; solver: Solver; order: number }[] = [];
  for (const form of ['dpmsolver++', 'sde-dpmsolver++', 'dpmsolver', 'sde-dpmsolver'] as const) {
    for (const order of [1, 2, 3]) {
      for (const type of ['midpoint', 'heun']) {
        if (order === 3 && (form === 'sde-dpmsolver' || type === 'heun')) continue;
        const solver = dpm({ algorithm_type: form, solver_order: order, solver_type: type });
        // The published third-order updates weigh the second difference by half of the exact integral (the SDE form by even
        // less of it), so that they are of second (first) order in the limit. Other programs' results depend on it.
        const inTheLimit = order < 3 ? order : form === 'dpmsolver++' || form === 'dpmsolver' ? 2 : 1;
        rows.push({ name: `${form} ${order} ${type}`, form, solver, order: inTheLimit });
      }
    }
  }
  for (const order of [1, 2, 3]) {
    for (const type of ['bh1', 'bh2']) {
      rows.push({
        name: `UniPC ${order} ${type}`,
        form: 'dpmsolver++',
        solver: uni({ solver_order: order, solver_type: type }),
        order: [2, 2.8, 2.9][order - 1] ?? NaN,
      });
      const onNoise = uni({ solver_order: order, solver_type: type, predict_x0: false });
      rows.push({ name: `UniPC ${order} ${type} on noise`, form: 'dpmsolver', solver: onNoise, order: [2, 2.8, 2.9][order - 1] ?? NaN });
    }
  }

  it.each(rows)('$name', ({ form, order, solver }) => {
    const errors = [32, 64, 128].map((steps) => waveError(solver, form, steps));
    const last = errors[2] ?? NaN;
    const slope = Math.log2((errors[0] ?? NaN) / last) / 2;
    expect(last).toBeLessThan(0.05);
    // Below 2e-5 float32 hides the slope.
    expect(last < 2e-5 || slope > order - 0.4, `errors ${errors.join(', ')}`).toBe(true);
  });
});

describe('marginals of the stochastic samplers, for data in one point', () => {
  const rows: { name: string; solver: Solver }[] = [
    { name: 'DDPM', solver: { className: 'DDPMScheduler', keys: { ...betas, clip_sample: false } } },
    { name: 'DDIM eta 1', solver: { className: 'DDIMScheduler', keys: { ...betas, clip_sample: false }, options: { eta: 1 } } },
    { name: 'DDIM eta 0.4', solver: { className: 'DDIMScheduler', keys: { ...betas, clip_sample: false }, options: { eta: 0.4 } } },
    { name: 'Euler ancestral', solver: { className: 'EulerAncestralDiscreteScheduler', keys: betas } },
    {
      name: 'Euler with churn',
      solver: { className: 'EulerDiscreteScheduler', keys: betas, options: { churn: { amount: 3, noiseScale: 1 } } },
    },
    { name: 'DPM++ SDE', solver: { className: 'DPMSolverMultistepScheduler', keys: { ...betas, algorithm_type: 'sde-dpmsolver++' } } },
    {
      name: 'DPM++ SDE 3',
      solver: { className: 'DPMSolverMultistepScheduler', keys: { ...betas, algorithm_type: 'sde-dpmsolver++', solver_order: 3 } },
    },
    { name: 'TCD', solver: { className: 'TCDScheduler', keys: betas } },
    { name: 'TCD gamma 1', solver: { className: 'TCDScheduler', keys: betas, options: { eta: 1 } } },
    { name: 'LCM', solver: { className: 'LCMScheduler', keys: betas } },
    {
      name: 'flow',
      solver: { className: 'FlowMatchEulerDiscreteScheduler', keys: { stochastic_sampling: true }, prediction: 'flow_prediction' },
    },
  ];

  it.each(rows)('$name', ({ solver: { className, keys = {}, options = {}, prediction = 'epsilon' } }) => {
    const typed = className === 'FlowMatchEulerDiscreteScheduler' ? keys : { ...keys, prediction_type: prediction };
    const run = (clean: number, noise: number, fresh: number): number[] => {
      const scheduler = makeScheduler(className, typed, { steps: 5, batch: 1, ...options });
      return Array.from({ length: 4 }, (_, index) => {
        const level = levelAt(scheduler, index);
        const churned = options.churn === undefined ? 0 : Math.min(options.churn.amount / 5, Math.SQRT2 - 1);
        const raised = { alpha: level.alpha, sigma: level.sigma * (1 + churned) };
        // The model sees the sample after churn; for data in one point its noise is then known too.
        const x = level.alpha * clean + level.sigma * noise;
        const seen = x + fresh * Math.sqrt(raised.sigma ** 2 - level.sigma ** 2);
        const output = Float32Array.of(predict(prediction, seen, clean, raised));
        return scheduler.step(output, index, Float32Array.of(x), constantNoise(fresh)).previous[0] ?? NaN;
      });
    };
    const scheduler = makeScheduler(className, typed, { steps: 5, batch: 1, ...options });
    const signal = run(1, 0, 0);
    const carried = run(0, 1, 0);
    const drawn = run(0, 0, 1);
    for (let index = 0; index < 4; index += 1) {
      const next = levelAt(scheduler, index + 1);
      expect(Math.abs((signal[index] ?? NaN) - next.alpha), `signal ${index}`).toBeLessThan(2e-4);
      expect(Math.abs(Math.hypot(carried[index] ?? NaN, drawn[index] ?? NaN) - next.sigma), `noise ${index}`).toBeLessThan(
        2e-4 * Math.max(1, next.sigma),
      );
    }
  });
});
