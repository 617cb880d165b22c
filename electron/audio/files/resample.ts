/**
 * Changes the sample rate by a polyphase filter: a sinc under a Kaiser window (J. F. Kaiser, "Nonrecursive digital filter design
 * using the I0-sinh window function", 1974), linear in phase and without delay.
 */
import type { AudioSource } from './audio-source.ts';

/** The stop band lies at least so far down; what folds back is below the 16-bit noise floor. */
const stopBandDb = 110;
/** The pass band ends here, the stop band begins at 1: both of half the lower rate. 20.3 kHz at 44.1 kHz. */
const passBandEnd = 0.92;

const gcd = (a: number, b: number): number => (b === 0 ? a : gcd(b, a % b));

/** Modified Bessel function of the first kind, order 0. */
function bessel0(x: number): number {
  let [sum, term] = [1, 1];
  for (let k = 1; term > sum * 1e-14; k += 1) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}

export interface PolyphaseFilter {
  /** Output samples for `down` input samples. */
  up: number;
  down: number;
  /** Taps reach so far to each side, in input samples. */
  halfWidth: number;
  /** up × 2·halfWidth weights: those of a phase weigh the inputs from -halfWidth + 1 to +halfWidth. */
  taps: Float64Array;
}

export function designFilter(fromRate: number, toRate: number): PolyphaseFilter {
  const divisor = gcd(fromRate, toRate);
  const [up, down] = [toRate / divisor, fromRate / divisor];
  const lower = Math.min(1, up / down);
  const transition = (1 - passBandEnd) * 0.5 * lower;
  const halfWidth = Math.ceil((stopBandDb - 7.95) / (14.36 * transition) / 2);
  const beta = 0.1102 * (stopBandDb - 8.7);
  const cutoff = ((1 + passBandEnd) / 2) * lower;
  const width = 2 * halfWidth;
  const taps = new Float64Array(up * width);
  const windowAtMiddle = bessel0(beta);
  for (let phase = 0; phase < up; phase += 1) {
    let sum = 0;
    for (let index = 0; index < width; index += 1) {
      const time = index - halfWidth + 1 - phase / up;
      const x = Math.PI * cutoff * time;
      const window = bessel0(beta * Math.sqrt(Math.max(0, 1 - (time / halfWidth) ** 2))) / windowAtMiddle;
      const tap = (x === 0 ? 1 : Math.sin(x) / x) * window;
      taps[phase * width + index] = tap;
      sum += tap;
    }
    // A constant stays exactly what it was, in every phase.
    for (let index = 0; index < width; index += 1) taps[phase * width + index] = (taps[phase * width + index] ?? 0) / sum;
  }
  return { up, down, halfWidth, taps };
}

function* resampledBlocks(source: AudioSource, filter: PolyphaseFilter, outFrames: number): Generator<readonly Float32Array[]> {
  const { up, down, halfWidth, taps } = filter;
  const width = 2 * halfWidth;
  // `held` are the inputs from `heldStart` on; before the first and after the last lie zeros.
  let held = Array.from({ length: source.channelCount }, () => new Float32Array(halfWidth));
  let heldStart = -halfWidth;
  let done = 0;
  const makeUpTo = (end: number): Float32Array[] => {
    const count = end - done;
    const out = held.map(() => new Float32Array(count));
    for (const [channel, input] of held.entries()) {
      const target = out[channel];
      if (target === undefined) continue;
      for (let index = 0; index < count; index += 1) {
        const position = (done + index) * down;
        const tapStart = (position % up) * width;
        const inputStart = Math.floor(position / up) - halfWidth + 1 - heldStart;
        let sum = 0;
        for (let tap = 0; tap < width; tap += 1) sum += (input[inputStart + tap] ?? 0) * (taps[tapStart + tap] ?? 0);
        target[index] = sum;
      }
    }
    done = end;
    // Inputs that no later output needs are let go.
    const needed = Math.floor((done * down) / up) - halfWidth + 1;
    const drop = Math.max(0, Math.min(needed - heldStart, held[0]?.length ?? 0));
    held = held.map((input) => input.slice(drop));
    heldStart += drop;
    return out;
  };
  const append = (block: readonly Float32Array[]): void => {
    held = held.map((input, channel) => {
      const more = block[channel] ?? new Float32Array(0);
      const joined = new Float32Array(input.length + more.length);
      joined.set(input);
      joined.set(more, input.length);
      return joined;
    });
  };
  for (const block of source.blocks()) {
    append(block);
    const available = heldStart + (held[0]?.length ?? 0);
    const end = Math.min(outFrames, Math.max(done, Math.ceil(((available - halfWidth) * up) / down)));
    if (end > done) yield makeUpTo(end);
  }
  append(held.map(() => new Float32Array(halfWidth + 1)));
  if (done < outFrames) yield makeUpTo(outFrames);
}

/** The same sound at another rate, made block by block as it is asked for; the same source when the rate is right already. */
export function resample(source: AudioSource, toRate: number): AudioSource {
  if (source.sampleRate === toRate) return source;
  const filter = designFilter(source.sampleRate, toRate);
  const frames = Math.ceil((source.frames * filter.up) / filter.down);
  return { sampleRate: toRate, channelCount: source.channelCount, frames, blocks: () => resampledBlocks(source, filter, frames) };
}

/** Blocks of exactly `size` frames, the last padded with zeros. */
export function* blocksOf(source: AudioSource, size: number): Generator<Float32Array[]> {
  let block = Array.from({ length: source.channelCount }, () => new Float32Array(size));
  let filled = 0;
  for (const input of source.blocks()) {
    const length = input[0]?.length ?? 0;
    for (let at = 0; at < length;) {
      const count = Math.min(size - filled, length - at);
      for (const [channel, target] of block.entries()) target.set((input[channel] ?? new Float32Array(0)).subarray(at, at + count), filled);
      filled += count;
      at += count;
      if (filled < size) continue;
      yield block;
      block = block.map(() => new Float32Array(size));
      filled = 0;
    }
  }
  if (filled > 0) yield block;
}
