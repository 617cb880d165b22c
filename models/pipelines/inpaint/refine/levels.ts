/** Matches of hole patches to known ones, from coarse to fine, guided by the model's smooth fill. */
import type { Size } from '../../../../shared/domain/geometry.ts';
import { gaussianBlur, wideBlur } from '../../../core/gaussian-blur.ts';
import {
  featureChannels,
  improveField,
  placeOf,
  patchCost,
  randomField,
  refreshCosts,
  type NearestField,
  type PatchProblem,
} from '../../../core/patch-match/nearest-field.ts';
import { newPlanes, type Planes } from '../../../core/planes.ts';
import { resize } from '../../../core/resize.ts';

/** Patches of 7 × 7. */
export const patchRadius = 3;
/** Cells of 2 × 2 pixels are copied whole: a quarter of the work, and copies that hold together. */
const stride = 2;

/**
 * How much the parts of a pixel count in a comparison. Light and colour say what belongs where; they are taken after a wide
 * blur, because the fill is smooth and would otherwise be like smooth places only. The detail, once there is some in the
 * hole, makes neighbouring copies continue each other.
 */
const weights = { light: 3, colour: 3, detail: 1.6 };
/** Of that wide blur, in pixels. */
const guideSigma = 9;
/** What being as far away as the picture is wide costs: texture nearby fits better. */
const distanceWeight = 0.02;
/** See plainness(). */
const plainWeight = 0.05;

export interface Level extends Size {
  /** Known pixels of the picture and the fill of the others, RGB. */
  composite: Planes;
  /** The same without detail finer than about `sigma`. */
  smooth: Planes;
  problem: PatchProblem;
  /** The pixels that get detail. */
  targetPixels: Int32Array;
  field: NearestField;
}

/** One level's picture; null when no known patch can be copied or nothing is to be filled. */
export function openLevel(composite: Planes, hole: Uint8Array, wanted: Uint8Array, sigma: number): Omit<Level, 'field'> | null {
  const { width, height } = composite;
  const count = width * height;
  const targetList: number[] = [];
  const pixels: number[] = [];
  const cells = Math.ceil(width / stride);
  const numbers = new Int32Array(cells * Math.ceil(height / stride)).fill(-1);
  for (let index = 0; index < count; index += 1) {
    if (hole[index] === 0 || wanted[index] === 0) continue;
    pixels.push(index);
    const x = index % width;
    const cell = Math.floor((index - x) / width / stride) * cells + Math.floor(x / stride);
    numbers[cell] = 0;
  }
  for (let cell = 0; cell < numbers.length; cell += 1) {
    if (numbers[cell] === -1) continue;
    numbers[cell] = targetList.length;
    const column = cell % cells;
    targetList.push(((cell - column) / cells) * stride * width + column * stride);
  }
  const { isSource, sources } = sourcesOf(hole, composite);
  if (targetList.length === 0 || sources.length === 0) return null;
  const smooth = gaussianBlur(composite, sigma);
  const guide = wideBlur(composite, guideSigma);
  const features = new Float32Array(count * featureChannels);
  for (let index = 0; index < count; index += 1) {
    const red = guide.data[index] ?? 0;
    const green = guide.data[count + index] ?? 0;
    const blue = guide.data[2 * count + index] ?? 0;
    const light = lightOf(red, green, blue);
    const at = index * featureChannels;
    features[at] = light * weights.light;
    features[at + 1] = (red - light) * weights.colour;
    features[at + 2] = (blue - light) * weights.colour;
  }
  const problem: PatchProblem = {
    width,
    height,
    features,
    stride,
    numbers,
    targets: Int32Array.from(targetList),
    sources,
    isSource,
    radius: patchRadius,
    sourceCost: plainness(composite, smooth, isSource),
    distanceCost: distanceWeight / Math.max(width, height),
  };
  return { width, height, composite, smooth, problem, targetPixels: Int32Array.from(pixels) };
}

export const lightOf = (red: number, green: number, blue: number): number => 0.299 * red + 0.587 * green + 0.114 * blue;

/** Pixels whose whole patch is known. */
function sourcesOf(hole: Uint8Array, { width, height }: Size): { isSource: Uint8Array; sources: Int32Array } {
  // Holes in the rectangle from the corner to each pixel: a patch is clear when its four corners say so.
  const sums = new Int32Array((width + 1) * (height + 1));
  for (let y = 0; y < height; y += 1) {
    let row = 0;
    for (let x = 0; x < width; x += 1) {
      row += hole[y * width + x] ?? 0;
      sums[(y + 1) * (width + 1) + x + 1] = (sums[y * (width + 1) + x + 1] ?? 0) + row;
    }
  }
  const isSource = new Uint8Array(width * height);
  const list: number[] = [];
  for (let y = patchRadius; y < height - patchRadius; y += 1) {
    const top = (y - patchRadius) * (width + 1);
    const bottom = (y + patchRadius + 1) * (width + 1);
    for (let x = patchRadius; x < width - patchRadius; x += 1) {
      const left = x - patchRadius;
      const right = x + patchRadius + 1;
      const holes = (sums[bottom + right] ?? 0) - (sums[bottom + left] ?? 0) - (sums[top + right] ?? 0) + (sums[top + left] ?? 0);
      if (holes > 0) continue;
      isSource[y * width + x] = 1;
      list.push(y * width + x);
    }
  }
  return { isSource, sources: Int32Array.from(list) };
}

/** The coarsest level: where things come from, first by the smooth fill alone, then with the copied detail as well. */
export async function matchCoarsest(open: Omit<Level, 'field'>, seed: number, pause: () => Promise<void>): Promise<Level> {
  const { problem } = open;
  const reach = Math.max(open.width, open.height);
  const level: Level = { ...open, field: randomField(problem, seed) };
  for (let pass = 0; pass < 4; pass += 1) {
    improveField(problem, level.field, { forward: pass % 2 === 0, reach, seed: seed + 1 + pass });
    await pause();
  }
  await settle(level, 4, reach, seed + 11, pause);
  return level;
}

