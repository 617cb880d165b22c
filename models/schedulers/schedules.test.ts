/** Timesteps and noise levels against tables made with NumPy 1.24, SciPy 1.10 and torch 1.13 from the definitions. */
import { describe, expect, it } from 'vitest';
import { betaQuantile, regularisedIncompleteBeta } from './beta-quantile.ts';
import { alphasCumprod, betaTable, NEARLY_ZERO_ALPHA, rescaleZeroTerminalSnr, sigmaTable } from './betas.ts';
import { fluxSigmas } from './flow-match-euler.ts';
import { arangeToZero, linspace, quantile, roundHalfEven, solveLinear } from './numeric.ts';
import { makeScheduler } from './reference-loop.ts';
import { betaSigmas, exponentialSigmas, karrasSigmas, logTable, luSigmas, sigmaToTimestep } from './sigma-schedules.ts';
import { integerTimesteps, solverTimesteps } from './spacing.ts';
import type { Scheduler, SchedulerClass, SchedulerOptions } from './types.ts';

const stable = { beta_start: 0.00085, beta_end: 0.012, beta_schedule: 'scaled_linear' };
const cosine = { beta_schedule: 'squaredcos_cap_v2' };
const table = (keys: object): Float32Array =>
  sigmaTable(
    alphasCumprod({ num_train_timesteps: 1000, beta_start: 0.0001, beta_end: 0.02, beta_schedule: 'linear', trained_betas: null, ...keys }),
  );

function expectClose(found: ArrayLike<number>, expected: readonly number[], relative = 2e-6): void {
  expect(found.length).toBe(expected.length);
  expected.forEach((value, index) =>
    expect(Math.abs((found[index] ?? NaN) - value), `entry ${index}: ${found[index] ?? NaN} for ${value}`).toBeLessThanOrEqual(
      relative * Math.max(Math.abs(value), 1e-3),
    ),
  );
}

/** Noise levels of a run in the form sigma / alpha, read off what addNoise does. */
function levels(scheduler: Scheduler): number[] {
  return scheduler.timesteps.map((_, index) => {
    const [signal = NaN] = scheduler.addNoise(Float32Array.of(1), Float32Array.of(0), index);
    const [noise = NaN] = scheduler.addNoise(Float32Array.of(0), Float32Array.of(1), index);
    return noise / signal;
  });
}

const times = (className: SchedulerClass, keys: Record<string, unknown>, steps: number, more: SchedulerOptions = {}): readonly number[] =>
  makeScheduler(className, keys, { steps, ...more }).timesteps;

describe("NumPy's arithmetic", () => {
  it('rounds halves to even', () => {
    expect([0.5, 1.5, 2.5, 499.5, -0.5, -1.5, 2.4999, 2.5001].map(roundHalfEven)).toEqual([0, 2, 2, 500, 0, -2, 2, 3]);
  });

  it('computes the step of linspace first: 30 DPM steps have 499, where (i * 999) / 30 rounds to 500', () => {
    const dpm30 = solverTimesteps({ spacing: 'linspace', trainTimesteps: 1000, steps: 30, offset: 0 });
    expect(dpm30).toEqual([
      999, 966, 932, 899, 866, 832, 799, 766, 733, 699, 666, 633, 599, 566, 533, 499, 466, 433, 400, 366, 333, 300, 266, 233, 200, 166, 133,
      100, 67, 33,
    ]);
    expect(linspace(0, 999, 1)).toEqual([0]);
  });

  it('gives arange its floating length', () => {
    expect(arangeToZero(1000, 1000 / 61)).toHaveLength(62);
    expect(arangeToZero(1000, 250)).toEqual([1000, 750, 500, 250]);
  });

  it('interpolates quantiles and solves small systems', () => {
    expect(quantile(Float32Array.of(4, 1, 3, 2), 0.5)).toBe(2.5);
    expect(quantile(Float32Array.of(4, 1, 3, 2), 0.995)).toBeCloseTo(3.985, 6);
    expectClose(
      solveLinear(
        [
          [0, 2, 1],
          [1, 1, 1],
          [3, 0, -1],
        ],
        [7, 6, 0],
      ),
      [1, 2, 3],
      1e-12,
    );
  });
});

