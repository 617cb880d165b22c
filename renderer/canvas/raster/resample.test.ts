import { expect, test } from 'vitest';
import { newRaster } from './region.ts';
import { downscaleRaster, sizeWithin } from './resample.ts';
import { randomSource } from './testing/random.ts';

/** Mean over a fine grid of samples inside the area, colours weighted by alpha. */
test('each pixel is the mean of its area, on random pictures and uneven scales', () => {
  const random = randomSource(13);
  for (const [from, to] of [
    [
      [12, 9],
      [4, 3],
    ],
    [
      [13, 7],
      [5, 3],
    ],
    [
      [10, 10],
      [10, 10],
    ],
    [
      [7, 5],
      [1, 1],
    ],
  ] as const) {
    const [width, height] = from;
    const raster = newRaster({ x: 5, y: 6, width, height }, 4);
    for (let i = 0; i < raster.data.length; i += 1) raster.data[i] = random() * 256;
    const small = downscaleRaster(raster, { width: to[0], height: to[1] });
    // A common multiple of both sizes: samples never straddle a border.
    const [fineX, fineY] = [width * to[0], height * to[1]];
    for (let y = 0; y < to[1]; y += 1) {
      for (let x = 0; x < to[0]; x += 1) {
        const sums = [0, 0, 0, 0];
        for (let sy = y * height; sy < (y + 1) * height; sy += 1) {
          for (let sx = x * width; sx < (x + 1) * width; sx += 1) {
            const at = (Math.floor((sy * height) / fineY) * width + Math.floor((sx * width) / fineX)) * 4;
            const alpha = raster.data[at + 3]!;
            for (let c = 0; c < 3; c += 1) sums[c]! += raster.data[at + c]! * alpha;
            sums[3]! += alpha;
          }
        }
        const at = (y * to[0] + x) * 4;
        for (let c = 0; c < 3; c += 1) expect(Math.abs(small.data[at + c]! - sums[c]! / sums[3]!)).toBeLessThan(0.51);
        expect(Math.abs(small.data[at + 3]! - sums[3]! / (width * height))).toBeLessThan(0.51);
      }
    }
  }
});

test('at its own size a picture stays the same bytes, except colours under full transparency', () => {
  const random = randomSource(19);
  const raster = newRaster({ x: 0, y: 0, width: 16, height: 11 }, 4);
  for (let i = 0; i < raster.data.length; i += 1) raster.data[i] = i % 4 === 3 ? 1 + random() * 255 : random() * 256;
  expect(downscaleRaster(raster, raster)).toEqual(raster);
});

test('what hides under transparency does not bleed', () => {
  const raster = newRaster({ x: 0, y: 0, width: 2, height: 1 }, 4);
  raster.data.set([255, 0, 0, 255, 0, 255, 0, 0]);
  expect([...downscaleRaster(raster, { width: 1, height: 1 }).data]).toEqual([255, 0, 0, 128]);
});

test('masks keep their mean', () => {
  const mask = newRaster({ x: 3, y: 3, width: 30, height: 20 }, 1);
  mask.data.fill(255, 0, 300);
  const small = downscaleRaster(mask, { width: 3, height: 1 });
  expect(small).toMatchObject({ x: 0, y: 0, width: 3, height: 1, channels: 1 });
  expect([...small.data]).toEqual([128, 128, 128]);
});

test('sizes keep proportions, at least one pixel a side, and never grow', () => {
  expect(sizeWithin({ width: 4000, height: 3000 }, 200)).toEqual({ width: 200, height: 150 });
  expect(sizeWithin({ width: 9000, height: 3 }, 100)).toEqual({ width: 100, height: 1 });
  expect(sizeWithin({ width: 40, height: 30 }, 200)).toEqual({ width: 40, height: 30 });
});
