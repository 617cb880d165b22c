/**
 * Noise tables of the variance-preserving process: betas (Ho et al. 2020; Rombach et al. 2022; Nichol and Dhariwal 2021) and
 * what follows from them. Rounded to float32 where torch holds float32; the cumulative product runs in double and each value is
 * rounded, as torch's does on the CPU.
 */
import { AppError } from '../../shared/contract/errors.ts';
import { at, linspace } from './numeric.ts';

export interface BetaConfig {
  num_train_timesteps: number;
  beta_start: number;
  beta_end: number;
  beta_schedule: 'linear' | 'scaled_linear' | 'squaredcos_cap_v2' | 'exp';
  trained_betas: readonly number[] | null;
  rescale_betas_zero_snr?: boolean;
}

/** Greatest beta of the cosine schedules, which would reach 1 at the end. */
const MAX_BETA = 0.999;

function betasForAlphaBar(count: number, alphaBar: (time: number) => number): Float32Array {
  return Float32Array.from({ length: count }, (_, index) =>
    Math.min(1 - alphaBar((index + 1) / count) / alphaBar(index / count), MAX_BETA),
  );
}

/** betas[t], float32. */
export function betaTable(config: BetaConfig): Float32Array {
  const { num_train_timesteps: count, beta_start: start, beta_end: end } = config;
  if (config.trained_betas !== null) return Float32Array.from(config.trained_betas);
  switch (config.beta_schedule) {
    case 'linear':
      return Float32Array.from(linspace(Math.fround(start), Math.fround(end), count));
    case 'scaled_linear':
      return Float32Array.from(
        linspace(Math.fround(Math.sqrt(start)), Math.fround(Math.sqrt(end)), count),
        (root) => Math.fround(root) ** 2,
      );
    case 'squaredcos_cap_v2':
      return betasForAlphaBar(count, (time) => Math.cos((((time + 0.008) / 1.008) * Math.PI) / 2) ** 2);
    case 'exp':
      return betasForAlphaBar(count, (time) => Math.exp(-12 * time));
  }
}

function cumulativeAlphas(betas: Float32Array): Float32Array {
  let product = 1;
  return betas.map((beta) => (product *= Math.fround(1 - beta)));
}

/** "Common Diffusion Noise Schedules and Sample Steps are Flawed" (arXiv 2305.08891), algorithm 1: no signal at the last step. */
export function rescaleZeroTerminalSnr(betas: Float32Array): Float32Array {
  const roots = cumulativeAlphas(betas).map((alpha) => Math.sqrt(alpha));
  const first = at(roots, 0);
  const last = at(roots, roots.length - 1);
  const scale = Math.fround(first / Math.fround(first - last));
  const squares = roots.map((root) => Math.fround(Math.fround(root - last) * scale) ** 2);
  return squares.map((square, index) => 1 - (index === 0 ? square : Math.fround(square / at(squares, index - 1))));
}

/**
 * alphas_cumprod[t], float32.
 * @param lastAlpha what replaces the final zero of a zero-SNR table in the classes that divide by it (2^-24, sigma 4096)
 */
export function alphasCumprod(config: BetaConfig, lastAlpha?: number): Float32Array {
  const betas = betaTable(config);
  if (config.rescale_betas_zero_snr !== true) return cumulativeAlphas(betas);
  const alphas = cumulativeAlphas(rescaleZeroTerminalSnr(betas));
  if (lastAlpha !== undefined) alphas[alphas.length - 1] = lastAlpha;
  return alphas;
}

/** sqrt((1 - a) / a) of each table entry, float32. */
export function sigmaTable(alphas: Float32Array): Float32Array {
  return alphas.map((alpha) => Math.sqrt(Math.fround(Math.fround(1 - alpha) / alpha)));
}

/** 2^-24: small enough for "no signal", large enough to divide by. */
export const NEARLY_ZERO_ALPHA = 2 ** -24;

/** The table length must be the number of training timesteps also when the betas were given. */
export function checkTable(alphas: Float32Array, trainTimesteps: number): void {
  if (alphas.length !== trainTimesteps) {
    throw new AppError('pack-invalid', `scheduler_config.json holds ${alphas.length} betas for ${trainTimesteps} training timesteps.`, {
      action: 'Correct trained_betas or num_train_timesteps.',
    });
  }
}
