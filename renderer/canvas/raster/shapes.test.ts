import { describe, expect, test } from 'vitest';
import type { Raster } from './region.ts';
import { ellipseMask, polygonMask, rectangleMask, type ShapePoint } from './shapes.ts';
import { randomSource, valueAt } from './testing/random.ts';

/** In pixels. */
function area(mask: Raster<1> | null): number {
  return mask === null ? 0 : mask.data.reduce((sum, value) => sum + value, 0) / 255;
}

const square: ShapePoint[] = [
  { x: 2, y: 3 },
  { x: 7, y: 3 },
  { x: 7, y: 9 },
  { x: 2, y: 9 },
];

describe('rectangleMask', () => {
  test('on whole coordinates is hard and exactly its box, whichever corner comes first', () => {
    const mask = rectangleMask({ x: 7, y: 3 }, { x: 2, y: 9 });
    expect(mask).toMatchObject({ x: 2, y: 3, width: 5, height: 6, channels: 1 });
    expect(mask?.data.every((value) => value === 255)).toBe(true);
  });

  test('covers border pixels by the part inside', () => {
    const mask = rectangleMask({ x: 0.25, y: 0.5 }, { x: 2.5, y: 2 });
    expect(mask?.data).toEqual(Uint8Array.from([0.375, 0.5, 0.25, 0.75, 1, 0.5].map((part) => Math.round(part * 255))));
  });

  test('is null without area, outside the clip and for what is no number; else it ends at the clip', () => {
    expect(rectangleMask({ x: 1, y: 1 }, { x: 1, y: 9 })).toBeNull();
    expect(rectangleMask({ x: 1, y: 1 }, { x: Number.NaN, y: 9 })).toBeNull();
    const clip = { x: 0, y: 0, width: 4, height: 4 };
    expect(rectangleMask({ x: 4, y: 0 }, { x: 9, y: 9 }, clip)).toBeNull();
    expect(rectangleMask({ x: -5, y: 2 }, { x: 9, y: 9 }, clip)).toMatchObject({ x: 0, y: 2, width: 4, height: 2 });
  });
});

describe('ellipseMask', () => {
  test.each([
    [0.3, 0.8, 1.2, 2.1],
    [2, 2, 12, 12],
    [-7.3, 4.1, 33.9, 20.6],
    [0, 0, 400, 300],
  ])('from (%d, %d) to (%d, %d) has the area of the formula', (left, top, right, bottom) => {
    const expected = (Math.PI * (right - left) * (bottom - top)) / 4;
    const mask = ellipseMask({ x: left, y: top }, { x: right, y: bottom });
    expect(Math.abs(area(mask) - expected)).toBeLessThan(0.01 * expected + 0.02);
    expect(mask).toMatchObject({ x: Math.floor(left), y: Math.floor(top) });
  });

  test('is symmetric, full inside and empty in the corners', () => {
    const mask = ellipseMask({ x: 0, y: 0 }, { x: 20, y: 12 });
    for (let y = 0; y < 12; y += 1) {
      for (let x = 0; x < 20; x += 1) {
        expect(valueAt(mask, x, y)).toBe(valueAt(mask, 19 - x, y));
        expect(valueAt(mask, x, y)).toBe(valueAt(mask, x, 11 - y));
      }
    }
    expect(valueAt(mask, 10, 6)).toBe(255);
    expect(valueAt(mask, 0, 0)).toBe(0);
  });

  test('is null when flat', () => {
    expect(ellipseMask({ x: 0, y: 3 }, { x: 9, y: 3 })).toBeNull();
  });

  test('does not depend on the clip inside of it', () => {
    const whole = ellipseMask({ x: 0, y: 0 }, { x: 21.5, y: 17.5 });
    const part = ellipseMask({ x: 0, y: 0 }, { x: 21.5, y: 17.5 }, { x: 3, y: 2, width: 9, height: 8 });
    for (let y = 2; y < 10; y += 1) for (let x = 3; x < 12; x += 1) expect(valueAt(part, x, y)).toBe(valueAt(whole, x, y));
  });
});