describe('noise tables', () => {
  it('have the ends of the published models', () => {
    const stableSigmas = table(stable);
    expectClose([stableSigmas[0] ?? 0, stableSigmas[999] ?? 0], [0.0291675329, 14.614645], 1e-6);
    const linear = table({});
    expectClose([linear[0] ?? 0, linear[999] ?? 0], [0.0100013297, 157.407257], 1e-6);
    const cos = table(cosine);
    expectClose([cos[0] ?? 0, cos[999] ?? 0], [0.00642710878, 20291.3027], 1e-5);
  });

  it('take betas as given, and count them', () => {
    const trained = [0.1, 0.2, 0.3, 0.4];
    const config = { num_train_timesteps: 4, beta_start: 0, beta_end: 1, beta_schedule: 'linear', trained_betas: trained } as const;
    expectClose(alphasCumprod(config), [0.9, 0.72, 0.504, 0.3024], 1e-6);
    expect(betaTable(config)).toEqual(Float32Array.from(trained));
    expect(() => times('DDIMScheduler', { trained_betas: trained, num_train_timesteps: 5 }, 2)).toThrow(/4 betas for 5/);
  });

  it('lose the last signal when rescaled to zero SNR, and keep a trace where sigma is needed', () => {
    const config = { num_train_timesteps: 1000, ...stable, trained_betas: null, rescale_betas_zero_snr: true } as const;
    const alphas = alphasCumprod(config as never);
    expectClose([alphas[0] ?? 0, alphas[500] ?? 0], [0.999149978, 0.241018593], 1e-6);
    expect(alphas[998]).toBeGreaterThan(1e-7);
    expect(alphas[999]).toBe(0);
    expect(alphasCumprod(config as never, NEARLY_ZERO_ALPHA)[999]).toBe(2 ** -24);
    const euler = makeScheduler('EulerDiscreteScheduler', { ...config, timestep_spacing: 'trailing' }, { steps: 4 });
    expectClose(levels(euler), [4095.99976, 5.39874172, 1.76808119, 0.727056384], 1e-5);
    const betas = rescaleZeroTerminalSnr(betaTable(config as never));
    expect(betas[999]).toBe(1);
  });
});

describe('spacing', () => {
  it('of DDIM, DDPM and PNDM', () => {
    expect(times('DDIMScheduler', { timestep_spacing: 'linspace' }, 7)).toEqual([999, 832, 666, 500, 333, 166, 0]);
    expect(times('DDPMScheduler', { timestep_spacing: 'linspace' }, 5)).toEqual([999, 749, 500, 250, 0]);
    expect(times('DDIMScheduler', { steps_offset: 1 }, 7)).toEqual([853, 711, 569, 427, 285, 143, 1]);
    // Published: diffusers' test_steps_offset of DDIM and of PNDM.
    expect(times('DDIMScheduler', { steps_offset: 1 }, 5)).toEqual([801, 601, 401, 201, 1]);
    expect(times('PNDMScheduler', { steps_offset: 1 }, 10)).toEqual([
      901, 851, 851, 801, 801, 751, 751, 701, 701, 651, 651, 601, 601, 501, 401, 301, 201, 101, 1,
    ]);
    expect(times('PNDMScheduler', { skip_prk_steps: true, steps_offset: 1 }, 5)).toEqual([801, 601, 601, 401, 201, 1]);
    expect(times('DDIMScheduler', { timestep_spacing: 'trailing', steps_offset: 1 }, 4)).toEqual([999, 749, 499, 249]);
    expect(times('DDIMScheduler', { timestep_spacing: 'trailing' }, 7)).toEqual([999, 856, 713, 570, 428, 285, 142]);
    expect(times('DDIMScheduler', { timestep_spacing: 'trailing' }, 16)).toEqual([
      999, 937, 874, 811, 749, 687, 624, 561, 499, 437, 374, 311, 249, 187, 124, 61,
    ]);
  });

  it('of Euler keeps fractions, of Heun visits levels twice', () => {
    expect(times('EulerDiscreteScheduler', {}, 7)).toEqual([999, 832.5, 666, 499.5, 333, 166.5, 0]);
    expect(times('EulerAncestralDiscreteScheduler', { timestep_spacing: 'trailing' }, 4)).toEqual([999, 749, 499, 249]);
    expect(times('HeunDiscreteScheduler', {}, 4)).toEqual([999, 666, 666, 333, 333, 0, 0]);
    expect(times('EulerDiscreteScheduler', { timestep_spacing: 'leading', steps_offset: 1 }, 4)).toEqual([751, 501, 251, 1]);
  });

  it('of DPM-Solver and UniPC has one division more', () => {
    expect(times('UniPCMultistepScheduler', { timestep_spacing: 'leading', steps_offset: 1 }, 7)).toEqual([
      876, 751, 626, 501, 376, 251, 126,
    ]);
    expect(times('DPMSolverMultistepScheduler', {}, 1)).toEqual([999]);
    expect(times('DPMSolverMultistepScheduler', { timestep_spacing: 'trailing' }, 4)).toEqual([999, 749, 499, 249]);
  });

  it('of DPM-Solver starts below the clipped lambdas of cosine betas', () => {
    const clipped = { ...cosine, lambda_min_clipped: -5.1 };
    expect(times('DPMSolverMultistepScheduler', clipped, 6)).toEqual([995, 829, 663, 498, 332, 166]);
    expect(times('DPMSolverMultistepScheduler', { ...clipped, timestep_spacing: 'trailing' }, 6)).toEqual([995, 828, 662, 495, 328, 162]);
    expect(times('DPMSolverMultistepScheduler', { ...clipped, timestep_spacing: 'leading' }, 6)).toEqual([852, 710, 568, 426, 284, 142]);
  });

  it('names no timestep outside the table, for every number of steps', () => {
    for (const spacing of ['leading', 'linspace', 'trailing'] as const) {
      for (let steps = 1; steps <= 1000; steps += 1) {
        const list = integerTimesteps({ spacing, trainTimesteps: 1000, steps, offset: 0 });
        expect(list.length).toBe(steps);
        const falls = list.every(
          (timestep, index) => timestep >= 0 && timestep < 1000 && (index === 0 || timestep < (list[index - 1] ?? 0)),
        );
        expect(falls, `${spacing} ${steps}`).toBe(true);
      }
    }
  });
});

