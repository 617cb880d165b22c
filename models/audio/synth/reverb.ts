/**
 * A hall: a feedback delay network (Jot and Chaigne, AES 1991) of sixteen lines with a Householder matrix, after all-passes that
 * thicken the echoes. Each line loses its height as air and walls take it, and sways a little, so that no mode rings alone.
 */
import { sineOfTurns } from '../dsp/wavetable.ts';

export interface ReverbOptions {
  sampleRate: number;
  /** Seconds to -60 dB at middle frequencies. */
  decayS?: number;
  /** The same well above `dampingHz`. */
  highDecayS?: number;
  dampingHz?: number;
  preDelayMs?: number;
}

const lineMs = [29.3, 32.9, 36.7, 41.1, 44.9, 49.3, 53.7, 58.1, 62.9, 67.3, 71.9, 77.3, 82.1, 87.7, 93.1, 98.9];
const diffuserMs = [4.77, 3.59, 12.73, 9.31];
const swaySamples = 6;
const swayFrames = 64;
/** A steady sound comes back as loud as it went in, or nearly. */
const wetGain = 0.66;

/** A ring that is a power of two long. */
class Ring {
  readonly data: Float32Array;
  readonly mask: number;

  constructor(frames: number) {
    const size = 2 ** Math.ceil(Math.log2(frames + 1));
    this.data = new Float32Array(size);
    this.mask = size - 1;
  }
}

const primeAtLeast = (value: number): number => {
  for (let candidate = Math.max(3, Math.round(value) | 1); ; candidate += 2) {
    let divisor = 3;
    while (divisor * divisor <= candidate && candidate % divisor !== 0) divisor += 2;
    if (divisor * divisor > candidate) return candidate;
  }
};

export class Reverb {
  /** All lines in one store, each `#mask + 1` frames long. */
  readonly #store: Float32Array;
  readonly #mask: number;
  /** Frames, whole; without the sway. */
  readonly #lengths: Float64Array;
  readonly #gains: Float64Array;
  readonly #poles: Float64Array;
  readonly #lows = new Float64Array(lineMs.length);
  readonly #outputs = new Float64Array(lineMs.length);
  /** Where each line is read now, and how that moves within a frame. */
  readonly #delays: Float64Array;
  readonly #delaySteps = new Float64Array(lineMs.length);
  readonly #sampleRate: number;
  readonly #pre: Ring;
  readonly #preRight: Ring;
  readonly #preFrames: number;
  readonly #diffusers: readonly { ring: Ring; delay: number }[];
  readonly #cutShare: number;
  #lowLeft = 0;
  #lowRight = 0;
  #at = 0;

  constructor({ sampleRate, decayS = 1.9, highDecayS = 0.7, dampingHz = 4500, preDelayMs = 18 }: ReverbOptions) {
    const rate = sampleRate / 1000;
    this.#sampleRate = sampleRate;
    this.#lengths = Float64Array.from(lineMs, (ms) => primeAtLeast(ms * rate));
    const longest = this.#lengths.reduce((most, length) => Math.max(most, length), 0) + 2 * swaySamples + 4;
    this.#mask = 2 ** Math.ceil(Math.log2(longest)) - 1;
    this.#store = new Float32Array((this.#mask + 1) * lineMs.length);
    this.#gains = this.#lengths.map((length) => 10 ** ((-3 * length) / (decayS * sampleRate)));
    const omega = (2 * Math.PI * dampingHz) / sampleRate;
    this.#poles = this.#lengths.map((length, line) =>
      poleFor(10 ** ((-3 * length) / (highDecayS * sampleRate)) / (this.#gains[line] ?? 1), omega),
    );
    this.#delays = this.#lengths.map((length, line) => length + this.#sway(line, 0));
    this.#pre = new Ring(preDelayMs * rate);
    this.#preRight = new Ring(preDelayMs * rate);
    this.#preFrames = Math.round(preDelayMs * rate);
    this.#diffusers = [0, 1].flatMap((side) =>
      diffuserMs.map((ms) => {
        const delay = primeAtLeast(ms * rate * (1 + 0.07 * side));
        return { ring: new Ring(delay), delay };
      }),
    );
    this.#cutShare = 1 - Math.exp((-2 * Math.PI * 90) / sampleRate);
  }

