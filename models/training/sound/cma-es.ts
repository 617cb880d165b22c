/** Covariance matrix adaptation with a diagonal matrix: sep-CMA-ES (Ros and Hansen, "A Simple Modification in CMA-ES", PPSN 2008). */
import { Noise } from '../../audio/dsp/noise.ts';

export interface Found {
  point: number[];
  loss: number;
  evaluations: number;
}

/**
 * Minimises over the unit cube; points outside are brought back to its edge.
 * @param start each 0..1
 */
export function minimise(loss: (point: readonly number[]) => number, start: readonly number[], options: { generations: number; seed: number; sigma?: number }): Found {
  const size = start.length;
  const children = 4 + Math.floor(3 * Math.log(size));
  const parents = Math.floor(children / 2);
  const raw = Array.from({ length: parents }, (_, rank) => Math.log(parents + 0.5) - Math.log(rank + 1));
  const sum = raw.reduce((total, weight) => total + weight, 0);
  const weights = raw.map((weight) => weight / sum);
  const effective = 1 / weights.reduce((total, weight) => total + weight ** 2, 0);
  const stepRate = (effective + 2) / (size + effective + 3);
  const stepDamping = 1 + stepRate + 2 * Math.max(0, Math.sqrt((effective - 1) / (size + 1)) - 1);
  const pathRate = 4 / (size + 4);
  const rankOne = (2 / (size + Math.SQRT2) ** 2) * ((size + 2) / 3);
  const rankMany = Math.min(1 - rankOne, ((2 * (effective - 2 + 1 / effective)) / ((size + 2) ** 2 + effective)) * ((size + 2) / 3));
  const usual = Math.sqrt(size) * (1 - 1 / (4 * size) + 1 / (21 * size ** 2));
  const noise = new Noise(options.seed);
  let mean = [...start];
  let sigma = options.sigma ?? 0.2;
  let variances = start.map(() => 1);
  let stepPath = start.map(() => 0);
  let path = start.map(() => 0);
  let best: Found = { point: mean, loss: loss(mean), evaluations: 1 };
  for (let generation = 0; generation < options.generations; generation += 1) {
    const tried = Array.from({ length: children }, () => {
      const move = variances.map((variance) => Math.sqrt(variance) * noise.normal());
      const point = move.map((value, axis) => Math.min(1, Math.max(0, (mean[axis] ?? 0) + sigma * value)));
      return { point, loss: loss(point) };
    }).toSorted((a, b) => a.loss - b.loss);
    const [first] = tried;
    best = { ...(first !== undefined && first.loss < best.loss ? first : best), evaluations: best.evaluations + children };
    const before = mean;
    mean = mean.map((_, axis) => weights.reduce((total, weight, rank) => total + weight * (tried[rank]?.point[axis] ?? 0), 0));
    const moved = mean.map((value, axis) => (value - (before[axis] ?? 0)) / sigma);
    stepPath = stepPath.map((value, axis) => (1 - stepRate) * value + (Math.sqrt(stepRate * (2 - stepRate) * effective) * (moved[axis] ?? 0)) / Math.sqrt(variances[axis] ?? 1));
    path = path.map((value, axis) => (1 - pathRate) * value + Math.sqrt(pathRate * (2 - pathRate) * effective) * (moved[axis] ?? 0));
    variances = variances.map((variance, axis) => {
      const many = weights.reduce((total, weight, rank) => total + weight * (((tried[rank]?.point[axis] ?? 0) - (before[axis] ?? 0)) / sigma) ** 2, 0);
      return Math.max(1e-6, (1 - rankOne - rankMany) * variance + rankOne * (path[axis] ?? 0) ** 2 + rankMany * many);
    });
    sigma = Math.min(0.5, Math.max(1e-4, sigma * Math.exp((stepRate / stepDamping) * (Math.hypot(...stepPath) / usual - 1))));
  }
  return best;
}
