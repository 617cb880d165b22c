import { describe, expect, it } from 'vitest';
import type { Denoiser } from '../../components/diffusion/denoiser.ts';
import type { DenoiserCall } from '../../components/diffusion/types.ts';
import { seededRandom } from '../../core/seeded-random.ts';
import { controlsOf, weightAt } from './controls.ts';
import { cannyEdges } from './edges.ts';
import { deviation, rescaleGuidance, thresholdGuidance } from './guidance-limits.ts';
import { fitsBatched, Guide, isGuided, type Branch, type GuideCall } from './guidance.ts';
import { sharesOf } from './regions.ts';

const latents = { channels: 4, height: 3, width: 5 };
const count = 60;
const random = seededRandom(3);
const numbers = (length: number): Float32Array => Float32Array.from({ length }, () => random() * 4 - 2);

/** Answers with what it was given, so that a mistaken item shows. */
function echo(needs: Partial<Denoiser['needs']> = {}, seen: DenoiserCall[] = []): Denoiser {
  const own = new Float32Array(8 * count);
  return {
    needs: { pooled: false, timeIds: false, timestepCond: false, controls: false, ...needs },
    inChannels: 4,
    fixedSize: null,
    fixedBatch: null,
    run(call) {
      seen.push({ ...call, sample: call.sample.slice() });
      const plane = call.height * call.width;
      for (let at = 0; at < call.batch * count; at += 1) {
        const item = Math.floor(at / count);
        own[at] =
          (call.sample[item * call.channels * plane + (at % count)] ?? 0) * (call.states[item * 2] ?? 0) + (call.states[item * 2 + 1] ?? 0);
      }
      // The runtime's own buffer, written over at the next call.
      return Promise.resolve(own.subarray(0, call.batch * count));
    },
  };
}

const branch = (scale: number, shift: number, changes: Partial<Branch> = {}): Branch => ({
  conditioning: { states: Float32Array.of(scale, shift), tokens: 1, width: 2, pooled: Float32Array.of(scale) },
  timeIds: Float32Array.of(shift),
  shares: null,
  ...changes,
});

const base = {
  latents,
  scale: 1,
  rescale: 0,
  dynamicThreshold: 1,
  timestepCond: null,
  controls: null,
  extra: null,
};

const callOf = (sample: Float32Array, changes: Partial<GuideCall> = {}): GuideCall => ({
  index: 0,
  timestep: 500,
  scaled: sample,
  latents: sample,
  level: () => ({ alpha: 0.8, sigma: 0.6 }),
  prediction: 'epsilon',
  ...changes,
});

describe('guidance', () => {
  const sample = numbers(count);
  it('is u + g (c - u), the same batched and sequential, with all that goes along', async () => {
    const negative = branch(0.5, -1);
    const shares = sharesOf([{ level: Float32Array.from({ length: 15 }, (_, at) => at / 15), weight: 1.4 }], 15);
    const positives = [branch(2, 0.25, { shares: shares.main }), branch(-1, 0.5, { shares: shares.regions[0]! })];
    const controls = { conditions: numbers(2 * 3 * 4), count: 2, weightsAt: (index: number) => Float32Array.of(index, 2) };
    const setup = { ...base, scale: 4, rescale: 0.7, negative, positives, extra: numbers(75), controls, timestepCond: Float32Array.of(7) };
    const needs = { pooled: true, timeIds: true, controls: true, timestepCond: true };
    const seen: DenoiserCall[] = [];
    const batched = await new Guide({ ...setup, denoiser: echo(needs, seen), batched: true }).predict(callOf(sample));
    const sequential = await new Guide({ ...setup, denoiser: echo(needs, seen), batched: false }).predict(callOf(sample));
    expect(sequential).toEqual(batched);
    expect(seen.map((call) => call.batch)).toEqual([3, 1, 1, 1]);
    const [whole, first, , third] = seen as [DenoiserCall, DenoiserCall, DenoiserCall, DenoiserCall];
    expect([...whole.pooled!]).toEqual([0.5, 2, -1]);
    expect([...whole.timeIds!]).toEqual([-1, 0.25, 0.5]);
    expect([...whole.timestepCond!]).toEqual([7, 7, 7]);
    expect(whole.channels).toBe(9);
    expect(first.sample).toEqual(whole.sample.subarray(0, 135));
    expect(third.states).toEqual(whole.states.subarray(4));
    // [controls, batch, ...]: the first picture three times, then the second.
    expect(whole.controls!.conditions.subarray(12, 24)).toEqual(controls.conditions.subarray(0, 12));
    expect(whole.controls!.conditions.subarray(36, 48)).toEqual(controls.conditions.subarray(12));
    const plain = await new Guide({ ...setup, rescale: 0, denoiser: echo(needs), batched: true }).predict(callOf(sample));
    plain.forEach((value, at) => {
      const u = sample[at]! * 0.5 - 1;
      const share = shares.regions[0]![at % 15]!;
      const c = shares.main[at % 15]! * (sample[at]! * 2 + 0.25) + share * (0.5 - sample[at]!);
      expect(value).toBeCloseTo(u + 4 * (c - u), 4);
    });
  });

  it('rescales to the prompt’s own deviation, with divisor n - 1', () => {
    expect(deviation(Float32Array.of(1, 2, 3, 4))).toBeCloseTo(Math.sqrt(5 / 3), 12);
    const positive = numbers(count);
    const guided = numbers(count).map((value) => value * 7);
    const all = guided.slice();
    rescaleGuidance(all, positive, 1);
    expect(deviation(all)).toBeCloseTo(deviation(positive), 5);
    const some = guided.slice();
    rescaleGuidance(some, positive, 0.3);
    some.forEach((value, at) => expect(value).toBeCloseTo(0.3 * all[at]! + 0.7 * guided[at]!, 4));
  });

  it.each(['epsilon', 'v_prediction', 'sample'] as const)('thresholds the clean latents, not the %s itself', (prediction) => {
    const call = callOf(numbers(count), { prediction });
    const clean = (output: number, at: number): number => {
      const x = call.latents[at]!;
      return prediction === 'epsilon' ? (x - 0.6 * output) / 0.8 : prediction === 'v_prediction' ? 0.8 * x - 0.6 * output : output;
    };
    const positive = numbers(count);
    const guided = positive.map((value) => value * 6);
    const before = guided.slice();
    thresholdGuidance(guided, positive, call, 0.9);
    const reach = (values: Float32Array): number => Math.max(...values.map((value, at) => Math.abs(clean(value, at))));
    expect(reach(guided)).toBeLessThan(reach(before) / 2);
    expect(reach(guided)).toBeLessThanOrEqual(reach(positive) * 1.001);
    const within = positive.slice();
    thresholdGuidance(within, positive, call, 0.9);
    expect(within).toEqual(positive);
  });

  it('is off at 1 and below, and for consistency models', () => {
    expect([isGuided(1, null), isGuided(0, null), isGuided(1.01, null), isGuided(8.5, 256)]).toEqual([false, false, true, false]);
  });

  it('is sequential where two would not fit', () => {
    expect(fitsBatched(2, 64 * 64, 4 * 1024 ** 3)).toBe(true);
    expect(fitsBatched(2, 128 * 128, 4 * 1024 ** 3)).toBe(false);
  });
});