describe('polygonMask', () => {
  test('equals the rectangle it describes, in both directions', () => {
    const expected = rectangleMask({ x: 2, y: 3 }, { x: 7, y: 9 });
    expect(polygonMask(square)).toEqual(expected);
    expect(polygonMask(square.toReversed())).toEqual(expected);
  });

  test('has the area of the shoelace formula for random star-shaped outlines', () => {
    const random = randomSource(1);
    for (let round = 0; round < 20; round += 1) {
      const points = Array.from({ length: 3 + round }, (_, i) => {
        const angle = ((i + random() * 0.8) / (3 + round)) * 2 * Math.PI;
        const radius = 5 + random() * 40;
        return { x: 10 + radius * Math.cos(angle), y: -3 + radius * Math.sin(angle) };
      });
      const twice = points.reduce((sum, point, i) => {
        const next = points[(i + 1) % points.length] ?? point;
        return sum + point.x * next.y - next.x * point.y;
      }, 0);
      expect(Math.abs(area(polygonMask(points)) - Math.abs(twice) / 2)).toBeLessThan(0.7);
    }
  });

  test('covers each pixel by the part inside, as fine sampling finds it', () => {
    const triangle = [
      { x: 0.4, y: 0.3 },
      { x: 9.2, y: 2.7 },
      { x: 3.1, y: 8.9 },
    ];
    const mask = polygonMask(triangle);
    const sign = (a: ShapePoint, b: ShapePoint, x: number, y: number): number => (x - b.x) * (a.y - b.y) - (a.x - b.x) * (y - b.y);
    const [a, b, c] = [triangle[0]!, triangle[1]!, triangle[2]!];
    for (let y = 0; y < 9; y += 1) {
      for (let x = 0; x < 10; x += 1) {
        let inside = 0;
        for (let i = 0; i < 4096; i += 1) {
          const [sx, sy] = [x + ((i & 63) + 0.5) / 64, y + ((i >> 6) + 0.5) / 64];
          const sides = [sign(a, b, sx, sy), sign(b, c, sx, sy), sign(c, a, sx, sy)];
          if (sides.every((side) => side > 0) || sides.every((side) => side < 0)) inside += 1;
        }
        expect(Math.abs(valueAt(mask, x, y) - (inside / 4096) * 255)).toBeLessThan(4);
      }
    }
  });

  test('leaves no hole where loops lie over one another, and fills both halves of a figure eight', () => {
    expect(polygonMask([...square, ...square])).toEqual(polygonMask(square));
    const eight = polygonMask([
      { x: 0, y: 0 },
      { x: 10, y: 10 },
      { x: 10, y: 0 },
      { x: 0, y: 10 },
    ]);
    expect(valueAt(eight, 1, 4)).toBe(255);
    expect(valueAt(eight, 8, 5)).toBe(255);
    expect(area(eight)).toBeCloseTo(50, 0);
  });

  test('is null for fewer than three points, a line, or a place outside the clip', () => {
    expect(polygonMask(square.slice(0, 2))).toBeNull();
    expect(polygonMask([square[0]!, square[2]!, square[0]!])).toBeNull();
    expect(polygonMask(square, { x: 20, y: 0, width: 5, height: 5 })).toBeNull();
  });

  test('does not depend on the clip inside of it', () => {
    const points = [
      { x: -20.5, y: -7.25 },
      { x: 40.5, y: 3.5 },
      { x: 10.75, y: 30.5 },
    ];
    const whole = polygonMask(points);
    const clip = { x: 0, y: 0, width: 12, height: 15 };
    const part = polygonMask(points, clip);
    for (let y = 0; y < 15; y += 1) for (let x = 0; x < 12; x += 1) expect(valueAt(part, x, y)).toBe(valueAt(whole, x, y));
  });
});
