/** From what a model predicts to the clean sample and the noise, and what may then be done to the clean sample. */
import { AppError } from '../../shared/contract/errors.ts';
import { combine, quantile } from './numeric.ts';

export type PredictionType = 'epsilon' | 'v_prediction' | 'sample';

export interface NoiseLevel {
  /** Scale of the clean sample in the noisy one. */
  alpha: number;
  /** Scale of the noise. */
  sigma: number;
}

/** Variance-preserving level of an alphas_cumprod entry: alpha^2 + sigma^2 = 1. */
export function vpLevel(alphaCumprod: number): NoiseLevel {
  return { alpha: Math.sqrt(alphaCumprod), sigma: Math.sqrt(1 - alphaCumprod) };
}

/** Clean sample; v as in Salimans and Ho 2022 (v = alpha noise - sigma x0). */
export function cleanSample(type: PredictionType, output: Float32Array, sample: Float32Array, { alpha, sigma }: NoiseLevel): Float32Array {
  switch (type) {
    case 'epsilon':
      if (alpha === 0) {
        throw new AppError(
          'model-mismatch',
          'At zero signal the noise says nothing about the picture: this schedule needs v or sample prediction.',
          {
            action: 'Turn rescale_betas_zero_snr off, or use a model trained for it.',
          },
        );
      }
      return combine([1 / alpha, sample], [-sigma / alpha, output]);
    case 'v_prediction':
      return combine([alpha, sample], [-sigma, output]);
    case 'sample':
      return output.slice();
  }
}

/** Noise. At sigma 0 a model that predicts the clean sample says nothing about it: zeros. */
export function noiseOf(type: PredictionType, output: Float32Array, sample: Float32Array, { alpha, sigma }: NoiseLevel): Float32Array {
  switch (type) {
    case 'epsilon':
      return output.slice();
    case 'v_prediction':
      return combine([alpha, output], [sigma, sample]);
    case 'sample':
      return sigma === 0 ? new Float32Array(sample.length) : combine([1 / sigma, sample], [-alpha / sigma, output]);
  }
}

/** Clean sample in the variance-exploding form of Euler and Heun, where the sample is x0 + sigma noise (Karras et al. 2022). */
export function cleanSampleOfSigma(
  type: PredictionType,
  output: Float32Array,
  sample: Float32Array,
  sigma: number,
  noiseSigma = sigma,
): Float32Array {
  switch (type) {
    case 'epsilon':
      return combine([1, sample], [-noiseSigma, output]);
    case 'v_prediction': {
      const square = sigma * sigma + 1;
      return combine([-sigma / Math.sqrt(square), output], [1 / square, sample]);
    }
    case 'sample':
      return output.slice();
  }
}

export interface ThresholdConfig {
  thresholding: boolean;
  dynamic_thresholding_ratio: number;
  sample_max_value: number;
}

/**
 * Dynamic thresholding (Saharia et al. 2022, Imagen): per item, values beyond the given quantile of |x| are clamped and the
 * rest scaled down by it. The order of the two clamps is torch.clamp's: a maximum below 1 wins.
 */
export function threshold(sample: Float32Array, config: ThresholdConfig, batch: number): Float32Array {
  const itemLength = sample.length / batch;
  const result = new Float32Array(sample.length);
  for (let item = 0; item < batch; item += 1) {
    const values = sample.subarray(item * itemLength, (item + 1) * itemLength);
    const size = quantile(values.map(Math.abs), config.dynamic_thresholding_ratio);
    const limit = Math.min(Math.max(size, 1), config.sample_max_value);
    values.forEach((value, index) => (result[item * itemLength + index] = Math.min(Math.max(value, -limit), limit) / limit));
  }
  return result;
}

export interface LimitConfig extends Partial<ThresholdConfig> {
  clip_sample?: boolean;
  clip_sample_range?: number;
}

/** Thresholding if on, else clipping if on. */
export function limited(sample: Float32Array, config: LimitConfig, batch: number): Float32Array {
  if (config.thresholding === true) {
    return threshold(
      sample,
      {
        thresholding: true,
        dynamic_thresholding_ratio: config.dynamic_thresholding_ratio ?? 0.995,
        sample_max_value: config.sample_max_value ?? 1,
      },
      batch,
    );
  }
  if (config.clip_sample !== true) return sample;
  const range = config.clip_sample_range ?? 1;
  return sample.map((value) => Math.min(Math.max(value, -range), range));
}