describe('beta quantiles', () => {
  it("match SciPy's", () => {
    const known: [number, number][] = [
      [1, 1],
      [0.9, 0.9604155944112192],
      [0.75, 0.824319621347305],
      [0.5, 0.5],
      [0.3, 0.23401700387523572],
      [0.1, 0.03958440558878085],
      [0.01, 0.0008612388215429059],
      [0.001, 1.855873851745199e-5],
      [0, 0],
    ];
    for (const [probability, value] of known) expect(Math.abs(betaQuantile(probability, 0.6, 0.6) - value)).toBeLessThan(1e-12);
    expect(betaQuantile(0.37, 2.5, 0.3)).toBeCloseTo(0.9247615190724207, 12);
  });

  it('invert the distribution, which is exact where it has a closed form', () => {
    for (const x of [0.001, 0.2, 0.5, 0.77, 0.999]) {
      // Beta(1/2, 1/2) is the arcsine law; Beta(1, b) and Beta(a, 1) are powers.
      expect(regularisedIncompleteBeta(x, 0.5, 0.5)).toBeCloseTo((2 / Math.PI) * Math.asin(Math.sqrt(x)), 12);
      expect(regularisedIncompleteBeta(x, 3, 1)).toBeCloseTo(x ** 3, 12);
      expect(regularisedIncompleteBeta(x, 1, 2.5)).toBeCloseTo(1 - (1 - x) ** 2.5, 12);
      expect(betaQuantile(regularisedIncompleteBeta(x, 0.6, 0.6), 0.6, 0.6)).toBeCloseTo(x, 10);
    }
  });
});

