import type { Rect } from '../../../../shared/domain/geometry.ts';
import { newRaster, type Raster } from '../region.ts';

/** Mulberry32: the same numbers, 0..1, for the same seed. */
export function randomSource(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function randomMask(random: () => number, rect: Rect, value: () => number): Raster<1> {
  const mask = newRaster(rect, 1);
  for (let i = 0; i < mask.data.length; i += 1) mask.data[i] = random() < 0.15 ? value() : 0;
  return mask;
}

/** 0 outside. */
export function valueAt(mask: Raster<1> | null, x: number, y: number): number {
  if (mask === null || x < mask.x || y < mask.y || x >= mask.x + mask.width || y >= mask.y + mask.height) return 0;
  return mask.data[(y - mask.y) * mask.width + x - mask.x] ?? 0;
}
