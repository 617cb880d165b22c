/** Loudness while it sounds: the momentary loudness of EBU Tech 3341, 400 ms of ITU-R BS.1770's weighting, without a gate. */
import { Biquad } from '../../models/audio/dsp/biquad.ts';
import { kWeighting } from '../../models/audio/loudness/k-weighting.ts';

const hops = 4;
const hopS = 0.1;
const silentLufs = -70;

export class MomentaryLoudness {
  readonly #hopFrames: number;
  readonly #filters: readonly { shelf: Biquad; lowCut: Biquad }[];
  /** Mean power of the last four tenths of a second. */
  readonly #powers = new Float64Array(hops);
  #sum = 0;
  #frames = 0;
  #hop = 0;

  constructor(sampleRate: number) {
    this.#hopFrames = Math.round(sampleRate * hopS);
    const { shelf, lowCut } = kWeighting(sampleRate);
    this.#filters = [0, 1].map(() => ({ shelf: new Biquad(shelf), lowCut: new Biquad(lowCut) }));
  }

  push(left: Float32Array, right: Float32Array): void {
    for (const [channel, samples] of [left, right].entries()) {
      const filter = this.#filters[channel];
      if (filter === undefined) continue;
      for (const sample of samples) {
        const weighted = filter.lowCut.step(filter.shelf.step(sample));
        this.#sum += weighted * weighted;
      }
    }
    this.#frames += left.length;
    if (this.#frames < this.#hopFrames) return;
    this.#powers[this.#hop] = this.#sum / this.#frames;
    this.#hop = (this.#hop + 1) % hops;
    this.#sum = 0;
    this.#frames = 0;
  }

  /** LUFS; null below -70. */
  get lufs(): number | null {
    const power = this.#powers.reduce((sum, one) => sum + one, 0) / hops;
    const lufs = power > 0 ? -0.691 + 10 * Math.log10(power) : -Infinity;
    return lufs > silentLufs ? lufs : null;
  }
}
