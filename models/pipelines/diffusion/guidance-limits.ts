/** What keeps strong guidance from over-exposure: rescale (arXiv:2305.08891) and dynamic thresholding (arXiv:2205.11487). */
import { quantile } from '../../schedulers/numeric.ts';
import type { Sampler } from './sampler.ts';

/** What it takes to tell the clean latents from a prediction. */
export interface CleanSampleAt {
  /** The latents themselves, unscaled. */
  latents: Float32Array;
  level(): { alpha: number; sigma: number };
  prediction: Sampler['prediction'];
}

/** Standard deviation with divisor n - 1, as torch's. */
export function deviation(values: Float32Array): number {
  let sum = 0;
  for (const value of values) sum += value;
  const mean = sum / values.length;
  let squares = 0;
  for (const value of values) squares += (value - mean) ** 2;
  return Math.sqrt(squares / (values.length - 1));
}

/** Equations 15 and 16 of arXiv:2305.08891: towards the deviation of the prompt's own prediction. `guided` is changed. */
export function rescaleGuidance(guided: Float32Array, positive: Float32Array, rescale: number): void {
  const wide = deviation(guided);
  if (wide === 0) return;
  const factor = rescale * (deviation(positive) / wide) + (1 - rescale);
  for (let index = 0; index < guided.length; index += 1) guided[index] = (guided[index] as number) * factor;
}

/**
 * Dynamic thresholding of the clean latents: values beyond the percentile are cut there and all are scaled back to what the
 * prompt's own prediction reaches at that percentile. In Imagen that natural reach is the pixels' 1; latents have no
 * such bound, so the unguided prediction gives it. `guided` is changed.
 */
export function thresholdGuidance(guided: Float32Array, positive: Float32Array, call: CleanSampleAt, percentile: number): void {
  const level = call.level();
  const norm = Math.hypot(level.alpha, level.sigma);
  const alpha = level.alpha / norm;
  const sigma = level.sigma / norm;
  const { prediction } = call;
  if (sigma === 0 || (prediction === 'epsilon' && alpha === 0)) return;
  const clean = (output: number, sample: number): number => {
    switch (prediction) {
      case 'epsilon':
        return (sample / norm - sigma * output) / alpha;
      case 'v_prediction':
        return alpha * (sample / norm) - sigma * output;
      case 'sample':
        return output;
      case 'flow':
        return sample - level.sigma * output;
    }
  };
  const output = (value: number, sample: number): number => {
    switch (prediction) {
      case 'epsilon':
        return (sample / norm - alpha * value) / sigma;
      case 'v_prediction':
        return (alpha * (sample / norm) - value) / sigma;
      case 'sample':
        return value;
      case 'flow':
        return (sample - value) / level.sigma;
    }
  };
  const sampleAt = (index: number): number => call.latents[index] as number;
  const values = guided.map((value, index) => clean(value, sampleAt(index)));
  const reach = quantile(values.map(Math.abs), percentile);
  const natural = quantile(
    positive.map((value, index) => Math.abs(clean(value, sampleAt(index)))),
    percentile,
  );
  if (!(reach > natural)) return;
  for (let index = 0; index < guided.length; index += 1) {
    const cut = Math.min(reach, Math.max(-reach, values[index] as number));
    guided[index] = output((cut * natural) / reach, sampleAt(index));
  }
}
