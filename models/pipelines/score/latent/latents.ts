/** Arithmetic of latents. */
import { seededGaussian } from '../../../core/seeded-gaussian.ts';

/** Spherical interpolation (White, "Sampling Generative Networks", arXiv:1609.04468); both ends are exact. */
export function slerp(from: Float32Array, to: Float32Array, share: number): Float32Array {
  if (share <= 0) return from.slice();
  if (share >= 1) return to.slice();
  const lengths = Math.hypot(...from) * Math.hypot(...to);
  const cosine = lengths === 0 ? 1 : from.reduce((sum, value, index) => sum + value * (to[index] ?? 0), 0) / lengths;
  const angle = Math.acos(Math.min(1, Math.max(-1, cosine)));
  const sine = Math.sin(angle);
  // Nearly the same or opposite directions have no circle of their own.
  const [own, other] = sine < 1e-4 ? [1 - share, share] : [Math.sin((1 - share) * angle) / sine, Math.sin(share * angle) / sine];
  return from.map((value, index) => own * value + other * (to[index] ?? 0));
}

/** FNV-1a: equal bars are moved alike, so that what repeats goes on repeating. */
export function hashOf(values: Iterable<number>): number {
  let hash = 0x811c_9dc5;
  for (const value of values) hash = Math.imul(hash ^ (Math.round(value * 1024) & 0xffff), 0x0100_0193);
  return hash >>> 0;
}

/** Where a latent goes. @param content of its bar: equal bars give equal numbers */
export type Move = (latent: Float32Array, content: number, kind: 'bar' | 'drums') => Float32Array;

/**
 * Towards another draw from the prior: sqrt(1 - a^2) z + a e keeps the variance of latents. a = 0 is z itself.
 * @param boldness scale of the noise
 */
export function varied(seed: number, amount: number, boldness: number): Move {
  return (latent, content) => {
    const gaussian = seededGaussian((seed ^ content) >>> 0);
    const kept = Math.sqrt(1 - amount ** 2);
    return latent.map((value) => kept * value + amount * boldness * gaussian());
  };
}

/** Deviations of real bars that the edge of the map lies away. */
const reach = 2.5;

interface Axes {
  bar: readonly [readonly number[], readonly number[]];
  drums: readonly [readonly number[], readonly number[]];
}

/** Over the plane of two axes, turned by an angle that the seed gives. */
export function onMap(seed: number, x: number, y: number, axes: Axes): Move {
  const angle = (2 * Math.PI * (Math.imul(seed, 0x9e37_79b1) >>> 0)) / 2 ** 32;
  const along = reach * (x * Math.cos(angle) - y * Math.sin(angle));
  const across = reach * (x * Math.sin(angle) + y * Math.cos(angle));
  return (latent, _content, kind) => {
    const [first, second] = axes[kind];
    return latent.map((value, index) => value + along * (first[index] ?? 0) + across * (second[index] ?? 0));
  };
}
