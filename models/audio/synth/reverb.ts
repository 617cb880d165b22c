/**
 * A hall: a feedback delay network (Jot and Chaigne, AES 1991) of eight lines with a Householder matrix, after all-passes that
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

const lineMs = [31.3, 36.7, 41.9, 47.3, 54.1, 60.7, 67.9, 75.1];
const diffuserMs = [4.77, 3.59, 12.73, 9.31];
const swaySamples = 6;

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

interface Line {
  ring: Ring;
  delay: number;
  gain: number;
  pole: number;
  low: number;
  phase: number;
  step: number;
}

const primeAtLeast = (value: number): number => {
  for (let candidate = Math.max(3, Math.round(value) | 1); ; candidate += 2) {
    let divisor = 3;
    while (divisor * divisor <= candidate && candidate % divisor !== 0) divisor += 2;
    if (divisor * divisor > candidate) return candidate;
  }
};

export class Reverb {
  readonly #lines: readonly Line[];
  readonly #pre: Ring;
  readonly #preFrames: number;
  readonly #diffusers: readonly { ring: Ring; delay: number }[];
  readonly #outputs = new Float64Array(lineMs.length);
  readonly #cutShare: number;
  #low = [0, 0];
  #at = 0;

  constructor({ sampleRate, decayS = 1.9, highDecayS = 0.7, dampingHz = 4500, preDelayMs = 18 }: ReverbOptions) {
    const rate = sampleRate / 1000;
    this.#lines = lineMs.map((ms, place) => {
      const delay = primeAtLeast(ms * rate);
      const gain = 10 ** ((-3 * delay) / (decayS * sampleRate));
      const highGain = 10 ** ((-3 * delay) / (highDecayS * sampleRate));
      return {
        ring: new Ring(delay + swaySamples + 4),
        delay,
        gain,
        pole: poleFor(highGain / gain, (2 * Math.PI * dampingHz) / sampleRate),
        low: 0,
        phase: place / lineMs.length,
        step: (0.37 + 0.11 * place) / sampleRate,
      };
    });
    this.#pre = new Ring(preDelayMs * rate);
    this.#preFrames = Math.round(preDelayMs * rate);
    this.#diffusers = [0, 1].flatMap((side) =>
      diffuserMs.map((ms) => {
        const delay = primeAtLeast(ms * rate * (1 + 0.07 * side));
        return { ring: new Ring(delay), delay };
      }),
    );
    this.#cutShare = 1 - Math.exp((-2 * Math.PI * 90) / sampleRate);
    this.#preRight = new Ring(preDelayMs * rate);
  }

  readonly #preRight: Ring;

  /** Adds the hall's answer to `send` to `left` and `right`. */
  process(sendLeft: Float32Array, sendRight: Float32Array, left: Float32Array, right: Float32Array, frames: number): void {
    const lines = this.#lines;
    const outputs = this.#outputs;
    for (let index = 0; index < frames; index += 1) {
      const at = this.#at;
      const [lowLeft = 0, lowRight = 0] = this.#low;
      const rawLeft = sendLeft[index] ?? 0;
      const rawRight = sendRight[index] ?? 0;
      // The lowest octave would only make it muddy.
      const nextLeft = lowLeft + (rawLeft - lowLeft) * this.#cutShare;
      const nextRight = lowRight + (rawRight - lowRight) * this.#cutShare;
      this.#low[0] = nextLeft;
      this.#low[1] = nextRight;
      const inLeft = this.#diffuse(this.#delay(this.#pre, rawLeft - nextLeft), 0);
      const inRight = this.#diffuse(this.#delay(this.#preRight, rawRight - nextRight), diffuserMs.length);
      let sum = 0;
      for (let place = 0; place < lines.length; place += 1) {
        const line = lines[place];
        if (line === undefined) break;
        const position = at - line.delay - swaySamples - swaySamples * sineOfTurns(line.phase) + 2 * line.ring.data.length;
        const floor = Math.floor(position);
        const one = line.ring.data[floor & line.ring.mask] ?? 0;
        const read = one + ((line.ring.data[(floor + 1) & line.ring.mask] ?? 0) - one) * (position - floor);
        line.low = read * (1 - line.pole) + line.low * line.pole;
        const damped = line.low * line.gain;
        outputs[place] = damped;
        sum += damped;
        line.phase += line.step;
        if (line.phase >= 1) line.phase -= 1;
      }
      const mirrored = sum / 4;
      for (let place = 0; place < lines.length; place += 1) {
        const line = lines[place];
        if (line === undefined) break;
        const value = (outputs[place] ?? 0) - mirrored + ((place & 1) === 0 ? inLeft : inRight) * ((place & 2) === 0 ? 1 : -1);
        line.ring.data[at & line.ring.mask] = Math.abs(value) < 1e-15 ? 0 : value;
      }
      const [o0 = 0, o1 = 0, o2 = 0, o3 = 0, o4 = 0, o5 = 0, o6 = 0, o7 = 0] = outputs;
      left[index] = (left[index] ?? 0) + 0.34 * (o0 - o3 + o4 + o7);
      right[index] = (right[index] ?? 0) + 0.34 * (o1 + o2 - o5 + o6);
      this.#at = (at + 1) & 0x3fff_ffff;
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