describe('schedules of noise levels', () => {
  interface Row {
    name: string;
    keys: Record<string, unknown>;
    karras: number[];
    exponential: number[];
    beta: number[];
    lu: number[];
    times: { karras: number[]; exponential: number[]; beta: number[]; lu: number[] };
  }
  const rows: Row[] = [
    {
      name: 'Stable Diffusion',
      keys: stable,
      karras: [14.614645, 6.08215809, 2.23216128, 0.692573905, 0.169757947, 0.0291675329],
      exponential: [14.614645, 4.21512604, 1.21571803, 0.350634903, 0.101129398, 0.0291675329],
      beta: [14.614645, 12.8217726, 9.32447815, 5.31933451, 1.82203996, 0.0291675329],
      lu: [14.6146431, 4.21512556, 1.21571791, 0.350634903, 0.101129405, 0.0291675366],
      times: {
        karras: [999, 837, 594, 249, 30, 0],
        exponential: [999, 756, 413, 102, 10, 0],
        beta: [999, 977, 920, 808, 535, 0],
        lu: [999, 757, 413, 103, 11, 0],
      },
    },
    {
      name: 'linear',
      keys: {},
      karras: [157.407257, 50.5809135, 13.0379839, 2.42288852, 0.263138056, 0.0100013297],
      exponential: [157.407257, 22.7840729, 3.29790354, 0.477358371, 0.0690957233, 0.0100013297],
      beta: [157.407257, 138.059708, 100.319115, 57.0981407, 19.3575478, 0.0100013297],
      lu: [157.407257, 22.7840729, 3.29790354, 0.477358371, 0.0690957233, 0.0100013297],
      times: {
        karras: [999, 880, 711, 434, 77, 0],
        exponential: [999, 784, 492, 138, 16, 0],
        beta: [999, 985, 953, 893, 764, 0],
        lu: [999, 785, 492, 138, 17, 0],
      },
    },
  ];

  it.each(rows)('of DPM-Solver and UniPC, $name betas', ({ beta, exponential, karras, keys, lu, times: expected }) => {
    for (const className of ['DPMSolverMultistepScheduler', 'UniPCMultistepScheduler'] as const) {
      const run = (flag: string): Scheduler => makeScheduler(className, { ...keys, [flag]: true }, { steps: 6 });
      expectClose(levels(run('use_karras_sigmas')), karras);
      expectClose(levels(run('use_exponential_sigmas')), exponential);
      expectClose(levels(run('use_beta_sigmas')), beta);
      expect(run('use_karras_sigmas').timesteps).toEqual(expected.karras);
      expect(run('use_exponential_sigmas').timesteps).toEqual(expected.exponential);
      expect(run('use_beta_sigmas').timesteps).toEqual(expected.beta);
    }
    const run = makeScheduler('DPMSolverMultistepScheduler', { ...keys, use_lu_lambdas: true }, { steps: 6 });
    expectClose(levels(run), lu);
    expect(run.timesteps).toEqual(expected.lu);
  });

  it('are truncated, not rounded, by DPM-Solver with cosine betas; UniPC rounds', () => {
    const keys = { ...cosine, use_karras_sigmas: true };
    expect(times('DPMSolverMultistepScheduler', keys, 6)).toEqual([999, 998, 998, 992, 837, 0]);
    expect(times('UniPCMultistepScheduler', keys, 6)).toEqual([999, 999, 998, 993, 837, 0]);
  });

  it('of Euler and Heun end where their spacing ends, and keep fractional timesteps', () => {
    const keys = { ...stable, timestep_spacing: 'leading', steps_offset: 1, use_karras_sigmas: true };
    const euler = makeScheduler('EulerDiscreteScheduler', keys, { steps: 6 });
    expectClose(levels(euler), [5.90645075, 2.79078603, 1.20510209, 0.464010805, 0.1536244, 0.041314479]);
    expectClose(euler.timesteps, [831, 654.294617, 410.485626, 153.512131, 24.6493225, 1], 1e-5);
    expect(times('HeunDiscreteScheduler', keys, 6).filter((_, index) => index % 2 === 0)).toEqual(euler.timesteps);
    const plain = makeScheduler('EulerDiscreteScheduler', stable, { steps: 6 });
    expectClose(levels(plain), [14.614645, 5.09241838, 2.27973476, 1.16286654, 0.571190174, 0.0291675329]);
    const logLinear = makeScheduler('EulerDiscreteScheduler', { ...stable, interpolation_type: 'log_linear' }, { steps: 6 });
    expectClose(levels(logLinear), [14.6146431, 5.18569279, 1.84003198, 0.652896047, 0.231666163, 0.082201764]);
  });

  it('take the ends from the configuration where the class has them', () => {
    const keys = { ...stable, use_karras_sigmas: true, sigma_min: 0.1, sigma_max: 10 };
    expectClose(levels(makeScheduler('EulerDiscreteScheduler', keys, { steps: 3 })), [
      10,
      karrasSigmas({ sigmaMin: 0.1, sigmaMax: 10 }, 3)[1] ?? 0,
      0.1,
    ]);
  });

  it('start at the greatest level with one step', () => {
    const ends = { sigmaMin: 0.03, sigmaMax: 14.6 };
    for (const make of [karrasSigmas, exponentialSigmas, betaSigmas]) expectClose(make(ends, 1), [14.6]);
    expectClose(luSigmas(Math.log(0.03), Math.log(14.6), 1), [14.6]);
  });

  it('fall, and their timesteps stay in the table', () => {
    const sigmas = table(stable);
    const logs = logTable(sigmas);
    for (const steps of [2, 3, 10, 50, 200]) {
      for (const make of [karrasSigmas, exponentialSigmas, betaSigmas]) {
        const list = make({ sigmaMin: sigmas[0] ?? 0, sigmaMax: sigmas[999] ?? 0 }, steps);
        expect(list.every((sigma, index) => index === 0 || sigma < (list[index - 1] ?? 0))).toBe(true);
        expect(list.map((sigma) => sigmaToTimestep(sigma, logs)).every((timestep) => timestep >= 0 && timestep <= 999)).toBe(true);
      }
    }
    expect(sigmaToTimestep(1e9, logs)).toBe(999);
    expect(sigmaToTimestep(0, logs)).toBe(0);
    sigmas.forEach((sigma, timestep) => expect(Math.abs(sigmaToTimestep(sigma, logs) - timestep)).toBeLessThan(1e-3));
  });

  it("use EDM's logarithmic timesteps when they are continuous", () => {
    const keys = { prediction_type: 'v_prediction', timestep_type: 'continuous', use_karras_sigmas: true, sigma_min: 0.002, sigma_max: 80 };
    const edm = makeScheduler('EulerDiscreteScheduler', keys, { steps: 5 });
    expectClose(
      edm.timesteps,
      karrasSigmas({ sigmaMin: 0.002, sigmaMax: 80 }, 5).map((sigma) => Math.log(sigma) / 4),
      1e-5,
    );
  });
});

