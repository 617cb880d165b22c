/** Effects that belong to an instrument: the wood of its body, its amplifier's tremolo, a chorus. */
import { Biquad, designBiquad, type BiquadKind } from '../dsp/biquad.ts';
import { sineOfTurns } from '../dsp/wavetable.ts';
import type { Insert } from '../synth/sound.ts';

/** Filters in a row, on both sides. */
export class FilterInsert implements Insert {
  readonly #filters: readonly (readonly [Biquad, Biquad])[];

  constructor(sampleRate: number, filters: readonly { kind: BiquadKind; hz: number; q?: number; gainDb?: number }[]) {
    this.#filters = filters.map(({ kind, hz, q, gainDb }) => {
      const design = designBiquad(kind, sampleRate, hz, q, gainDb);
      return [new Biquad(design), new Biquad(design)];
    });
  }

  process(left: Float32Array, right: Float32Array, from: number, to: number): void {
    for (const [one, other] of this.#filters) {
      one.process(left, from, to);
      other.process(right, from, to);
    }
  }
}

/** The sides swell in turns, as on a stage piano. */
export class TremoloInsert implements Insert {
  readonly #step: number;
  readonly #depth: number;
  #phase = 0;

  constructor(sampleRate: number, hz: number, depth: number) {
    this.#step = hz / sampleRate;
    this.#depth = depth;
  }

  process(left: Float32Array, right: Float32Array, from: number, to: number): void {
    for (let index = from; index < to; index += 1) {
      const swing = this.#depth * sineOfTurns(this.#phase);
      left[index] = (left[index] ?? 0) * (1 + swing);
      right[index] = (right[index] ?? 0) * (1 - swing);
      this.#phase += this.#step;
      if (this.#phase >= 1) this.#phase -= 1;
    }
  }
}

/** Each side hears itself again through a delay that sways, out of step with the other side. */
export class ChorusInsert implements Insert {
  readonly #lines: readonly [Float32Array, Float32Array];
  readonly #mask: number;
  readonly #middle: number;
  readonly #sway: number;
  readonly #step: number;
  readonly #share: number;
  #at = 0;
  #phase = 0;

  constructor(sampleRate: number, options: { hz: number; swayMs: number; share: number }) {
    const size = 2 ** Math.ceil(Math.log2(sampleRate * 0.03));
    this.#lines = [new Float32Array(size), new Float32Array(size)];
    this.#mask = size - 1;
    this.#middle = sampleRate * 0.009;
    this.#sway = (sampleRate * options.swayMs) / 1000;
    this.#step = options.hz / sampleRate;
    this.#share = options.share;
  }

  #tap(line: Float32Array, delay: number): number {
    const position = this.#at - delay + this.#mask + 1;
    const place = Math.floor(position);
    const low = line[place & this.#mask] ?? 0;
    return low + ((line[(place + 1) & this.#mask] ?? 0) - low) * (position - place);
  }

  process(left: Float32Array, right: Float32Array, from: number, to: number): void {
    const [lineLeft, lineRight] = this.#lines;
    const dry = 1 - this.#share * 0.5;
    for (let index = from; index < to; index += 1) {
      const inLeft = left[index] ?? 0;
      const inRight = right[index] ?? 0;
      lineLeft[this.#at] = inLeft;
      lineRight[this.#at] = inRight;
      left[index] = inLeft * dry + this.#share * this.#tap(lineLeft, this.#middle + this.#sway * sineOfTurns(this.#phase));
      right[index] = inRight * dry + this.#share * this.#tap(lineRight, this.#middle + this.#sway * sineOfTurns(this.#phase + 0.25));
      this.#at = (this.#at + 1) & this.#mask;
      this.#phase += this.#step;
      if (this.#phase >= 1) this.#phase -= 1;
    }
  }
}

/** One after the other. */
export class Chain implements Insert {
  readonly #inserts: readonly Insert[];

  constructor(inserts: readonly Insert[]) {
    this.#inserts = inserts;
  }

  process(left: Float32Array, right: Float32Array, from: number, to: number): void {
    for (const insert of this.#inserts) insert.process(left, right, from, to);
  }
}
