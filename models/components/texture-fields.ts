/**
 * The basis fields the texture decoder composes: smooth noise of five scales, fibres, cells, pebbles and regular waves,
 * drawn on a torus from a seed. The same as models/training/texture/textures.py (Field.channels), value for value.
 */
import { seededGaussian } from '../core/seeded-gaussian.ts';

export const fieldCount = 44;
/** Pixels that the decoder's unpadded convolutions take away on each side. */
export const fieldHalo = 2;

/** Pixels a cell and channels of each level of noise, coarse to fine. */
const levels = [
  { stride: 16, channels: 6 },
  { stride: 8, channels: 3 },
  { stride: 4, channels: 2 },
  { stride: 2, channels: 2 },
  { stride: 1, channels: 2 },
] as const;
const periods = [8, 16, 32, 64] as const;

/** One channel of one level: side*side values, row-major. */
type Grid = Float32Array;
/** noise[level][channel] */
export type FieldNoise = readonly (readonly Grid[])[];

/** Interpolated noise, in channel order: which grid, enlarged by how much, times what. */
interface SmoothTerm {
  grid: Grid;
  stride: number;
  weight: number;
}

export interface FieldSource {
  sizePx: number;
  /** Channels 0..15, each a sum of enlarged grids. */
  smooth: readonly (readonly SmoothTerm[])[];
  cells16: CellValues;
  cells8: CellValues;
}

/** Per cell of a jittered grid: the point's offset from the cell's corner in cells, and what the cell carries. */
interface CellValues {
  side: number;
  x: Float32Array;
  y: Float32Array;
  value: Float32Array;
  /** For pebbles; empty for the finer grid. */
  pebbleX: Float32Array;
  pebbleY: Float32Array;
  radius: Float32Array;
  order: Grid;
  pebbleValue: Float32Array;
}

/** @param sizePx side of the tile, a multiple of 64 */
export function drawFieldNoise(sizePx: number, seed: number): FieldNoise {
  return levels.map(({ stride, channels }, level) => {
    // One stream for each level, so that a coarse layout does not depend on how many numbers the others take.
    const gaussian = seededGaussian((seed ^ Math.imul(level + 1, 0x9e3779b1)) >>> 0);
    return Array.from({ length: channels }, () => {
      const grid = new Float32Array((sizePx / stride) ** 2);
      for (let at = 0; at < grid.length; at += 1) grid[at] = gaussian();
      return grid;
    });
  });
}

export function prepareFields(sizePx: number, noise: FieldNoise): FieldSource {
  const grid = (level: number, channel: number): Grid => noise[level]?.[channel] ?? new Float32Array(0);
  const plain = (level: number, channel: number): SmoothTerm[] => [
    { grid: grid(level, channel), stride: levels[level]?.stride ?? 1, weight: 1 },
  ];
  const along = (level: number, channel: number, dx: number, dy: number): Grid =>
    drawnOut(grid(level, channel), sizePx / (levels[level]?.stride ?? 1), dx, dy);
  const fibre = (dx: number, dy: number): SmoothTerm[] => [
    { grid: along(1, 2, dx, dy), stride: 8, weight: 0.5 },
    { grid: along(2, 1, dx, dy), stride: 4, weight: 0.6 },
    { grid: along(3, 1, dx, dy), stride: 2, weight: 0.8 },
  ];
  const diagonal = (way: 0 | 1): SmoothTerm[] => {
    const dx = way === 0 ? 1 : -1;
    return [
      { grid: along(4, way, dx, 1), stride: 1, weight: 0.7 / 1.2 },
      { grid: along(3, way, dx, 1), stride: 2, weight: 1 / 1.2 },
    ];
  };
  return {
    sizePx,
    smooth: [
      ...[0, 1, 2, 3].map((channel) => plain(0, channel)),
      ...[1, 2, 3, 4].flatMap((level) => [plain(level, 0), plain(level, 1)]),
      fibre(1, 0),
      fibre(0, 1),
      diagonal(0),
      diagonal(1),
    ],
    cells16: cellValues(sizePx / 16, noise[0] ?? []),
    cells8: cellValues(sizePx / 8, noise[1] ?? []),
  };
}

/** Each value becomes the sum of five along a line, over the root of five. */
function drawnOut(grid: Grid, side: number, dx: number, dy: number): Grid {
  const result = new Float32Array(grid.length);
  for (let y = 0; y < side; y += 1) {
    for (let x = 0; x < side; x += 1) {
      let sum = 0;
      for (let tap = -2; tap <= 2; tap += 1)
        sum += grid[((y - dy * tap + 2 * side) % side) * side + ((x - dx * tap + 2 * side) % side)] ?? 0;
      result[y * side + x] = sum / Math.sqrt(5);
    }
  }
  return result;
}

