import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../core/seeded-random.ts';
import { chooseValue } from './choose-value.ts';

const all = (count: number): Uint8Array => new Uint8Array(count).fill(1);
const plain = { temperature: 1, topK: 0, topP: 1 };
const logits = Float32Array.from([Math.log(0.5), Math.log(0.1), Math.log(0.3), Math.log(0.1)]);

function shares(sampling: typeof plain, allowed = all(4), draws = 20_000): number[] {
  const random = seededRandom(7);
  const counts = new Array<number>(4).fill(0);
  for (let draw = 0; draw < draws; draw += 1) {
    const value = chooseValue(logits, allowed, sampling, random());
    counts[value] = (counts[value] ?? 0) + 1 / draws;
  }
  return counts;
}

function expectShares(found: readonly number[], expected: readonly number[]): void {
  expected.forEach((share, value) => {
    expect(found[value]).toBeCloseTo(share, 1.7);
  });
}

describe('chooseValue', () => {
  it('draws as often as the probabilities say', () => {
    expectShares(shares(plain), [0.5, 0.1, 0.3, 0.1]);
  });

  it('flattens and sharpens by temperature', () => {
    const weights = [0.5, 0.1, 0.3, 0.1].map((share) => share ** 2);
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    expectShares(shares({ ...plain, temperature: 0.5 }), weights.map((weight) => weight / total)); // prettier-ignore
  });

  it('takes the likeliest at temperature 0, the lower one of equals', () => {
    expect(chooseValue(logits, all(4), { ...plain, temperature: 0 }, 0.99)).toBe(0);
    expect(chooseValue(new Float32Array(4), all(4), { ...plain, temperature: 0 }, 0.99)).toBe(0);
  });

  it('keeps the k likeliest', () => {
    expectShares(shares({ ...plain, topK: 2 }), [0.625, 0, 0.375, 0]);
  });

  it('keeps the likeliest until they have the probability p', () => {
    expectShares(shares({ ...plain, topP: 0.79 }), [0.625, 0, 0.375, 0]);
    expectShares(shares({ ...plain, topP: 0.05 }), [1, 0, 0, 0]);
  });

  it('counts only what is allowed in top-k and top-p', () => {
    expectShares(shares({ ...plain, topK: 2 }, Uint8Array.from([0, 1, 1, 0])), [0, 0.25, 0.75, 0]);
    expectShares(shares({ ...plain, topP: 0.5 }, Uint8Array.from([0, 1, 1, 1])), [0, 0, 1, 0]);
  });

  it('refuses logits that are no numbers', () => {
    expect(() => chooseValue(Float32Array.from([1, NaN]), all(2), plain, 0.5)).toThrow(/no numbers/);
  });

  it('never draws what has no chance', () => {
    const random = seededRandom(3);
    for (let draw = 0; draw < 500; draw += 1)
      expect(chooseValue(Float32Array.from([0, -Infinity, 0]), all(3), plain, random())).not.toBe(1);
  });
});
