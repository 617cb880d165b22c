/** Second-order filters: designs of the "Audio EQ Cookbook" (R. Bristow-Johnson), run in transposed direct form II. */

/** y = b0 x + b1 x' + b2 x'' - a1 y' - a2 y''. */
export interface BiquadCoefficients {
  b0: number;
  b1: number;
  b2: number;
  a1: number;
  a2: number;
}

export type BiquadKind = 'lowpass' | 'highpass' | 'bandpass' | 'peak' | 'low-shelf' | 'high-shelf';

/**
 * @param frequencyHz kept below 0.49 of the sample rate
 * @param q of the resonance; 0.707 is flattest. The band-pass has 0 dB at its middle.
 * @param gainDb of peak and shelves
 */
export function designBiquad(kind: BiquadKind, sampleRate: number, frequencyHz: number, q = Math.SQRT1_2, gainDb = 0): BiquadCoefficients {
  const omega = (2 * Math.PI * Math.min(frequencyHz, sampleRate * 0.49)) / sampleRate;
  const cosine = Math.cos(omega);
  const alpha = Math.sin(omega) / (2 * q);
  const gain = 10 ** (gainDb / 40);
  const normal = (b0: number, b1: number, b2: number, a0: number, a1: number, a2: number): BiquadCoefficients => ({
    b0: b0 / a0,
    b1: b1 / a0,
    b2: b2 / a0,
    a1: a1 / a0,
    a2: a2 / a0,
  });
  switch (kind) {
    case 'lowpass':
      return normal((1 - cosine) / 2, 1 - cosine, (1 - cosine) / 2, 1 + alpha, -2 * cosine, 1 - alpha);
    case 'highpass':
      return normal((1 + cosine) / 2, -(1 + cosine), (1 + cosine) / 2, 1 + alpha, -2 * cosine, 1 - alpha);
    case 'bandpass':
      return normal(alpha, 0, -alpha, 1 + alpha, -2 * cosine, 1 - alpha);
    case 'peak':
      return normal(1 + alpha * gain, -2 * cosine, 1 - alpha * gain, 1 + alpha / gain, -2 * cosine, 1 - alpha / gain);
    case 'low-shelf':
    case 'high-shelf': {
      const sign = kind === 'low-shelf' ? -1 : 1;
      const slope = 2 * Math.sqrt(gain) * alpha;
      const plus = gain + 1 + sign * (gain - 1) * cosine;
      const minus = gain + 1 - sign * (gain - 1) * cosine;
      return normal(
        gain * (plus + slope),
        -2 * sign * gain * (gain - 1 + sign * (gain + 1) * cosine),
        gain * (plus - slope),
        minus + slope,
        2 * sign * (gain - 1 - sign * (gain + 1) * cosine),
        minus - slope,
      );
    }
  }
}

export class Biquad {
  #coefficients: BiquadCoefficients;
  #s1 = 0;
  #s2 = 0;

  constructor(coefficients: BiquadCoefficients) {
    this.#coefficients = coefficients;
  }

  set coefficients(coefficients: BiquadCoefficients) {
    this.#coefficients = coefficients;
  }

  step(input: number): number {
    const { b0, b1, b2, a1, a2 } = this.#coefficients;
    const output = b0 * input + this.#s1;
    this.#s1 = b1 * input - a1 * output + this.#s2;
    this.#s2 = b2 * input - a2 * output;
    return output;
  }

  /** Filters a stretch in place. Tiny states are dropped: denormal numbers are slow. */
  process(samples: Float32Array, from = 0, to = samples.length): void {
    const { b0, b1, b2, a1, a2 } = this.#coefficients;
    let s1 = this.#s1;
    let s2 = this.#s2;
    for (let index = from; index < to; index += 1) {
      const input = samples[index] ?? 0;
      const output = b0 * input + s1;
      s1 = b1 * input - a1 * output + s2;
      s2 = b2 * input - a2 * output;
      samples[index] = output;
    }
    this.#s1 = Math.abs(s1) < 1e-20 ? 0 : s1;
    this.#s2 = Math.abs(s2) < 1e-20 ? 0 : s2;
  }
}