/** Standard normal to about uniform in 0..1. */
const uniform = (normal: number): number => 1 / (1 + Math.exp(-1.7 * normal));

function cellValues(side: number, channels: readonly Grid[]): CellValues {
  const from = (channel: number, map: (normal: number) => number): Float32Array => Float32Array.from(channels[channel] ?? [], map);
  return {
    side,
    x: from(0, () => 0).map((_, at) => 0.5 + 0.45 * Math.tanh(channels[1]?.[at] ?? 0)),
    y: from(0, (normal) => 0.5 + 0.45 * Math.tanh(normal)),
    value: from(2, uniform),
    pebbleX: from(1, (normal) => 0.5 + 0.3 * Math.tanh(normal)),
    pebbleY: from(0, (normal) => 0.5 + 0.3 * Math.tanh(normal)),
    radius: from(3, (normal) => 0.68 * (1 + 0.25 * Math.tanh(normal))),
    order: channels[4] ?? new Float32Array(0),
    pebbleValue: from(5, uniform),
  };
}

/**
 * Fields of rows firstRow-2 .. firstRow+rows+1 and columns -2 .. sizePx+1 of the torus.
 * @returns [44, rows+4, sizePx+4]
 */
export function fieldStrip(source: FieldSource, firstRow: number, rows: number): Float32Array {
  const { sizePx } = source;
  const width = sizePx + 2 * fieldHalo;
  const height = rows + 2 * fieldHalo;
  const plane = width * height;
  const data = new Float32Array(fieldCount * plane);
  source.smooth.forEach((terms, channel) => {
    for (const term of terms) addEnlarged(data, channel * plane, term, source, firstRow, height);
  });
  addCells(data, 16 * plane, plane, source.cells16, 16, source, firstRow, height);
  addCells(data, 19 * plane, plane, source.cells8, 8, source, firstRow, height);
  addConstants(data, 22 * plane, plane, source, firstRow, height);
  addWaves(data, 28 * plane, plane, source, firstRow, height);
  return data;
}

const wrapped = (at: number, size: number): number => ((at % size) + size) % size;

/** Keys' cubic with a = -0.75, pixel centres, as OpenCV has it; 1.35 gives the result about unit variance. */
function addEnlarged(
  into: Float32Array,
  offset: number,
  { grid, stride, weight }: SmoothTerm,
  { sizePx }: FieldSource,
  firstRow: number,
  height: number,
): void {
  const side = sizePx / stride;
  const width = sizePx + 2 * fieldHalo;
  if (stride === 1) {
    for (let row = 0; row < height; row += 1) {
      const from = wrapped(firstRow - fieldHalo + row, sizePx) * side;
      for (let column = 0; column < width; column += 1) {
        const at = offset + row * width + column;
        into[at] = (into[at] ?? 0) + weight * (grid[from + wrapped(column - fieldHalo, sizePx)] ?? 0);
      }
    }
    return;
  }
  const across = Array.from({ length: width }, (_, column) => taps(wrapped(column - fieldHalo, sizePx), stride, side));
  const blended = new Float32Array(side);
  for (let row = 0; row < height; row += 1) {
    const down = taps(wrapped(firstRow - fieldHalo + row, sizePx), stride, side);
    blended.fill(0);
    down.forEach(({ at, share }) => {
      for (let x = 0; x < side; x += 1) blended[x] = (blended[x] ?? 0) + share * (grid[at * side + x] ?? 0);
    });
    for (let column = 0; column < width; column += 1) {
      let sum = 0;
      for (const { at, share } of across[column] ?? []) sum += share * (blended[at] ?? 0);
      const to = offset + row * width + column;
      into[to] = (into[to] ?? 0) + weight * 1.35 * sum;
    }
  }
}

function taps(pixel: number, stride: number, side: number): { at: number; share: number }[] {
  const place = (pixel + 0.5) / stride - 0.5;
  const first = Math.floor(place);
  const t = place - first;
  const a = -0.75;
  const outer = (d: number): number => ((a * d - 5 * a) * d + 8 * a) * d - 4 * a;
  const inner = (d: number): number => ((a + 2) * d - (a + 3)) * d * d + 1;
  const shares = [outer(t + 1), inner(t), inner(1 - t)];
  const [one = 0, two = 0, three = 0] = shares;
  return [...shares, 1 - one - two - three].map((share, tap) => ({ at: wrapped(first - 1 + tap, side), share }));
}