/** A finer level: starts from the matches of the coarser one, twice as far apart. */
export async function matchFiner(
  open: Omit<Level, 'field'>,
  coarse: Level,
  passes: number,
  seed: number,
  pause: () => Promise<void>,
): Promise<Level> {
  const { width, height, problem } = open;
  const field: NearestField = { match: new Int32Array(problem.targets.length), cost: new Float32Array(problem.targets.length) };
  const fallback = randomField({ ...problem, targets: problem.targets.subarray(0, 1) }, seed, 1).match[0] ?? problem.sources[0] ?? 0;
  for (let index = 0; index < problem.targets.length; index += 1) {
    const target = problem.targets[index] ?? 0;
    const x = target % width;
    const y = (target - x) / width;
    const from = placeOf(coarse.problem, coarse.field, Math.min(coarse.width - 1, x >> 1), Math.min(coarse.height - 1, y >> 1));
    let place = index > 0 ? (field.match[index - 1] ?? fallback) : fallback;
    if (from >= 0) {
      const px = Math.min(width - 1 - patchRadius, Math.max(patchRadius, (from % coarse.width) * 2 + (x & 1)));
      const py = Math.min(height - 1 - patchRadius, Math.max(patchRadius, Math.floor(from / coarse.width) * 2 + (y & 1)));
      if (problem.isSource[py * width + px] === 1) place = py * width + px;
    }
    field.match[index] = place;
    field.cost[index] = patchCost(problem, target, place, Infinity);
  }
  const level: Level = { ...open, field };
  await settle(level, passes, 16, seed, pause);
  return level;
}

/** Copies detail by the matches, then looks for better ones with that detail in place, and so on. */
async function settle(level: Level, passes: number, reach: number, seed: number, pause: () => Promise<void>): Promise<void> {
  for (let pass = 0; pass < passes; pass += 1) {
    copyDetailToFeatures(level);
    refreshCosts(level.problem, level.field);
    improveField(level.problem, level.field, { forward: pass % 2 === 0, reach, seed: seed + pass });
    await pause();
  }
}

/**
 * Two grains that do not agree differ by twice their energy, grain and nothing by once: left alone, the search would drift to
 * the plainest patches and wash the texture out. So each source is charged for the energy its patch lacks.
 */
function plainness(composite: Planes, smooth: Planes, isSource: Uint8Array): Float32Array {
  const { width, height } = composite;
  const count = width * height;
  const energy = newPlanes(composite, 1);
  for (let index = 0; index < count; index += 1) energy.data[index] = detailOf(composite, smooth, index) ** 2 * weights.detail ** 2;
  const local = boxSum(energy.data, composite, patchRadius);
  let most = 0;
  for (let index = 0; index < count; index += 1) if (isSource[index] === 1) most = Math.max(most, local[index] ?? 0);
  return local.map((sum) => plainWeight * Math.max(0, most - sum));
}

/** Light of a pixel's detail. */
export function detailOf({ data, width, height }: Planes, smooth: Planes, index: number): number {
  const count = width * height;
  return lightOf(
    (data[index] ?? 0) - (smooth.data[index] ?? 0),
    (data[count + index] ?? 0) - (smooth.data[count + index] ?? 0),
    (data[2 * count + index] ?? 0) - (smooth.data[2 * count + index] ?? 0),
  );
}

/** Sums over squares of side 2 * radius + 1, cut at the edge. */
function boxSum(values: Float32Array, { width, height }: Size, radius: number): Float32Array {
  const rows = new Float32Array(values.length);
  const sums = new Float32Array(values.length);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      let sum = 0;
      for (let at = Math.max(0, x - radius); at <= Math.min(width - 1, x + radius); at += 1) sum += values[y * width + at] ?? 0;
      rows[y * width + x] = sum;
    }
  }
  for (let y = 0; y < height; y += 1) {
    for (let at = Math.max(0, y - radius); at <= Math.min(height - 1, y + radius); at += 1) {
      for (let x = 0; x < width; x += 1) sums[y * width + x] = (sums[y * width + x] ?? 0) + (rows[at * width + x] ?? 0);
    }
  }
  return sums;
}

function copyDetailToFeatures({ composite, smooth, problem, field, width, height, targetPixels }: Level): void {
  const count = width * height;
  const detail = (index: number): number => detailOf(composite, smooth, index) * weights.detail;
  for (let index = 0; index < count; index += 1) problem.features[index * featureChannels + 3] = detail(index);
  for (const index of targetPixels) {
    const place = placeOf(problem, field, index % width, Math.floor(index / width));
    problem.features[index * featureChannels + 3] = detail(place);
  }
}

/** Half as large; a coarse pixel is a hole when any of its four is. */
export function halve(
  composite: Planes,
  hole: Uint8Array,
  wanted: Uint8Array,
): { composite: Planes; hole: Uint8Array; wanted: Uint8Array } {
  const { width, height } = composite;
  const half = { width: Math.ceil(width / 2), height: Math.ceil(height / 2) };
  const smaller = (mask: Uint8Array): Uint8Array => {
    const result = new Uint8Array(half.width * half.height);
    for (let y = 0; y < height; y += 1) {
      for (let x = 0; x < width; x += 1) if (mask[y * width + x] === 1) result[(y >> 1) * half.width + (x >> 1)] = 1;
    }
    return result;
  };
  return { composite: resize(composite, half), hole: smaller(hole), wanted: smaller(wanted) };
}
