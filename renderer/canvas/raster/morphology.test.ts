import { describe, expect, test } from 'vitest';
import { invertMask, maskBounds } from './combine.ts';
import { squaredDistances } from './distance.ts';
import { featherMask, growMask } from './morphology.ts';
import { newRaster, rasterRect, type Raster } from './region.ts';
import { ellipseMask, rectangleMask } from './shapes.ts';
import { randomMask, randomSource, valueAt } from './testing/random.ts';

const place = { x: 4, y: -6, width: 19, height: 15 };

/** Grey dilation by a disc whose edge fades over one pixel: the definition, level by level, pixel by pixel. */
function grownAt(mask: Raster<1>, byPx: number, x: number, y: number): number {
  const reach = Math.ceil(byPx);
  // The nearest pixel of each value, then of each value or more.
  const nearest = new Array<number>(256).fill(Infinity);
  for (let dy = -reach; dy <= reach; dy += 1) {
    for (let dx = -reach; dx <= reach; dx += 1) {
      const value = valueAt(mask, x + dx, y + dy);
      nearest[value] = Math.min(nearest[value]!, Math.hypot(dx, dy));
    }
  }
  let sum = 0;
  for (let level = 255; level > 0; level -= 1) {
    const distance = Math.min(nearest[level]!, nearest[level + 1] ?? Infinity);
    nearest[level] = distance;
    sum += Math.min(1, Math.max(0, byPx + 1 - distance));
  }
  return sum;
}

describe('squaredDistances', () => {
  test('equals the nearest of all covered pixels, on random masks', () => {
    const random = randomSource(3);
    for (let round = 0; round < 60; round += 1) {
      const [width, height] = [1 + Math.floor(random() * 24), 1 + Math.floor(random() * 24)];
      const density = random() ** 3;
      const values = Uint8Array.from({ length: width * height }, () => (random() < density ? 50 + random() * 200 : random() * 40));
      const covered = [...values.keys()].filter((i) => values[i]! >= 50);
      const found = squaredDistances(values, width, height, 50, new Float32Array(width * height));
      for (let i = 0; i < values.length; i += 1) {
        const nearest = Math.min(
          ...covered.map((j) => ((i % width) - (j % width)) ** 2 + (Math.floor(i / width) - Math.floor(j / width)) ** 2),
        );
        if (covered.length > 0) expect(found[i]).toBe(nearest);
        else expect(found[i]).toBeGreaterThan(1e9);
      }
    }
  });
});

