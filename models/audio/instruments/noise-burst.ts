/** Filtered noise that rises and dies away: hammers, breath, snares, hi-hats. */
import { Biquad, designBiquad, type BiquadKind } from '../dsp/biquad.ts';
import { decayFactor } from '../dsp/levels.ts';
import { Noise } from '../dsp/noise.ts';
import type { Voice } from '../synth/sound.ts';

export interface BurstOptions {
  sampleRate: number;
  seed: number;
  amplitude: number;
  attackS: number;
  t60S: number;
  filters: readonly { kind: BiquadKind; hz: number; q?: number; gainDb?: number }[];
  /** How unlike the two sides are: 0 the same, 1 of no relation. */
  width?: number;
  /** Ends sooner once the key is up. */
  releaseT60S?: number;
}

export class NoiseBurst implements Voice {
  readonly #noise: Noise;
  readonly #filters: readonly (readonly [Biquad, Biquad])[];
  readonly #width: number;
  readonly #attackStep: number;
  #factor: number;
  readonly #releaseFactor: number;
  #level: number;
  #attack = 0;

  constructor({ sampleRate, seed, amplitude, attackS, t60S, filters, width = 0, releaseT60S }: BurstOptions) {
    this.#noise = new Noise(seed);
    this.#filters = filters.map(({ kind, hz, q, gainDb }) => {
      const design = designBiquad(kind, sampleRate, hz, q, gainDb);
      return [new Biquad(design), new Biquad(design)];
    });
    this.#width = width;
    this.#attackStep = 1 / Math.max(1, attackS * sampleRate);
    this.#factor = decayFactor(t60S, sampleRate);
    this.#releaseFactor = releaseT60S === undefined ? this.#factor : Math.min(this.#factor, decayFactor(releaseT60S, sampleRate));
    this.#level = amplitude;
  }

  release(): void {
    this.#factor = this.#releaseFactor;
  }

  render(left: Float32Array, right: Float32Array, from: number, to: number): boolean {
    const noise = this.#noise;
    const stereo = this.#width > 0;
    for (let index = from; index < to; index += 1) {
      const shared = noise.white();
      let one = shared;
      let other = stereo ? shared + (noise.white() - shared) * this.#width : shared;
      for (const [leftFilter, rightFilter] of this.#filters) {
        one = leftFilter.step(one);
        if (stereo) other = rightFilter.step(other);
      }
      const gain = this.#level * Math.min(1, this.#attack) ** 2;
      left[index] = (left[index] ?? 0) + one * gain;
      right[index] = (right[index] ?? 0) + (stereo ? other : one) * gain;
      if (this.#attack < 1) this.#attack += this.#attackStep;
      else this.#level *= this.#factor;
    }
    return this.#level > 1e-5;
  }
}

/** Several voices as one. */
export class Layers implements Voice {
  #voices: Voice[];

  constructor(voices: readonly Voice[]) {
    this.#voices = [...voices];
  }

  release(): void {
    for (const voice of this.#voices) voice.release();
  }

  render(left: Float32Array, right: Float32Array, from: number, to: number): boolean {
    this.#voices = this.#voices.filter((voice) => voice.render(left, right, from, to));
    return this.#voices.length > 0;
  }
}
