/**
 * A look-ahead limiter of true peaks, stereo-linked. The wanted gain is held over the look-ahead, let go slowly and averaged over
 * the look-ahead again: so the gain has arrived when the peak comes, moves without corners, and is exactly 1 where nothing is over.
 */
import { TruePeakFollower } from './true-peak.ts';

export interface LimiterOptions {
  sampleRate: number;
  /** The highest true peak let through, as a factor of full scale. */
  ceiling: number;
  lookAheadMs?: number;
  releaseMs?: number;
}

export class Limiter {
  /** Frames by which the output comes later. */
  readonly latency: number;
  readonly #ceiling: number;
  readonly #window: number;
  readonly #releaseShare: number;
  readonly #followers: readonly [TruePeakFollower, TruePeakFollower];
  readonly #delayed: readonly [Float32Array, Float32Array];
  #delayedAt = 0;
  /** The least gains of the window, rising: a queue in a ring. */
  readonly #queueGain: Float64Array;
  readonly #queueFrame: Float64Array;
  #queueStart = 0;
  #queueEnd = 0;
  readonly #averaged: Float64Array;
  #averagedAt = 0;
  #averagedSum: number;
  #unityRun: number;
  #released = 1;
  #previous = 0;
  #frame = 0;

  constructor({ sampleRate, ceiling, lookAheadMs = 3, releaseMs = 120 }: LimiterOptions) {
    // Rather below than above: the gain moves a little within the length of the interpolating filter.
    this.#ceiling = ceiling * 0.995;
    this.#window = Math.max(8, Math.round((sampleRate * lookAheadMs) / 1000));
    this.#releaseShare = 1 - Math.exp(-1000 / (sampleRate * releaseMs));
    this.#followers = [new TruePeakFollower(this.#ceiling), new TruePeakFollower(this.#ceiling)];
    this.latency = this.#window - 1 + TruePeakFollower.delay;
    this.#delayed = [new Float32Array(this.latency), new Float32Array(this.latency)];
    this.#queueGain = new Float64Array(this.#window + 2);
    this.#queueFrame = new Float64Array(this.#window + 2);
    this.#averaged = new Float64Array(this.#window).fill(1);
    this.#averagedSum = this.#window;
    this.#unityRun = this.#window;
  }

  /** In place; mono is left and right the same array. */
  process(left: Float32Array, right: Float32Array, from = 0, to = left.length): void {
    const [delayedLeft, delayedRight] = this.#delayed;
    for (let index = from; index < to; index += 1) {
      const inLeft = left[index] ?? 0;
      const inRight = right[index] ?? 0;
      const gain = this.#gain(Math.max(this.#followers[0].push(inLeft), this.#followers[1].push(inRight)));
      const place = this.#delayedAt;
      left[index] = (delayedLeft[place] ?? 0) * gain;
      right[index] = (delayedRight[place] ?? 0) * gain;
      delayedLeft[place] = inLeft;
      delayedRight[place] = inRight;
      this.#delayedAt = place + 1 === this.latency ? 0 : place + 1;
    }
  }

  #gain(peak: number): number {
    // A peak between two samples is both samples' concern.
    const both = Math.max(peak, this.#previous);
    this.#previous = peak;
    const held = this.#hold(both > this.#ceiling ? this.#ceiling / both : 1);
    if (held < this.#released) this.#released = held;
    else this.#released += (held - this.#released) * this.#releaseShare;
    if (this.#released > 0.999_99 && held === 1) this.#released = 1;
    this.#averagedSum += this.#released - (this.#averaged[this.#averagedAt] ?? 0);
    this.#averaged[this.#averagedAt] = this.#released;
    this.#averagedAt = (this.#averagedAt + 1) % this.#window;
    this.#unityRun = this.#released === 1 ? this.#unityRun + 1 : 0;
    // Rounding must not stay in the sum.
    if (this.#unityRun >= this.#window) this.#averagedSum = this.#window;
    return this.#averagedSum / this.#window;
  }

  /** The least of the last `window` gains. */
  #hold(gain: number): number {
    const size = this.#queueGain.length;
    const before = (place: number): number => (place === 0 ? size - 1 : place - 1);
    while (this.#queueEnd !== this.#queueStart && (this.#queueGain[before(this.#queueEnd)] ?? 0) >= gain)
      this.#queueEnd = before(this.#queueEnd);
    this.#queueGain[this.#queueEnd] = gain;
    this.#queueFrame[this.#queueEnd] = this.#frame;
    this.#queueEnd = (this.#queueEnd + 1) % size;
    if ((this.#queueFrame[this.#queueStart] ?? 0) <= this.#frame - this.#window) this.#queueStart = (this.#queueStart + 1) % size;
    this.#frame += 1;
    return this.#queueGain[this.#queueStart] ?? 1;
  }
}
