/** What sound effects move by. */
import type { Noise } from '../dsp/noise.ts';

/** Random values a second apart by `1 / hz`, joined smoothly: gusts, flicker, drift. About -1..1. */
export class SlowNoise {
  readonly #noise: Noise;
  readonly #step: number;
  #phase: number;
  #from: number;
  #to: number;

  constructor(noise: Noise, hz: number, sampleRate: number) {
    this.#noise = noise;
    this.#step = hz / sampleRate;
    this.#from = noise.white();
    this.#to = noise.white();
    this.#phase = noise.between(0, 1);
  }

  next(): number {
    this.#phase += this.#step;
    if (this.#phase >= 1) {
      this.#phase -= 1;
      this.#from = this.#to;
      this.#to = this.#noise.white();
    }
    const bend = this.#phase * this.#phase * (3 - 2 * this.#phase);
    return this.#from + (this.#to - this.#from) * bend;
  }
}

/** A state-variable filter that may be swept every sample (Simper, "Linear trapezoidal SVF", 2013). */
export class SweptFilter {
  readonly #sampleRate: number;
  #g = 0;
  #k = 1;
  #s1 = 0;
  #s2 = 0;
  /** Outputs of the last step. */
  low = 0;
  band = 0;

  constructor(sampleRate: number, hz: number, q: number) {
    this.#sampleRate = sampleRate;
    this.tune(hz, q);
  }

  tune(hz: number, q: number): void {
    this.#g = Math.tan((Math.PI * Math.min(hz, this.#sampleRate * 0.45)) / this.#sampleRate);
    this.#k = 1 / q;
  }

  step(input: number): void {
    const g = this.#g;
    const v1 = (this.#s1 + g * (input - this.#s2)) / (1 + g * (g + this.#k));
    const v2 = this.#s2 + g * v1;
    this.#s1 = 2 * v1 - this.#s1;
    this.#s2 = 2 * v2 - this.#s2;
    /** 0 dB at its middle. */
    this.band = v1 * this.#k;
    this.low = v2;
  }
}
