import { expect, it } from 'vitest';
import { seededRandom } from '../seeded-random.ts';
import { featureChannels, improveField, patchCost, placeOf, randomField, refreshCosts, type PatchProblem } from './nearest-field.ts';

const [width, height, radius] = [60, 40, 2];

/** Noise whose right half repeats its left: every target on the right has one perfect source, 30 pixels to the left. */
function repeated(stride: number): PatchProblem {
  const random = seededRandom(2);
  const features = new Float32Array(width * height * featureChannels);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      for (let part = 0; part < featureChannels; part += 1) {
        const at = (y * width + x) * featureChannels + part;
        features[at] = x < 30 ? random() : (features[at - 30 * featureChannels] ?? 0);
      }
    }
  }
  const isSource = new Uint8Array(width * height);
  const sources: number[] = [];
  const targets: number[] = [];
  const cells = Math.ceil(width / stride);
  const numbers = new Int32Array(cells * Math.ceil(height / stride)).fill(-1);
  for (let y = radius; y < height - radius; y += 1) {
    for (let x = radius; x < width - radius; x += 1) {
      if (x < 30 - radius) {
        isSource[y * width + x] = 1;
        sources.push(y * width + x);
      } else if (x >= 32 && y % stride === 0 && x % stride === 0 && x < 56) {
        numbers[(y / stride) * cells + x / stride] = targets.length;
        targets.push(y * width + x);
      }
    }
  }
  return {
    width,
    height,
    features,
    stride,
    targets: Int32Array.from(targets),
    numbers,
    sources: Int32Array.from(sources),
    isSource,
    radius,
    sourceCost: new Float32Array(width * height),
    distanceCost: 0,
  };
}

it.each([1, 2])('finds the repeated half, with a grid of every %i. pixel', (stride) => {
  const problem = repeated(stride);
  const field = randomField(problem, 1);
  for (let pass = 0; pass < 8; pass += 1) improveField(problem, field, { forward: pass % 2 === 0, reach: 60, seed: 10 + pass });
  const found = problem.targets.filter((target, index) => field.match[index] === target - 30).length;
  expect(found / problem.targets.length).toBeGreaterThan(0.9);
  const [x, y] = [40, 20];
  expect(placeOf(problem, field, x + stride - 1, y)).toBe(y * width + x + stride - 1 - 30);
  expect(placeOf(problem, field, 3, 3)).toBe(-1);
});

it('repeats for a seed, never makes a match worse, and only gives sources', () => {
  const problem = repeated(1);
  const run = (): Int32Array => {
    const field = randomField(problem, 7);
    for (let pass = 0; pass < 3; pass += 1) {
      const before = field.cost.slice();
      improveField(problem, field, { forward: pass % 2 === 0, reach: 20, seed: pass });
      expect(field.cost.every((cost, index) => cost <= (before[index] ?? 0))).toBe(true);
    }
    const kept = field.cost.slice();
    refreshCosts(problem, field);
    field.cost.forEach((cost, index) => expect(cost).toBeCloseTo(kept[index] ?? 0, 4));
    return field.match;
  };
  const first = run();
  expect(run()).toEqual(first);
  for (const place of first) expect(problem.isSource[place]).toBe(1);
});

it('makes up for the part of a patch beyond the edge, and stops at the limit', () => {
  const problem = repeated(1);
  problem.features.fill(0);
  problem.features.set([1], (10 * width + 10) * featureChannels);
  // One difference among 25 pixels, and among the 9 that are left in a corner.
  expect(patchCost(problem, 20 * width + 40, 10 * width + 10, Infinity)).toBeCloseTo(1, 5);
  expect(patchCost(problem, 0, 10 * width + 10, Infinity)).toBeCloseTo(25 / 9, 5);
  expect(patchCost(problem, 20 * width + 40, 10 * width + 10, 0.5)).toBeGreaterThanOrEqual(0.5);
});
