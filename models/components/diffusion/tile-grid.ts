/** Overlapping tiles over a plane, and how they are blended back: separable ramps that sum to one everywhere. */
import type { Size } from '../../../shared/domain/geometry.ts';
import { newPlanes, planeOf, type Planes } from '../../core/planes.ts';

export interface AxisTile {
  start: number;
  length: number;
  /** One for each place of the tile's output; over all tiles of the axis they sum to one at every place. */
  weights: Float32Array;
}

/**
 * Tiles of one length along an axis, evenly spaced. A side no longer than a tile is one tile of the side's own length.
 * @param overlap places that neighbours share at least
 * @param stretch places of the output for one of the axis
 */
export function axisTiles(side: number, tile: number, overlap: number, stretch = 1): AxisTile[] {
  if (side <= tile) return [{ start: 0, length: side, weights: new Float32Array(side * stretch).fill(1) }];
  const count = Math.ceil((side - overlap) / (tile - overlap));
  const starts = Array.from({ length: count }, (_value, index) => Math.round((index * (side - tile)) / (count - 1)));
  const sums = new Float32Array(side * stretch);
  const length = tile * stretch;
  const tiles = starts.map((start, index): AxisTile => {
    const before = index === 0 ? 0 : ((starts[index - 1] ?? 0) + tile - start) * stretch;
    const after = index === count - 1 ? 0 : (start + tile - (starts[index + 1] ?? 0)) * stretch;
    const weights = new Float32Array(length);
    for (let place = 0; place < length; place += 1) {
      const fromStart = before === 0 ? 1 : Math.min(1, (place + 0.5) / before);
      const fromEnd = after === 0 ? 1 : Math.min(1, (length - place - 0.5) / after);
      weights[place] = Math.min(fromStart, fromEnd);
      sums[start * stretch + place] = (sums[start * stretch + place] ?? 0) + (weights[place] ?? 0);
    }
    return { start, length: tile, weights };
  });
  for (const { start, weights } of tiles) {
    for (let place = 0; place < length; place += 1) weights[place] = (weights[place] ?? 0) / (sums[start * stretch + place] ?? 1);
  }
  return tiles;
}

/** A part of a plane; it lies inside. */
export function cutOut(planes: Planes, left: number, top: number, size: Size): Planes {
  if (left === 0 && top === 0 && size.width === planes.width && size.height === planes.height) return planes;
  const result = newPlanes(size, planes.channels);
  for (let channel = 0; channel < planes.channels; channel += 1) {
    const from = planeOf(planes, channel);
    const to = planeOf(result, channel);
    for (let y = 0; y < size.height; y += 1) {
      const start = (top + y) * planes.width + left;
      to.set(from.subarray(start, start + size.width), y * size.width);
    }
  }
  return result;
}

/** Adds a tile at its place, weighted along both axes. */
export function addTile(sum: Planes, tile: Planes, left: number, top: number, across: Float32Array, down: Float32Array): void {
  for (let channel = 0; channel < sum.channels; channel += 1) {
    const from = planeOf(tile, channel);
    const to = planeOf(sum, channel);
    for (let y = 0; y < tile.height; y += 1) {
      const weight = down[y] ?? 0;
      let target = (top + y) * sum.width + left;
      let source = y * tile.width;
      for (let x = 0; x < tile.width; x += 1) {
        to[target] = (to[target] ?? 0) + (from[source] ?? 0) * weight * (across[x] ?? 0);
        target += 1;
        source += 1;
      }
    }
  }
}
