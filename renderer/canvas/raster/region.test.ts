import { expect, test } from 'vitest';
import { cropRaster, newRaster, pasteRaster, rasterRect } from './region.ts';

const numbered = (): ReturnType<typeof newRaster<4>> => {
  const raster = newRaster({ x: -2, y: 3, width: 5, height: 4 }, 4);
  raster.data.set(raster.data.map((_, i) => i + 1));
  return raster;
};

test('a crop keeps the pixels at their canvas places and is zero where the raster does not reach', () => {
  const cropped = cropRaster(numbered(), { x: 1, y: 5, width: 4, height: 3 });
  expect(rasterRect(cropped)).toEqual({ x: 1, y: 5, width: 4, height: 3 });
  // Canvas (1, 5) is column 3, row 2 of the raster.
  const pixel = (2 * 5 + 3) * 4;
  expect([...cropped.data.subarray(0, 8)]).toEqual([1, 2, 3, 4, 5, 6, 7, 8].map((i) => pixel + i));
  expect(cropped.data.subarray(8, 16).every((value) => value === 0)).toBe(true);
  expect(cropped.data.subarray(32).every((value) => value === 0)).toBe(true);
});

test('a crop put back changes nothing, and one that was changed changes only its own place', () => {
  const raster = numbered();
  const before = raster.data.slice();
  const cropped = cropRaster(raster, { x: -1, y: 4, width: 2, height: 2 });
  pasteRaster(raster, cropped);
  expect(raster.data).toEqual(before);
  cropped.data.fill(255);
  pasteRaster(raster, cropped);
  expect(raster.data.filter((value, i) => value !== before[i])).toHaveLength(16);
  expect(cropRaster(raster, rasterRect(cropped))).toEqual(cropped);
});

test('pasting outside does nothing', () => {
  const raster = numbered();
  const before = raster.data.slice();
  pasteRaster(raster, newRaster({ x: 3, y: 3, width: 9, height: 9 }, 4));
  expect(raster.data).toEqual(before);
});