describe('flow matching', () => {
  const flow = (keys: Record<string, unknown>, options: SchedulerOptions): Scheduler =>
    makeScheduler('FlowMatchEulerDiscreteScheduler', keys, options);
  const sigmas = (scheduler: Scheduler): number[] =>
    scheduler.timesteps.map((_, index) => scheduler.addNoise(Float32Array.of(0), Float32Array.of(1), index)[0] ?? NaN);

  it("shifts twice, as SD3's schedule does", () => {
    const sd3 = flow({ shift: 3 }, { steps: 5 });
    expectClose(sigmas(sd3), [1, 0.900359094, 0.751121104, 0.50298506, 0.00892857183]);
    expectClose(sd3.timesteps, [1000, 900.359094, 751.121104, 502.98506, 8.92857183]);
    expectClose(sigmas(flow({}, { steps: 4 })), [1, 0.666999996, 0.333999991, 0.001]);
  });

  it('shifts by the number of image tokens, from given levels', () => {
    const keys = { use_dynamic_shifting: true };
    const flux = flow(keys, { sigmas: fluxSigmas(4), imageSequenceLength: 1024 });
    expectClose(sigmas(flux), [1, 0.849234819, 0.652489424, 0.384944737]);
    expect(sigmas(flow(keys, { sigmas: [1, 0.75, 0.5, 0.25], mu: 0.63 }))).toEqual(sigmas(flux));
    expectClose(sigmas(flow({ ...keys, time_shift_type: 'linear' }, { steps: 4, mu: 1.3 })), [1, 0.722523153, 0.394655526, 0.00129961013]);
    expect(() => flow(keys, { steps: 4 })).toThrow(/mu/);
  });

  it('stretches to a terminal level', () => {
    expectClose(sigmas(flow({ shift_terminal: 0.1 }, { steps: 5 })), [1, 0.774999976, 0.550000012, 0.324999988, 0.100000001]);
  });
});

describe('consistency grids', () => {
  it('of LCM and TCD', () => {
    expect(times('LCMScheduler', {}, 4)).toEqual([999, 759, 499, 259]);
    expect(times('LCMScheduler', {}, 1)).toEqual([999]);
    expect(times('TCDScheduler', {}, 4)).toEqual([999, 759, 499, 259]);
    expect(times('LCMScheduler', {}, 4, { strength: 0.5 })).toEqual([499, 379, 259, 139]);
    expect(times('TCDScheduler', {}, 4, { strength: 0.5 })).toEqual([499, 259]);
    expect(times('TCDScheduler', {}, 4, { originalInferenceSteps: 50 })).toEqual([999, 749, 499, 249]);
    expect(times('LCMScheduler', {}, 4, { originalInferenceSteps: 100 })).toEqual([999, 749, 499, 249]);
    expect(() => times('LCMScheduler', {}, 51)).toThrow(/cannot make 51 steps/);
    expect(() => times('LCMScheduler', {}, 4, { strength: 0.06 })).toThrow(/3 timesteps/);
  });
});