describe('regions', () => {
  it('share every latent wholly', () => {
    const levels = [numbers(40), numbers(40), numbers(40)].map((values) => ({
      level: values.map((value) => Math.abs(value) / 2),
      weight: 2 * random(),
    }));
    const shares = sharesOf(levels, 40);
    for (let at = 0; at < 40; at += 1) {
      expect(shares.main[at]! + shares.regions.reduce((sum, region) => sum + region[at]!, 0)).toBeCloseTo(1, 5);
      expect(shares.main[at]).toBeGreaterThanOrEqual(0);
    }
  });

  it('leave the rest to the main prompt', () => {
    const shares = sharesOf([{ level: Float32Array.of(0, 0.5, 1), weight: 0.5 }], 3);
    expect([...shares.main]).toEqual([1, 0.75, 0.5]);
  });
});

describe('controls', () => {
  const settings = { weight: 0.8, start: 0.2, end: 0.6, preprocess: 'none' as const };
  it('count only where the whole call lies in their range', () => {
    expect(Array.from({ length: 10 }, (_, call) => weightAt(settings, call, 10))).toEqual([0, 0, 0.8, 0.8, 0.8, 0.8, 0, 0, 0, 0]);
  });

  it('give those without a picture no weight', () => {
    const picture = { width: 16, height: 16, channels: 3 as const, data: new Uint8Array(768).fill(255) };
    const frame = { source: { x: 0, y: 0, width: 1, height: 1 }, content: { width: 16, height: 16 }, model: { width: 16, height: 16 } };
    const controls = controlsOf({ control2: picture }, [settings, { ...settings, start: 0, end: 1, preprocess: 'invert' }], {
      count: 2,
      frame,
      size: { width: 16, height: 16 },
      calls: 4,
      packName: 'a pack',
    })!;
    expect([...controls.weightsAt(0)]).toEqual([0, Math.fround(0.8)]);
    expect(controls.conditions.length).toBe(2 * 768);
    expect(controls.conditions.every((value) => value === 0)).toBe(true);
  });
});

describe('edges', () => {
  it('are thin and where the step is', () => {
    const [width, height] = [20, 12];
    const data = Float32Array.from({ length: 3 * width * height }, (_, at) => (at % width < 10 ? 0.1 : 0.9));
    const edges = cannyEdges({ width, height, channels: 3, data });
    for (let y = 0; y < height; y += 1) {
      const row = [...edges.data.subarray(y * width, (y + 1) * width)];
      expect(row.reduce((sum, value) => sum + value, 0)).toBe(1);
      expect([9, 10]).toContain(row.indexOf(1));
    }
  });
});
