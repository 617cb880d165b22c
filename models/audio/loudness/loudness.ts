/**
 * Programme loudness by ITU-R BS.1770-5 (integrated, gated) and loudness range by EBU Tech 3342.
 * Channels: 1 (mono, counted once), 2 (left, right), or 5 (left, right, centre, left and right surround). No LFE.
 */
import { Biquad } from '../dsp/biquad.ts';
import { kWeighting } from './k-weighting.ts';

const absoluteGateLufs = -70;
const hopsOfBlock = 4;
const hopsOfShortTerm = 30;
const hopS = 0.1;

export interface Loudness {
  /** -Infinity for silence, and for what stays below -70 LUFS. */
  integratedLufs: number;
  /** LU between the 10th and 95th percentile of the short-term loudness; 0 for less than 3 s. */
  rangeLu: number;
  /** The loudest 3 s; of shorter sounds the loudest 400 ms. */
  maxShortTermLufs: number;
}

const lufsOfPower = (power: number): number => (power > 0 ? -0.691 + 10 * Math.log10(power) : -Infinity);
const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** The mean power of each run of `length` hops. */
function slidingPowers(hops: readonly number[], length: number): number[] {
  return hops.slice(length - 1).map((_, start) => mean(hops.slice(start, start + length)));
}

function gated(powers: readonly number[], relativeGateLu: number): number[] {
  const audible = powers.filter((power) => lufsOfPower(power) > absoluteGateLufs);
  const gate = lufsOfPower(mean(audible)) + relativeGateLu;
  return audible.filter((power) => lufsOfPower(power) > gate);
}

function rangeOf(shortTerm: readonly number[]): number {
  const sorted = gated(shortTerm, -20)
    .map(lufsOfPower)
    .toSorted((a, b) => a - b);
  const at = (part: number): number => sorted[Math.round((sorted.length - 1) * part)] ?? 0;
  return sorted.length === 0 ? 0 : at(0.95) - at(0.1);
}

/** Measures a sound as it comes, block by block. */
export class LoudnessMeter {
  readonly #hopFrames: number;
  readonly #filters: readonly (readonly [Biquad, Biquad])[];
  /** K-weighted power of each tenth of a second, summed over channels with their weights; the rest at the end is left out. */
  readonly #hops: number[] = [];
  #sum = 0;
  #filled = 0;

  /** @param sampleRate Hz, 8000 or more */
  constructor(channelCount: number, sampleRate: number) {
    this.#hopFrames = Math.round(sampleRate * hopS);
    const { shelf, lowCut } = kWeighting(sampleRate);
    this.#filters = Array.from({ length: channelCount }, () => [new Biquad(shelf), new Biquad(lowCut)] as const);
  }

  /** @param channels equal lengths, full scale is 1; left as they are */
  push(channels: readonly Float32Array[]): void {
    const frames = channels[0]?.length ?? 0;
    for (let start = 0; start < frames;) {
      const end = Math.min(frames, start + this.#hopFrames - this.#filled);
      for (const [place, [shelf, lowCut]] of this.#filters.entries()) {
        const heard = (channels[place] ?? new Float32Array(0)).slice(start, end);
        shelf.process(heard);
        lowCut.process(heard);
        let sum = 0;
        for (const value of heard) sum += value * value;
        this.#sum += (place > 2 ? 1.41 : 1) * sum;
      }
      this.#filled += end - start;
      start = end;
      if (this.#filled < this.#hopFrames) continue;
      this.#hops.push(this.#sum / this.#hopFrames);
      this.#sum = 0;
      this.#filled = 0;
    }
  }

  /** Of all that was pushed. */
  result(): Loudness {
    // What is shorter than a block counts as one, padded with silence: else it would have no loudness.
    const begun = [this.#sum / this.#hopFrames, ...new Array<number>(hopsOfBlock).fill(0)];
    const hops = [...this.#hops, ...begun.slice(0, Math.max(0, hopsOfBlock - this.#hops.length))];
    const blocks = slidingPowers(hops, hopsOfBlock);
    const shortTerm = hops.length >= hopsOfShortTerm ? slidingPowers(hops, hopsOfShortTerm) : [];
    const kept = gated(blocks, -10);
    return {
      integratedLufs: kept.length === 0 ? -Infinity : lufsOfPower(mean(kept)),
      rangeLu: rangeOf(shortTerm),
      maxShortTermLufs: lufsOfPower((shortTerm.length > 0 ? shortTerm : blocks).reduce((most, power) => Math.max(most, power), 0)),
    };
  }
}

/**
 * @param channels equal lengths, full scale is 1
 * @param sampleRate Hz, 8000 or more
 */
export function measureLoudness(channels: readonly Float32Array[], sampleRate: number): Loudness {
  const meter = new LoudnessMeter(channels.length, sampleRate);
  meter.push(channels);
  return meter.result();
}
