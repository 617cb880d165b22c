import { expect, test } from 'vitest';
import { floodMask } from './flood.ts';
import { newRaster, rasterRect, type Raster } from './region.ts';
import { maskBounds } from './combine.ts';
import { randomSource, valueAt } from './testing/random.ts';

const place = { x: -3, y: 5, width: 23, height: 17 };

/** Few values, so that regions form; some pixels transparent. */
function randomPixels(random: () => number): Raster<4> {
  const pixels = newRaster(place, 4);
  for (let i = 0; i < pixels.data.length; i += 4) {
    for (let c = 0; c < 3; c += 1) pixels.data[i + c] = 100 + Math.floor(random() * 3) * 8;
    pixels.data[i + 3] = random() < 0.25 ? 0 : random() < 0.9 ? 255 : 240;
  }
  return pixels;
}

/** Breadth-first, one pixel at a time. */
function reference(pixels: Raster<4>, x: number, y: number, tolerance: number, contiguous: boolean): Set<number> {
  const pixel = (i: number): number[] => [...pixels.data.subarray(i * 4, i * 4 + 4)];
  const start = (y - pixels.y) * pixels.width + x - pixels.x;
  const seed = pixel(start);
  const like = (i: number): boolean => {
    const other = pixel(i);
    return (other[3] === 0 && seed[3] === 0) || other.every((value, c) => Math.abs(value - seed[c]!) <= tolerance);
  };
  const all = Array.from({ length: pixels.width * pixels.height }, (_, i) => i);
  if (!contiguous) return new Set(all.filter(like));
  const found = new Set([start]);
  for (const i of found) {
    const column = i % pixels.width;
    const sides = [i - pixels.width, i + pixels.width, ...(column > 0 ? [i - 1] : []), ...(column < pixels.width - 1 ? [i + 1] : [])];
    for (const side of sides) if (side >= 0 && side < all.length && like(side)) found.add(side);
  }
  return found;
}

test('finds what a breadth-first search finds, on random pictures', () => {
  const random = randomSource(7);
  for (let round = 0; round < 300; round += 1) {
    const pixels = randomPixels(random);
    const x = place.x + Math.floor(random() * place.width);
    const y = place.y + Math.floor(random() * place.height);
    const options = { tolerance: [0, 8, 16, 255][round % 4]!, contiguous: round % 3 > 0 };
    const expected = reference(pixels, x, y, options.tolerance, options.contiguous);
    const mask = floodMask(pixels, { x: x + random() * 0.99, y }, options);
    let wrong = 0;
    for (let i = 0; i < place.width * place.height; i += 1) {
      const value = valueAt(mask, place.x + (i % place.width), place.y + Math.floor(i / place.width));
      if (value !== (expected.has(i) ? 255 : 0)) wrong += 1;
    }
    expect(wrong).toBe(0);
    expect(maskBounds(mask!)).toEqual(rasterRect(mask!));
  }
});

test('follows a spiral to its end', () => {
  const size = 41;
  const pixels = newRaster({ x: 0, y: 0, width: size, height: size }, 4);
  const wall = (x: number, y: number): void => {
    pixels.data.fill(255, (y * size + x) * 4, (y * size + x) * 4 + 4);
  };
  for (let ring = 1; ring < size / 2; ring += 2) {
    const end = size - 1 - ring;
    for (let i = ring; i <= end; i += 1) {
      wall(i, ring);
      wall(i, end);
      wall(end, i);
      if (i > ring + 1) wall(ring, i);
    }
    wall(ring - 1, ring + 2);
  }
  const mask = floodMask(pixels, { x: 0, y: 0 }, { tolerance: 10, contiguous: true });
  const expected = reference(pixels, 0, 0, 10, true);
  expect(mask?.data.filter((value) => value === 255)).toHaveLength(expected.size);
  expect(expected.size).toBeGreaterThan(size * 8);
});

test('transparent pixels equal one another whatever colour they hide', () => {
  const pixels = newRaster({ x: 0, y: 0, width: 3, height: 1 }, 4);
  pixels.data.set([0, 0, 0, 0, 200, 100, 50, 0, 0, 0, 0, 1]);
  const mask = floodMask(pixels, { x: 0, y: 0 }, { tolerance: 0, contiguous: true });
  expect(mask).toMatchObject({ x: 0, width: 2, height: 1 });
});

test('a click outside finds nothing', () => {
  const pixels = newRaster(place, 4);
  for (const at of [
    { x: -4, y: 5 },
    { x: 20, y: 5 },
    { x: 0, y: 4.9 },
    { x: 0, y: 22 },
    { x: Number.NaN, y: 6 },
  ]) {
    expect(floodMask(pixels, at, { tolerance: 255, contiguous: true })).toBeNull();
  }
});