describe('growMask', () => {
  test.each([0.4, 1, 2.5, 4])('of a hard or few-valued mask by %d is what the definition gives', (byPx) => {
    const random = randomSource(11);
    for (const value of [() => 255, () => [40, 128, 200, 255][Math.floor(random() * 4)]!]) {
      const mask = randomMask(random, place, value);
      const grown = growMask(mask, byPx);
      let worst = 0;
      for (let y = place.y - 6; y < place.y + place.height + 6; y += 1) {
        for (let x = place.x - 6; x < place.x + place.width + 6; x += 1) {
          worst = Math.max(worst, Math.abs(valueAt(grown, x, y) - grownAt(mask, byPx, x, y)));
        }
      }
      expect(worst).toBeLessThan(0.51);
    }
  });

  test('of a mask with many values stays close to the definition', () => {
    const disc = featherMask(ellipseMask({ x: 0, y: 0 }, { x: 20, y: 20 })!, 9);
    const grown = growMask(disc, 5);
    let worst = 0;
    for (let y = -16; y < 12; y += 1) {
      for (let x = -16; x < 12; x += 1) worst = Math.max(worst, Math.abs(valueAt(grown, x, y) - grownAt(disc, 5, x, y)));
    }
    // Half the height of a level.
    expect(worst).toBeLessThan(255 / 7 / 2);
  });

  test('moves the sides of a rectangle by whole pixels and keeps them hard', () => {
    const mask = rectangleMask({ x: 10, y: 10 }, { x: 30, y: 20 })!;
    const grown = growMask(mask, 3);
    expect(rasterRect(grown)).toEqual({ x: 7, y: 7, width: 26, height: 16 });
    expect([valueAt(grown, 6, 15), valueAt(grown, 7, 15), valueAt(grown, 20, 7), valueAt(grown, 20, 6)]).toEqual([0, 255, 255, 0]);
    expect(growMask(mask, -3)).toMatchObject({ x: 10, width: 20 });
    expect(maskBounds(growMask(mask, -3))).toEqual({ x: 13, y: 13, width: 14, height: 4 });
    expect(maskBounds(growMask(mask, -5))).toBeNull();
  });

  test('shrinking is growing what is not masked', () => {
    const random = randomSource(5);
    const inverse = randomMask(random, place, () => 255);
    const mask = invertMask(inverse, { x: -20, y: -30, width: 70, height: 60 })!;
    const shrunk = growMask(mask, -2.5);
    const grown = growMask(inverse, 2.5);
    for (let y = -10; y < 14; y += 1) for (let x = 0; x < 28; x += 1) expect(valueAt(shrunk, x, y) + valueAt(grown, x, y)).toBe(255);
  });

  test('grows and shrinks back to a disc of the same area', () => {
    const disc = ellipseMask({ x: 0, y: 0 }, { x: 60, y: 60 })!;
    const sum = (mask: Raster<1>): number => mask.data.reduce((total, value) => total + value, 0) / 255;
    const back = growMask(growMask(disc, 12), -12);
    expect(Math.abs(sum(back) - sum(disc)) / sum(disc)).toBeLessThan(0.02);
    const expected = Math.PI * 42 ** 2;
    expect(Math.abs(sum(growMask(disc, 12)) - expected) / expected).toBeLessThan(0.02);
  });

  test('with a canvas ends at it, and does not shrink away from its border', () => {
    const canvas = { x: 0, y: 0, width: 40, height: 40 };
    const mask = rectangleMask({ x: 0, y: 0 }, { x: 20, y: 20 })!;
    expect(rasterRect(growMask(mask, 5, canvas))).toEqual({ x: 0, y: 0, width: 25, height: 25 });
    expect(maskBounds(growMask(mask, -5, canvas))).toEqual({ x: 0, y: 0, width: 15, height: 15 });
  });

  test('by nothing is a copy, and an empty mask stays empty', () => {
    const mask = rectangleMask({ x: 0, y: 0 }, { x: 2, y: 2 })!;
    expect(growMask(mask, 0)).toEqual(mask);
    expect(growMask(mask, 0).data).not.toBe(mask.data);
    expect(maskBounds(growMask(newRaster(place, 1), 4))).toBeNull();
  });
});

describe('featherMask', () => {
  test('fades across the radius on both sides, falling steadily through the half at the edge', () => {
    const soft = featherMask(rectangleMask({ x: 0, y: 0 }, { x: 100, y: 100 })!, 12);
    expect(rasterRect(soft)).toEqual({ x: -12, y: -12, width: 124, height: 124 });
    const across = Array.from({ length: 26 }, (_, i) => valueAt(soft, i - 13, 50));
    expect(across.toSorted((a, b) => a - b)).toEqual(across);
    expect(across[0]).toBe(0);
    expect(across[12]! + across[13]!).toBe(255);
    expect(valueAt(soft, 12, 50)).toBe(255);
  });

  test('keeps the total, and follows a Gaussian of the same deviation', () => {
    const point = newRaster({ x: 0, y: 0, width: 200, height: 3 }, 1);
    point.data.fill(255);
    const radius = 30;
    const soft = featherMask(point, radius);
    const total = soft.data.reduce((sum, value) => sum + value, 0);
    expect(Math.abs(total / point.data.length - 255)).toBeLessThan(8);
    const variance = (3 * (21 ** 2 - 1)) / 12;
    for (let y = -radius; y < radius + 3; y += 1) {
      const expected =
        [0, 1, 2].reduce((sum, at) => sum + Math.exp(-((y - at) ** 2) / 2 / variance), 0) / Math.sqrt(2 * Math.PI * variance);
      expect(Math.abs(valueAt(soft, 100, y) - 255 * expected)).toBeLessThan(2.5);
    }
  });

  test('works on masks narrower than the radius, and by nothing is a copy', () => {
    const speck = rectangleMask({ x: 5, y: 5 }, { x: 6, y: 6 })!;
    const soft = featherMask(speck, 1);
    expect(valueAt(soft, 5, 5)).toBe(Math.round(255 / 9));
    expect(valueAt(soft, 4, 6)).toBe(Math.round(255 / 9));
    expect(featherMask(speck, 0)).toEqual(speck);
  });
});
