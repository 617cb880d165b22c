/** Modal synthesis: a struck thing as a bank of damped sines, each two multiplications a sample. */
import { decayFactor } from '../dsp/levels.ts';
import type { Voice } from '../synth/sound.ts';

export interface Mode {
  hz: number;
  amplitude: number;
  /** Seconds to -60 dB. */
  t60S: number;
  /** -1 left .. 1 right. */
  pan?: number;
}

export interface ModalOptions {
  sampleRate: number;
  /** Of the raised-cosine fade in: the time the hammer touches. */
  attackS: number;
  /** Seconds to -60 dB once the key is up; Infinity: rings on. */
  releaseT60S: number;
}

const inaudible = 1e-5;
const blockSize = 128;
const scratchLeft = new Float32Array(blockSize);
const scratchRight = new Float32Array(blockSize);

interface Resonator {
  /** y = c1 y' - c2 y''. */
  c1: number;
  c2: number;
  y1: number;
  y2: number;
  left: number;
  right: number;
  framesLeft: number;
}

function resonatorOf({ hz, amplitude, t60S, pan = 0 }: Mode, sampleRate: number): Resonator {
  const omega = (2 * Math.PI * hz) / sampleRate;
  const r = decayFactor(t60S, sampleRate);
  const angle = ((pan + 1) * Math.PI) / 4;
  return {
    c1: 2 * r * Math.cos(omega),
    c2: r * r,
    // The states before a sine that starts at phase 0.
    y1: (-amplitude * Math.sin(omega)) / r,
    y2: (-amplitude * Math.sin(2 * omega)) / (r * r),
    left: Math.cos(angle) * Math.SQRT2,
    right: Math.sin(angle) * Math.SQRT2,
    framesLeft: Math.ceil(Math.log(Math.max(1.01, Math.abs(amplitude) / inaudible)) / -Math.log(r)),
  };
}

/** Modes above 0.45 of the sample rate are left out. */
export class ModalVoice implements Voice {
  #resonators: Resonator[];
  readonly #attackFrames: number;
  readonly #releaseFactor: number;
  #frame = 0;
  #envelope = 1;
  #released = false;

  constructor(modes: readonly Mode[], { sampleRate, attackS, releaseT60S }: ModalOptions) {
    this.#resonators = modes
      .filter(({ hz, amplitude }) => hz < sampleRate * 0.45 && hz < 18_000 && Math.abs(amplitude) > inaudible)
      .map((mode) => resonatorOf(mode, sampleRate));
    this.#attackFrames = Math.max(1, Math.round(attackS * sampleRate));
    this.#releaseFactor = Number.isFinite(releaseT60S) ? decayFactor(releaseT60S, sampleRate) : 1;
  }

  release(): void {
    this.#released = true;
  }

  render(left: Float32Array, right: Float32Array, from: number, to: number): boolean {
    for (let start = from; start < to; start += blockSize) this.#renderBlock(left, right, start, Math.min(to, start + blockSize));
    return this.#resonators.length > 0 && this.#envelope > inaudible;
  }

  #renderBlock(left: Float32Array, right: Float32Array, from: number, to: number): void {
    const frames = to - from;
    scratchLeft.fill(0, 0, frames);
    scratchRight.fill(0, 0, frames);
    let ended = false;
    for (const mode of this.#resonators) {
      const { c1, c2, left: gainLeft, right: gainRight } = mode;
      let { y1, y2 } = mode;
      for (let index = 0; index < frames; index += 1) {
        const y = c1 * y1 - c2 * y2;
        y2 = y1;
        y1 = y;
        scratchLeft[index] = (scratchLeft[index] ?? 0) + gainLeft * y;
        scratchRight[index] = (scratchRight[index] ?? 0) + gainRight * y;
      }
      mode.y1 = y1;
      mode.y2 = y2;
      mode.framesLeft -= frames;
      ended ||= mode.framesLeft <= 0;
    }
    if (ended) this.#resonators = this.#resonators.filter(({ framesLeft }) => framesLeft > 0);
    const factor = this.#released ? this.#releaseFactor : 1;
    for (let index = 0; index < frames; index += 1) {
      const attack = this.#frame < this.#attackFrames ? 0.5 - 0.5 * Math.cos((Math.PI * this.#frame) / this.#attackFrames) : 1;
      const gain = this.#envelope * attack;
      left[from + index] = (left[from + index] ?? 0) + gain * (scratchLeft[index] ?? 0);
      right[from + index] = (right[from + index] ?? 0) + gain * (scratchRight[index] ?? 0);
      this.#envelope *= factor;
      this.#frame += 1;
    }
  }
}
