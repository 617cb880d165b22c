import { describe, expect, it } from 'vitest';
import { distanceTo } from './distance.ts';
import { fromHalfBits, toHalfBits } from './float16.ts';
import { joinNear, maskRegions } from './mask-regions.ts';
import { spread } from './membrane.ts';
import { applySymmetry, newPlanes, undoSymmetry, type Symmetry } from './planes.ts';
import { resize } from './resize.ts';
import { seededRandom } from './seeded-random.ts';

describe('half precision', () => {
  it('matches the values of IEEE 754', () => {
    const known: [number, number][] = [
      [1, 0x3c00],
      [-2, 0xc000],
      [65504, 0x7bff],
      [65520, 0x7c00],
      [2 ** -14, 0x0400],
      [2 ** -24, 0x0001],
      [2 ** -25, 0x0000],
      [1 / 3, 0x3555],
      [1 + 2 ** -11, 0x3c00],
      [1 + 3 * 2 ** -11, 0x3c02],
    ];
    for (const [value, bits] of known) expect(toHalfBits(value), String(value)).toBe(bits);
    expect(toHalfBits(NaN) & 0x7c00).toBe(0x7c00);
  });

  it('gives every finite half back', () => {
    for (let bits = 0; bits < 0x7c00; bits += 1) expect(toHalfBits(fromHalfBits(bits))).toBe(bits);
  });
});

it('finds the exact distance to the nearest marked pixel', () => {
  const size = { width: 37, height: 23 };
  const random = seededRandom(3);
  const marked = Uint8Array.from({ length: 37 * 23 }, () => (random() < 0.02 ? 1 : 0));
  const distance = distanceTo(marked, size);
  for (let y = 0; y < 23; y += 1) {
    for (let x = 0; x < 37; x += 1) {
      let nearest = Infinity;
      marked.forEach((on, index) => {
        if (on === 1) nearest = Math.min(nearest, Math.hypot((index % 37) - x, Math.floor(index / 37) - y));
      });
      expect(distance[y * 37 + x]).toBeCloseTo(nearest, 4);
    }
  }
});

describe('mask regions', () => {
  const mask = (rows: string[]): Parameters<typeof maskRegions>[0] => ({
    width: rows[0]!.length,
    height: rows.length,
    channels: 1,
    data: Uint8Array.from(rows.join(''), (cell) => (cell === '#' ? 255 : 0)),
  });

  it('separates parts and joins those that meet at a corner or further down', () => {
    expect(maskRegions(mask(['#..##', '.#...', '.....', '#.#..', '###..']))).toEqual([
      { x: 0, y: 0, width: 2, height: 2 },
      { x: 3, y: 0, width: 2, height: 1 },
      { x: 0, y: 3, width: 3, height: 2 },
    ]);
  });

  it('joins boxes within reach, and boxes that only meet once others are joined', () => {
    const box = (x: number) => ({ x, y: 0, width: 2, height: 2 });
    expect(joinNear([box(0), box(20), box(5)], 1)).toHaveLength(3);
    expect(joinNear([box(0), box(8), box(4)], 2)).toEqual([{ x: 0, y: 0, width: 10, height: 2 }]);
  });
});

describe('resampling', () => {
  it('takes the weights of the published kernel, and keeps a flat picture flat', () => {
    const impulse = newPlanes({ width: 12, height: 1 }, 1);
    impulse.data[6] = 1;
    const doubled = resize(impulse, { width: 24, height: 1 });
    // Keys 1981, a = -0.5, at distances 1.75, 1.25, 0.75, 0.25 and back.
    const kernel = [-0.0234375, -0.0703125, 0.2265625, 0.8671875, 0.8671875, 0.2265625, -0.0703125, -0.0234375];
    kernel.forEach((weight, index) => expect(doubled.data[9 + index]).toBeCloseTo(weight, 6));
    const flat = newPlanes({ width: 13, height: 9 }, 1);
    flat.data.fill(0.4);
    for (const value of resize(flat, { width: 5, height: 31 }).data) expect(value).toBeCloseTo(0.4, 5);
  });

  it('keeps a straight ramp straight away from the edges', () => {
    const ramp = newPlanes({ width: 64, height: 1 }, 1);
    for (let x = 0; x < 64; x += 1) ramp.data[x] = x;
    const half = resize(ramp, { width: 32, height: 1 });
    for (let x = 4; x < 28; x += 1) expect(half.data[x]).toBeCloseTo(2 * x + 0.5, 3);
  });
});

it('undoes each of the eight symmetries, which are all different', () => {
  const picture = newPlanes({ width: 3, height: 2 }, 2);
  picture.data.forEach((_, index) => (picture.data[index] = index));
  const seen = new Set<string>();
  for (let symmetry = 0; symmetry < 8; symmetry += 1) {
    const turned = applySymmetry(picture, symmetry as Symmetry);
    seen.add(`${String(turned.width)} ${[...turned.data].join()}`);
    expect([...undoSymmetry(turned, symmetry as Symmetry).data]).toEqual([...picture.data]);
  }
  expect(seen.size).toBe(8);
});

it('spreads known values smoothly and keeps them where they are certain', () => {
  const values = newPlanes({ width: 32, height: 8 }, 1);
  const weights = new Float32Array(32 * 8);
  for (let y = 0; y < 8; y += 1) {
    values.data[y * 32 + 31] = 1;
    weights[y * 32] = 1;
    weights[y * 32 + 31] = 1;
  }
  const filled = spread(values, weights);
  expect(filled.data[0]).toBe(0);
  expect(filled.data[31]).toBe(1);
  expect(filled.data[15]).toBeGreaterThan(0.2);
  expect(filled.data[15]).toBeLessThan(0.8);
});
