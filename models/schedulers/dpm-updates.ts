/**
 * The transitions of multistep DPM-Solver (Lu et al., arXiv 2206.00927), DPM-Solver++ and its SDE form (arXiv 2211.01095), as
 * weights of the sample, of the divided differences of the model's predictions, and of fresh noise. The third-order weights are the
 * published ones (half the exact integral for D2, and -0.5 in the SDE form), which other programs share.
 */
import { combine, type Term } from './numeric.ts';
import type { LambdaLevel } from './solver-scheduler.ts';

export type Algorithm = 'dpmsolver++' | 'sde-dpmsolver++' | 'dpmsolver' | 'sde-dpmsolver';

export interface Transition {
  algorithm: Algorithm;
  solverType: 'midpoint' | 'heun';
  /** Level aimed at, then the levels of the predictions, newest first; as many predictions as the order. */
  target: LambdaLevel;
  levels: readonly LambdaLevel[];
  /** Clean samples for the ++ algorithms, noise for the others, newest first. */
  predictions: readonly Float32Array[];
  sample: Float32Array;
  /** For the SDE algorithms. */
  noise: Float32Array | null;
}

interface Weights {
  sample: number;
  zeroth: number;
  first: number;
  second: number;
  noise: number;
}

/** Weights of sample, D0, D1, D2 and noise for a step of h in lambda. Order decides only whether D1 has its exact weight. */
function weightsOf(transition: Transition, from: LambdaLevel, h: number, order: number): Weights {
  const { target } = transition;
  // Second order: "midpoint" approximates D1's weight by half of D0's; "heun" and third order use the exact integral.
  const halves = order === 2 && transition.solverType === 'midpoint';
  switch (transition.algorithm) {
    case 'dpmsolver++': {
      const decay = Math.expm1(-h);
      return {
        sample: target.sigma / from.sigma,
        zeroth: -target.alpha * decay,
        first: target.alpha * (halves ? -0.5 * decay : decay / h + 1),
        second: -target.alpha * ((decay + h) / (h * h) - 0.5),
        noise: 0,
      };
    }
    case 'sde-dpmsolver++': {
      const gain = -Math.expm1(-2 * h);
      return {
        sample: (target.sigma / from.sigma) * Math.exp(-h),
        zeroth: target.alpha * gain,
        first: target.alpha * (halves ? 0.5 * gain : gain / (-2 * h) + 1),
        second: target.alpha * ((gain - 2 * h) / (2 * h) ** 2 - 0.5),
        noise: target.sigma * Math.sqrt(gain),
      };
    }
    case 'dpmsolver': {
      const growth = Math.expm1(h);
      return {
        sample: target.alpha / from.alpha,
        zeroth: -target.sigma * growth,
        first: -target.sigma * (halves ? 0.5 * growth : growth / h - 1),
        second: -target.sigma * ((growth - h) / (h * h) - 0.5),
        noise: 0,
      };
    }
    case 'sde-dpmsolver': {
      const growth = Math.expm1(h);
      return {
        sample: target.alpha / from.alpha,
        zeroth: -2 * target.sigma * growth,
        first: -target.sigma * (halves ? growth : 2 * (growth / h - 1)),
        second: 0,
        noise: target.sigma * Math.sqrt(Math.expm1(2 * h)),
      };
    }
  }
}

/** The sample at the target level. Order = number of predictions given, 1 to 3; a target without noise needs order 1. */
export function dpmTransition(transition: Transition): Float32Array {
  const { levels, predictions, sample, target, noise } = transition;
  const [from, before, oldest] = levels;
  const [m0, m1, m2] = predictions;
  if (from === undefined || m0 === undefined) throw new RangeError('a transition needs a prediction');
  const h = target.lambda - from.lambda;
  const terms: Term[] = [];
  let order = 1;
  if (before !== undefined && m1 !== undefined) {
    order = 2;
    const r0 = (from.lambda - before.lambda) / h;
    let d1 = combine([1 / r0, m0], [-1 / r0, m1]);
    if (oldest !== undefined && m2 !== undefined) {
      order = 3;
      const r1 = (before.lambda - oldest.lambda) / h;
      const older = combine([1 / r1, m1], [-1 / r1, m2]);
      const weights = weightsOf(transition, from, h, order);
      terms.push([weights.second, combine([1 / (r0 + r1), d1], [-1 / (r0 + r1), older])]);
      const extrapolation = r0 / (r0 + r1);
      d1 = combine([1 + extrapolation, d1], [-extrapolation, older]);
    }
    terms.push([weightsOf(transition, from, h, order).first, d1]);
  }
  const weights = weightsOf(transition, from, h, order);
  terms.push([weights.sample, sample], [weights.zeroth, m0]);
  if (noise !== null) terms.push([weights.noise, noise]);
  return combine(...terms);
}
