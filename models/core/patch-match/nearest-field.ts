/**
 * PatchMatch (Barnes et al., "PatchMatch: A Randomized Correspondence Algorithm for Structural Image Editing", 2009): for
 * every target pixel the known place whose surroundings look most like its own. Targets and sources lie in one picture.
 * Deterministic for a seed.
 */
import type { Size } from '../../../shared/domain/geometry.ts';

/** Values of each pixel that are compared, interleaved: `channels` is fixed so that the inner loop can be unrolled. */
export const featureChannels = 4;

export interface PatchProblem extends Size {
  /** height × width × 4, already scaled by how much each counts. Changed by the caller between passes. */
  features: Float32Array;
  /** Only every `stride`-th pixel of a row, and row, is matched; those between follow it. */
  stride: number;
  /** Pixels (y * width + x), on that grid, to find a place for, in rows from top to bottom. */
  targets: Int32Array;
  /** Of each cell of the grid, in rows: its place in `targets`, or -1. ceil(width / stride) cells a row. */
  numbers: Int32Array;
  /** Pixels whose patch may be copied; their whole patch lies inside the picture. At least one. */
  sources: Int32Array;
  /** 1 at sources, over the picture. */
  isSource: Uint8Array;
  /** Patches are 2 * radius + 1 wide. */
  radius: number;
  /** Added to the cost of each source, over the picture; 0 or more. */
  sourceCost: Float32Array;
  /** Added per pixel of distance between target and source, in units of the summed squared differences: texture nearby fits better. */
  distanceCost: number;
}

export interface NearestField {
  /** Source pixel of each target, by the target's number. */
  match: Int32Array;
  /** Its cost. */
  cost: Float32Array;
}

/** A small generator whose state is a plain number: it runs millions of times. Values 0..1. */
function fastRandom(seed: number): () => number {
  let state = (Math.imul(seed + 1, 0x9e3779b1) ^ 0x5bd1e995) | 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 4_294_967_296;
  };
}

/** Cost of copying the patch at `source` to `target`; stops early, with a value of at least `limit`, once it is no better. */
export function patchCost(problem: PatchProblem, target: number, source: number, limit: number): number {
  const { width, height, features, radius, distanceCost } = problem;
  const tx = target % width;
  const ty = (target - tx) / width;
  const sx = source % width;
  const sy = (source - sx) / width;
  let sum = (problem.sourceCost[source] ?? 0) + distanceCost * Math.sqrt((tx - sx) * (tx - sx) + (ty - sy) * (ty - sy));
  // The target's patch may reach over the picture's edge: compared is what is inside, made up to a full patch.
  const left = Math.max(-radius, -tx);
  const right = Math.min(radius, width - 1 - tx);
  const top = Math.max(-radius, -ty);
  const bottom = Math.min(radius, height - 1 - ty);
  const side = 2 * radius + 1;
  const scale = (side * side) / ((right - left + 1) * (bottom - top + 1));
  for (let dy = top; dy <= bottom; dy += 1) {
    let t = (target + dy * width + left) * featureChannels;
    let s = (source + dy * width + left) * featureChannels;
    let row = 0;
    for (let dx = left; dx <= right; dx += 1) {
      const d0 = (features[t] ?? 0) - (features[s] ?? 0);
      const d1 = (features[t + 1] ?? 0) - (features[s + 1] ?? 0);
      const d2 = (features[t + 2] ?? 0) - (features[s + 2] ?? 0);
      const d3 = (features[t + 3] ?? 0) - (features[s + 3] ?? 0);
      row += d0 * d0 + d1 * d1 + d2 * d2 + d3 * d3;
      t += featureChannels;
      s += featureChannels;
    }
    sum += row * scale;
    if (sum >= limit) return sum;
  }
  return sum;
}

/** Sources drawn at random, a few tries each, the best kept. */
export function randomField(problem: PatchProblem, seed: number, tries = 4): NearestField {
  const { targets, sources } = problem;
  const random = fastRandom(seed);
  const match = new Int32Array(targets.length);
  const cost = new Float32Array(targets.length).fill(Infinity);
  for (let index = 0; index < targets.length; index += 1) {
    const target = targets[index] ?? 0;
    for (let attempt = 0; attempt < tries; attempt += 1) {
      const source = sources[Math.floor(random() * sources.length)] ?? 0;
      const found = patchCost(problem, target, source, cost[index] ?? Infinity);
      if (found < (cost[index] ?? Infinity)) {
        cost[index] = found;
        match[index] = source;
      }
    }
  }
  return { match, cost };
}

/** Costs anew, after features changed. */
export function refreshCosts(problem: PatchProblem, field: NearestField): void {
  for (let index = 0; index < problem.targets.length; index += 1) {
    field.cost[index] = patchCost(problem, problem.targets[index] ?? 0, field.match[index] ?? 0, Infinity);
  }
}

/** The place that a pixel is copied from: as far from it as its cell's match is from its cell. -1 where nothing is matched. */
export function placeOf({ width, stride, numbers }: PatchProblem, { match }: NearestField, x: number, y: number): number {
  const column = Math.floor(x / stride);
  const row = Math.floor(y / stride);
  const number = numbers[row * Math.ceil(width / stride) + column] ?? -1;
  return number < 0 ? -1 : (match[number] ?? 0) + (y - row * stride) * width + (x - column * stride);
}

/**
 * One pass of propagation and random search, in rows downwards when `forward`, else upwards. Changes `field`.
 *
 * @param reach where the random search starts, in pixels around the present match; halved down to one
 */
export function improveField(problem: PatchProblem, field: NearestField, options: { forward: boolean; reach: number; seed: number }): void {
  const { width, height, stride, targets, numbers, isSource } = problem;
  const { match, cost } = field;
  const random = fastRandom(options.seed);
  const step = options.forward ? stride : -stride;
  const cells = Math.ceil(width / stride);
  const cellStep = options.forward ? 1 : -1;
  const count = targets.length;
  for (let turn = 0; turn < count; turn += 1) {
    const index = options.forward ? turn : count - 1 - turn;
    const target = targets[index] ?? 0;
    const x = target % width;
    const y = (target - x) / width;
    const cell = (y / stride) * cells + x / stride;
    let best = cost[index] ?? Infinity;
    let place = match[index] ?? 0;
    const consider = (source: number): void => {
      if (source === place || isSource[source] !== 1) return;
      const found = patchCost(problem, target, source, best);
      if (found < best) {
        best = found;
        place = source;
      }
    };
    const before = x - step;
    if (before >= 0 && before < width) {
      const neighbour = numbers[cell - cellStep] ?? -1;
      if (neighbour >= 0) {
        const source = (match[neighbour] ?? 0) + step;
        const column = source % width;
        // Not round the picture's edge into the next row.
        if (step > 0 ? column >= step : column < width + step) consider(source);
      }
    }
    const above = y - step;
    if (above >= 0 && above < height) {
      const neighbour = numbers[cell - cellStep * cells] ?? -1;
      if (neighbour >= 0) {
        const source = (match[neighbour] ?? 0) + step * width;
        if (source >= 0 && source < width * height) consider(source);
      }
    }
    for (let reach = options.reach; reach >= 1; reach = Math.floor(reach / 2)) {
      const px = (place % width) + Math.round((random() * 2 - 1) * reach);
      const py = Math.floor(place / width) + Math.round((random() * 2 - 1) * reach);
      if (px >= 0 && px < width && py >= 0 && py < height) consider(py * width + px);
    }
    cost[index] = best;
    match[index] = place;
  }
}