/** Distance to the nearest point, gap to the second, the nearest one's value; for the coarse grid pebbles too (channels 25..27). */
function addCells(
  into: Float32Array,
  offset: number,
  plane: number,
  cells: CellValues,
  size: number,
  { sizePx }: FieldSource,
  firstRow: number,
  height: number,
): void {
  const width = sizePx + 2 * fieldHalo;
  const { side } = cells;
  const pebbles = size === 16;
  const pebbleOffset = offset + 9 * plane;
  for (let row = 0; row < height; row += 1) {
    const py = wrapped(firstRow - fieldHalo + row, sizePx) / size;
    const cellY = Math.floor(py);
    for (let column = 0; column < width; column += 1) {
      const px = wrapped(column - fieldHalo, sizePx) / size;
      const cellX = Math.floor(px);
      let first = 9;
      let second = 9;
      let value = 0;
      let top = -9;
      let dome = 0;
      let pebbleValue = 0;
      for (let dy = -1; dy <= 1; dy += 1) {
        const line = wrapped(cellY + dy, side) * side;
        for (let dx = -1; dx <= 1; dx += 1) {
          const cell = line + wrapped(cellX + dx, side);
          const qy = cellY + dy + (cells.y[cell] ?? 0) - py;
          const qx = cellX + dx + (cells.x[cell] ?? 0) - px;
          const distance = Math.sqrt(qy * qy + qx * qx);
          if (distance < first) {
            second = first;
            first = distance;
            value = cells.value[cell] ?? 0;
          } else if (distance < second) second = distance;
          if (!pebbles) continue;
          const ry = cellY + dy + (cells.pebbleY[cell] ?? 0) - py;
          const rx = cellX + dx + (cells.pebbleX[cell] ?? 0) - px;
          const near = Math.sqrt(ry * ry + rx * rx) / (cells.radius[cell] ?? 1);
          if (near < 1 && (cells.order[cell] ?? 0) > top) {
            top = cells.order[cell] ?? 0;
            dome = 1 - near * near;
            pebbleValue = cells.pebbleValue[cell] ?? 0;
          }
        }
      }
      const at = offset + row * width + column;
      into[at] = 2 * first - 1;
      into[at + plane] = 3 * (second - first) - 1;
      into[at + 2 * plane] = 2 * value - 1;
      if (!pebbles) continue;
      const to = pebbleOffset + row * width + column;
      into[to] = top > -8 ? 1 : -1;
      into[to + plane] = 2 * dome - 1;
      into[to + 2 * plane] = 2 * pebbleValue - 1;
    }
  }
}

/** A constant for each square of 16 px, of 32 px, and of 32 px begun 16 px to the left (for courses of bricks). */
function addConstants(
  into: Float32Array,
  offset: number,
  plane: number,
  { sizePx, cells16 }: FieldSource,
  firstRow: number,
  height: number,
): void {
  const width = sizePx + 2 * fieldHalo;
  const { side, value } = cells16;
  for (let row = 0; row < height; row += 1) {
    const y = wrapped(firstRow - fieldHalo + row, sizePx);
    for (let column = 0; column < width; column += 1) {
      const x = wrapped(column - fieldHalo, sizePx);
      const at = offset + row * width + column;
      into[at] = 2 * (value[(y >> 4) * side + (x >> 4)] ?? 0) - 1;
      into[at + plane] = 2 * (value[(y >> 5) * 2 * side + (x >> 5) * 2] ?? 0) - 1;
      into[at + 2 * plane] = 2 * (value[(y >> 5) * 2 * side + ((((x + 16) >> 5) * 2) % side)] ?? 0) - 1;
    }
  }
}

/** For each period: sine and cosine across, then down. */
function addWaves(into: Float32Array, offset: number, plane: number, { sizePx }: FieldSource, firstRow: number, height: number): void {
  const width = sizePx + 2 * fieldHalo;
  periods.forEach((period, index) => {
    const base = offset + index * 4 * plane;
    const waves = [Math.sin, Math.cos].map((wave) => Float32Array.from({ length: period }, (_, at) => wave((2 * Math.PI * at) / period)));
    waves.forEach((wave, which) => {
      for (let row = 0; row < height; row += 1) {
        const start = base + which * plane + row * width;
        for (let column = 0; column < width; column += 1) into[start + column] = wave[wrapped(column - fieldHalo, period)] ?? 0;
        const down = base + (2 + which) * plane + row * width;
        into.fill(wave[wrapped(firstRow - fieldHalo + row, period)] ?? 0, down, down + width);
      }
    });
  });
}
