/**
 * Optimal transport between two clouds of points in space, by iterative sliced transport (Pitié, Kokaram and Dahyot,
 * "Automated colour grading using colour distribution transfer", 2007): along three random orthogonal axes at a time, points
 * move to where the points of the same rank lie in the other cloud.
 */
import { seededGaussian } from './seeded-gaussian.ts';

type Axis = readonly [number, number, number];

/**
 * @param points three values a point
 * @param target as many points, whose distribution is wanted
 * @param rounds after some 10 to 20 the clouds lie on one another
 * @returns where each point goes, in the order of `points`
 */
export function slicedTransport(points: Float32Array, target: Float32Array, rounds: number, seed: number): Float32Array {
  const count = Math.min(points.length, target.length) / 3;
  const moved = points.slice(0, count * 3);
  const gaussian = seededGaussian(seed);
  const along = new Float32Array(count);
  const wanted = new Float32Array(count);
  const sorted = new Float32Array(count);
  const bits = new Uint32Array(sorted.buffer);
  const order = new Float64Array(count);
  for (let round = 0; round < rounds; round += 1) {
    const shift = new Float32Array(count * 3);
    for (const [x, y, z] of randomAxes(gaussian)) {
      for (let point = 0; point < count; point += 1) {
        const at = point * 3;
        along[point] = x * (moved[at] ?? 0) + y * (moved[at + 1] ?? 0) + z * (moved[at + 2] ?? 0);
        wanted[point] = x * (target[at] ?? 0) + y * (target[at + 1] ?? 0) + z * (target[at + 2] ?? 0);
      }
      wanted.sort();
      rank(along, sorted, bits, order);
      for (let place = 0; place < count; place += 1) {
        const point = (order[place] ?? 0) % count;
        const by = (wanted[place] ?? 0) - (along[point] ?? 0);
        shift[point * 3] = (shift[point * 3] ?? 0) + by * x;
        shift[point * 3 + 1] = (shift[point * 3 + 1] ?? 0) + by * y;
        shift[point * 3 + 2] = (shift[point * 3 + 2] ?? 0) + by * z;
      }
    }
    for (let index = 0; index < moved.length; index += 1) moved[index] = (moved[index] ?? 0) + (shift[index] ?? 0);
  }
  return moved;
}

/**
 * Fills `order` so that `order[place] % length` is the point of that rank. Keys are the numbers' bits, made to rise with them,
 * with the point's number behind: sorting numbers is many times faster than sorting indices by a comparison.
 */
function rank(values: Float32Array, copy: Float32Array, bits: Uint32Array, order: Float64Array): void {
  const count = values.length;
  copy.set(values);
  for (let point = 0; point < count; point += 1) {
    const own = bits[point] ?? 0;
    const rising = own >= 0x80000000 ? 0xffffffff - own : own + 0x80000000;
    order[point] = rising * count + point;
  }
  order.sort();
}

/** A random rotation's rows: Gaussian vectors made orthonormal. */
function randomAxes(gaussian: () => number): Axis[] {
  const draw = (): Axis => [gaussian(), gaussian(), gaussian()];
  const first = unit(draw());
  const third = unit(cross(first, draw()));
  return [first, cross(third, first), third];
}

function unit([x, y, z]: Axis): Axis {
  const length = Math.hypot(x, y, z) || 1;
  return [x / length, y / length, z / length];
}

const cross = ([a, b, c]: Axis, [x, y, z]: Axis): Axis => [b * z - c * y, c * x - a * z, a * y - b * x];
