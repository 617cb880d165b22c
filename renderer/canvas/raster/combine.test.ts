import { expect, test } from 'vitest';
import { combineMasks, invertMask, maskBounds } from './combine.ts';
import { newRaster, rasterRect, type Raster } from './region.ts';
import { ellipseMask, rectangleMask } from './shapes.ts';
import { randomSource, valueAt } from './testing/random.ts';

const canvas = { x: 0, y: 0, width: 30, height: 24 };

function randomRaster(random: () => number): Raster<1> {
  const rect = {
    x: Math.floor(random() * 30) - 6,
    y: Math.floor(random() * 24) - 6,
    width: 1 + Math.floor(random() * 14),
    height: 1 + Math.floor(random() * 14),
  };
  const mask = newRaster(rect, 1);
  for (let i = 0; i < mask.data.length; i += 1) mask.data[i] = random() < 0.3 ? 0 : random() * 256;
  return mask;
}

test('each mode is its formula at every pixel, cut to the canvas and to what is masked', () => {
  const random = randomSource(2);
  const formulas = {
    replace: (_: number, b: number) => b,
    add: (a: number, b: number) => Math.max(a, b),
    subtract: (a: number, b: number) => Math.min(a, 255 - b),
    intersect: (a: number, b: number) => Math.min(a, b),
  };
  for (let round = 0; round < 200; round += 1) {
    const base = round % 10 === 0 ? null : randomRaster(random);
    const shape = randomRaster(random);
    for (const mode of ['replace', 'add', 'subtract', 'intersect'] as const) {
      const before = [base?.data.slice(), shape.data.slice()];
      const result = combineMasks(base, shape, mode, canvas);
      expect([base?.data, shape.data]).toEqual(before);
      let wrong = 0;
      for (let y = -8; y < 40; y += 1) {
        for (let x = -8; x < 40; x += 1) {
          const inside = x >= 0 && y >= 0 && x < canvas.width && y < canvas.height;
          const expected = inside ? formulas[mode](valueAt(base, x, y), valueAt(shape, x, y)) : 0;
          if (valueAt(result, x, y) !== expected) wrong += 1;
        }
      }
      expect(wrong).toBe(0);
      if (result !== null) expect(maskBounds(result)).toEqual(rasterRect(result));
    }
  }
});

test('round trips: add then subtract, subtract then add, invert twice, the same shape twice', () => {
  const base = rectangleMask({ x: 2, y: 2 }, { x: 10, y: 10 })!;
  const apart = ellipseMask({ x: 12.3, y: 3 }, { x: 25, y: 20.5 })!;
  const both = combineMasks(base, apart, 'add', canvas)!;
  const cut = combineMasks(both, rectangleMask({ x: 11, y: 0 }, { x: 30, y: 24 })!, 'subtract', canvas);
  expect(cut).toEqual(base);
  expect(combineMasks(cut, apart, 'add', canvas)).toEqual(both);
  expect(invertMask(invertMask(both, canvas), canvas)).toEqual(both);
  expect(combineMasks(both, apart, 'add', canvas)).toEqual(both);
  expect(combineMasks(both, both, 'intersect', canvas)).toEqual(both);
  const inverse = invertMask(apart, canvas)!;
  expect(combineMasks(both, apart, 'subtract', canvas)).toEqual(combineMasks(both, inverse, 'intersect', canvas));
});

test('nothing left is null', () => {
  const mask = rectangleMask({ x: 2, y: 2 }, { x: 10, y: 10 })!;
  expect(combineMasks(mask, mask, 'subtract', canvas)).toBeNull();
  expect(combineMasks(null, mask, 'subtract', canvas)).toBeNull();
  expect(combineMasks(null, mask, 'intersect', canvas)).toBeNull();
  expect(combineMasks(null, mask, 'add', canvas)).toEqual(mask);
  expect(combineMasks(mask, rectangleMask({ x: 20, y: 2 }, { x: 22, y: 4 })!, 'intersect', canvas)).toBeNull();
  expect(combineMasks(mask, rectangleMask({ x: 90, y: 2 }, { x: 99, y: 9 })!, 'replace', canvas)).toBeNull();
});

test('inverting nothing masks the canvas, and inverting that leaves nothing', () => {
  const all = invertMask(null, canvas)!;
  expect(rasterRect(all)).toEqual(canvas);
  expect(all.data.every((value) => value === 255)).toBe(true);
  expect(invertMask(all, canvas)).toBeNull();
});

test('maskBounds finds single pixels wherever they are', () => {
  for (const [x, y] of [
    [0, 0],
    [6, 0],
    [0, 4],
    [6, 4],
    [3, 2],
  ] as const) {
    const mask = newRaster({ x: -2, y: 9, width: 7, height: 5 }, 1);
    mask.data[y * 7 + x] = 1;
    expect(maskBounds(mask)).toEqual({ x: x - 2, y: y + 9, width: 1, height: 1 });
  }
  expect(maskBounds(newRaster(canvas, 1))).toBeNull();
});
