/** Noise levels that do not follow the timesteps' spacing, and the timesteps that belong to them. */
import { betaQuantile } from './beta-quantile.ts';
import { at, linspace } from './numeric.ts';

export interface SigmaEnds {
  sigmaMin: number;
  sigmaMax: number;
}

/** Karras et al. 2022 (arXiv 2206.00364), equation 5. */
export function karrasSigmas({ sigmaMin, sigmaMax }: SigmaEnds, steps: number, rho = 7): number[] {
  const minRoot = sigmaMin ** (1 / rho);
  const maxRoot = sigmaMax ** (1 / rho);
  return linspace(0, 1, steps).map((ramp) => (maxRoot + ramp * (minRoot - maxRoot)) ** rho);
}

/** Even steps in log sigma. */
export function exponentialSigmas({ sigmaMin, sigmaMax }: SigmaEnds, steps: number): number[] {
  return linspace(Math.log(sigmaMax), Math.log(sigmaMin), steps).map(Math.exp);
}

/** "Beta Sampling is All You Need" (arXiv 2407.12173): quantiles of Beta(0.6, 0.6) between the ends. */
export function betaSigmas({ sigmaMin, sigmaMax }: SigmaEnds, steps: number, alpha = 0.6, beta = 0.6): number[] {
  return linspace(0, 1, steps).map((ramp) => sigmaMin + betaQuantile(1 - ramp, alpha, beta) * (sigmaMax - sigmaMin));
}

/**
 * Lu et al.'s uniform log-SNR steps (arXiv 2206.00927) with diffusers' rho of 1: linear in log sigma between the table's ends,
 * which are float32 logarithms there.
 */
export function luSigmas(logMin: number, logMax: number, steps: number): number[] {
  return linspace(0, 1, steps).map((ramp) => Math.exp(logMax + ramp * (logMin - logMax)));
}

export interface SigmaScheduleFlags {
  use_karras_sigmas: boolean;
  use_exponential_sigmas: boolean;
  use_beta_sigmas: boolean;
}

/** The schedule that is switched on, or null for none. */
export function chosenSigmas(flags: SigmaScheduleFlags, ends: SigmaEnds, steps: number): number[] | null {
  if (flags.use_karras_sigmas) return karrasSigmas(ends, steps);
  if (flags.use_exponential_sigmas) return exponentialSigmas(ends, steps);
  if (flags.use_beta_sigmas) return betaSigmas(ends, steps);
  return null;
}

/** Natural logarithms of a sigma table, float32 as NumPy gives them for a float32 table. */
export function logTable(sigmas: Float32Array): Float32Array {
  return sigmas.map((sigma) => Math.log(sigma));
}

/**
 * The fractional timestep whose sigma this is: linear interpolation in log sigma over the training table, clipped to it. The
 * logarithms are compared in float32, as NumPy 1 does, so that a level of the table gives its own timestep exactly: in double
 * (NumPy 2) the noisiest level may fall a millionth short of 999 and be truncated to 998.
 * @param logSigmas ascending, one per training timestep
 */
export function sigmaToTimestep(sigma: number, logSigmas: Float32Array): number {
  const logSigma = Math.fround(Math.log(Math.max(sigma, 1e-10)));
  const highest = logSigmas.length - 2;
  if (highest < 0) return 0;
  let low = 0;
  let high = logSigmas.length - 1;
  // The last entry that is not above.
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (at(logSigmas, middle) <= logSigma) low = middle;
    else high = middle - 1;
  }
  low = Math.min(low, highest);
  const lowLog = at(logSigmas, low);
  const share = Math.fround(Math.fround(lowLog - logSigma) / Math.fround(lowLog - at(logSigmas, low + 1)));
  const weight = Math.min(Math.max(share, 0), 1);
  return (1 - weight) * low + weight * (low + 1);
}
