/**
 * True peak by the method of ITU-R BS.1770-5, Annex 2: four-fold oversampling by a polyphase filter. The filter is longer than the
 * 12 taps a phase of the standard's example (24, a Kaiser-windowed sinc), so that it is flat to 20 kHz at 48 kHz.
 */
const tapsOfPhase = 24;
const half = tapsOfPhase / 2;
/** What lies this far below a limit cannot pass it between samples, save for signals nobody makes. */
const quietShare = 1 / 3;

function bessel0(x: number): number {
  let term = 1;
  let sum = 1;
  for (let k = 1; k < 30; k += 1) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}

/** [phase][tap]: a quarter, a half and three quarters after the sample at `half - 1`. Each sums to 1. */
const phases: readonly Float64Array[] = [0.25, 0.5, 0.75].map((fraction) => {
  const taps = Float64Array.from({ length: tapsOfPhase }, (_, tap) => {
    const distance = tap - (half - 1) - fraction;
    const window = bessel0(5.65 * Math.sqrt(Math.max(0, 1 - (distance / half) ** 2)));
    return (window * Math.sin(Math.PI * distance)) / (Math.PI * distance);
  });
  const sum = taps.reduce((total, tap) => total + tap, 0);
  return taps.map((tap) => tap / sum);
});

/**
 * Follows a stream, one sample at a time. The answer belongs to the sample `delay` frames ago and to what lies between it and the
 * next one.
 */
export class TruePeakFollower {
  static readonly delay = half;
  readonly #recent = new Float64Array(tapsOfPhase * 2);
  readonly #quiet: number;
  #at = 0;
  #loudAge = tapsOfPhase;

  /** @param aboveOnly peaks well below this level are told as the sample's own, which is quicker */
  constructor(aboveOnly = 0) {
    this.#quiet = aboveOnly * quietShare;
  }

  push(sample: number): number {
    this.#recent[this.#at] = sample;
    this.#recent[this.#at + tapsOfPhase] = sample;
    this.#at = (this.#at + 1) % tapsOfPhase;
    this.#loudAge = Math.abs(sample) > this.#quiet ? 0 : this.#loudAge + 1;
    const start = this.#at;
    let most = Math.abs(this.#recent[start + half - 1] ?? 0);
    if (this.#loudAge >= tapsOfPhase) return most;
    for (const taps of phases) {
      let sum = 0;
      for (let tap = 0; tap < tapsOfPhase; tap += 1) sum += (taps[tap] ?? 0) * (this.#recent[start + tap] ?? 0);
      most = Math.max(most, Math.abs(sum));
    }
    return most;
  }
}

/** The highest true peak of all channels, as a factor of full scale. */
export function truePeak(channels: readonly Float32Array[]): number {
  let most = 0;
  for (const samples of channels) {
    const loudest = samples.reduce((peak, sample) => Math.max(peak, Math.abs(sample)), 0);
    const follower = new TruePeakFollower(loudest);
    for (const sample of samples) most = Math.max(most, follower.push(sample));
    for (let index = 0; index <= half; index += 1) most = Math.max(most, follower.push(0));
  }
  return most;
}