  #sway(line: number, frame: number): number {
    return swaySamples * (1 + sineOfTurns(line / lineMs.length + ((0.37 + 0.055 * line) * frame) / this.#sampleRate));
  }

  /** Adds the hall's answer to `send` to `left` and `right`. */
  process(sendLeft: Float32Array, sendRight: Float32Array, left: Float32Array, right: Float32Array, frames: number): void {
    const store = this.#store;
    const mask = this.#mask;
    const size = mask + 1;
    const outputs = this.#outputs;
    const lows = this.#lows;
    const delays = this.#delays;
    const delaySteps = this.#delaySteps;
    const poles = this.#poles;
    const gains = this.#gains;
    const count = lineMs.length;
    for (let index = 0; index < frames; index += 1) {
      const at = this.#at;
      if (at % swayFrames === 0) this.#aimSway();
      // The lowest octave would only make it muddy.
      const rawLeft = sendLeft[index] ?? 0;
      const rawRight = sendRight[index] ?? 0;
      this.#lowLeft += (rawLeft - this.#lowLeft) * this.#cutShare;
      this.#lowRight += (rawRight - this.#lowRight) * this.#cutShare;
      const inLeft = this.#diffuse(this.#delay(this.#pre, rawLeft - this.#lowLeft), 0);
      const inRight = this.#diffuse(this.#delay(this.#preRight, rawRight - this.#lowRight), diffuserMs.length);
      let sum = 0;
      for (let line = 0; line < count; line += 1) {
        const delay = delays[line] ?? 0;
        delays[line] = delay + (delaySteps[line] ?? 0);
        const whole = delay | 0;
        const base = line * size;
        const late = store[base + ((at - whole - 1) & mask)] ?? 0;
        const soon = store[base + ((at - whole) & mask)] ?? 0;
        const read = soon + (late - soon) * (delay - whole);
        const low = read + ((lows[line] ?? 0) - read) * (poles[line] ?? 0);
        lows[line] = low;
        const damped = low * (gains[line] ?? 0);
        outputs[line] = damped;
        sum += damped;
      }
      const mirrored = (2 * sum) / count;
      let wetLeft = 0;
      let wetRight = 0;
      for (let line = 0; line < count; line += 1) {
        const output = outputs[line] ?? 0;
        const even = (line & 1) === 0;
        const value = output - mirrored + (even ? inLeft : inRight) * ((line & 2) === 0 ? 1 : -1);
        store[line * size + (at & mask)] = value < 1e-15 && value > -1e-15 ? 0 : value;
        // Each side hears half of the lines, with signs that the input does not have.
        if (even) wetLeft += (line & 8) === 0 ? output : -output;
        else wetRight += (line & 4) === 0 ? output : -output;
      }
      left[index] = (left[index] ?? 0) + wetGain * wetLeft;
      right[index] = (right[index] ?? 0) + wetGain * wetRight;
      this.#at = (at + 1) & 0x3fff_ffff;
    }
  }

  /** Moves each delay towards where it is to be in some frames. */
  #aimSway(): void {
    for (let line = 0; line < lineMs.length; line += 1) {
      const aim = (this.#lengths[line] ?? 0) + this.#sway(line, this.#at + swayFrames);
      this.#delaySteps[line] = (aim - (this.#delays[line] ?? 0)) / swayFrames;
    }
  }

  #delay(ring: Ring, input: number): number {
    ring.data[this.#at & ring.mask] = input;
    return ring.data[(this.#at - this.#preFrames) & ring.mask] ?? 0;
  }

  #diffuse(input: number, first: number): number {
    let value = input;
    for (let place = first; place < first + diffuserMs.length; place += 1) {
      const diffuser = this.#diffusers[place];
      if (diffuser === undefined) break;
      const { ring, delay } = diffuser;
      const delayed = ring.data[(this.#at - delay) & ring.mask] ?? 0;
      const inner = value - 0.62 * delayed;
      ring.data[this.#at & ring.mask] = Math.abs(inner) < 1e-15 ? 0 : inner;
      value = delayed + 0.62 * inner;
    }
    return value;
  }
}

/** The pole of a one-pole low-pass, 1 at 0 Hz, whose gain at `omega` is `wanted` of that. */
function poleFor(wanted: number, omega: number): number {
  let low = 0;
  let high = 0.999;
  for (let round = 0; round < 40; round += 1) {
    const pole = (low + high) / 2;
    const gain = (1 - pole) / Math.hypot(1 - pole * Math.cos(omega), pole * Math.sin(omega));
    if (gain > wanted) low = pole;
    else high = pole;
  }
  return (low + high) / 2;
}
