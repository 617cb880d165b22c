import { describe, expect, it } from 'vitest';
import { seededGaussian } from './seeded-gaussian.ts';
import { slicedTransport } from './sliced-transport.ts';

const count = 600;

function cloud(seed: number, point: (normal: () => number, index: number) => readonly number[]): Float32Array {
  const normal = seededGaussian(seed);
  return Float32Array.from({ length: count }, (_, index) => index).reduce(
    (points, index) => {
      points.set(point(normal, index), index * 3);
      return points;
    },
    new Float32Array(count * 3),
  );
}

const sortedAlong = (points: Float32Array, [x, y, z]: readonly [number, number, number]): Float32Array =>
  Float32Array.from(
    { length: count },
    (_, index) => x * points[index * 3]! + y * points[index * 3 + 1]! + z * points[index * 3 + 2]!,
  ).sort();

function apart(a: Float32Array, b: Float32Array, axis: readonly [number, number, number]): number {
  const [first, second] = [sortedAlong(a, axis), sortedAlong(b, axis)];
  return first.reduce((sum, value, index) => sum + Math.abs(value - second[index]!), 0) / count;
}

describe('sliced transport', () => {
  const even = cloud(1, (normal) => [0.5 + 0.1 * normal(), 0.02 * normal(), 0.02 * normal()]);
  // A main colour and a rare one far from it, which means and covariances alone would not bring back.
  const rare = cloud(2, (normal, index) =>
    index % 10 === 0
      ? [0.6 + 0.03 * normal(), 0.2 + 0.01 * normal(), 0.1 + 0.01 * normal()]
      : [0.4 + 0.1 * normal(), 0.03 * normal(), -0.05 + 0.02 * normal()],
  );

  it('lays one cloud on the other, along axes it never looked along too', () => {
    const moved = slicedTransport(even, rare, 16, 7);
    for (const axis of [
      [1, 0, 0],
      [0, 1, 0],
      [0, 0.6, 0.8],
      [0.48, 0.6, -0.64],
    ] as const) {
      expect(apart(moved, rare, axis)).toBeLessThan(0.15 * apart(even, rare, axis) + 0.002);
    }
  });

  it('leaves a cloud on itself where it is, and is the same every time', () => {
    const still = slicedTransport(rare, rare, 8, 3);
    expect(Math.max(...still.map((value, index) => Math.abs(value - rare[index]!)))).toBeLessThan(1e-5);
    expect(slicedTransport(even, rare, 4, 9)).toEqual(slicedTransport(even, rare, 4, 9));
  });

  it('moves points whose numbers are below 0 in their order', () => {
    const from = cloud(4, (normal) => [normal(), normal(), normal()]);
    const shifted = from.map((value) => value + 1);
    const moved = slicedTransport(from, shifted, 4, 5);
    const worst = Math.max(...moved.map((value, index) => Math.abs(value - shifted[index]!)));
    expect(worst).toBeLessThan(1e-4);
  });
});
