/** One track of the mixer: volume, place, reverb; moves without clicks. */
import { clamp } from '../dsp/levels.ts';

export interface StripSettings {
  /** 0..1; the square is the factor, as MIDI's volume has it. */
  volume: number;
  /** -1 left .. 1 right, at constant power. */
  pan: number;
  /** 0..1 of what goes to the reverb, after volume and pan. */
  reverb: number;
  heard: boolean;
}

/** Share of the way that a changed setting goes in a block. */
const blockShare = 0.25;

export class MixerStrip {
  #target = { left: 0, right: 0, send: 0 };
  #now: { left: number; right: number; send: number } | null = null;
  #peak = 0;

  set(settings: StripSettings): void {
    const angle = ((clamp(settings.pan, -1, 1) + 1) * Math.PI) / 4;
    const gain = settings.heard ? settings.volume ** 2 : 0;
    this.#target = { left: gain * Math.SQRT2 * Math.cos(angle), right: gain * Math.SQRT2 * Math.sin(angle), send: settings.reverb };
    this.#now ??= { ...this.#target };
  }

  /** Nothing of the track can be heard in the next block. */
  get silent(): boolean {
    return this.#target.left + this.#target.right === 0 && this.#now !== null && this.#now.left + this.#now.right < 1e-5;
  }

  /** The highest sample since it was last asked. */
  takePeak(): number {
    const peak = this.#peak;
    this.#peak = 0;
    return peak;
  }

  /** Adds a track's block to the mix and to the reverb's input. */
  mix(
    source: { left: Float32Array; right: Float32Array },
    mix: { left: Float32Array; right: Float32Array },
    send: { left: Float32Array; right: Float32Array },
    frames: number,
  ): void {
    const target = this.#target;
    const now = (this.#now ??= { ...target });
    const step = (from: number, to: number): number => (Math.abs(to - from) < 1e-6 ? to - from : (to - from) * blockShare) / frames;
    const leftStep = step(now.left, target.left);
    const rightStep = step(now.right, target.right);
    const sendStep = step(now.send, target.send);
    let peak = this.#peak;
    for (let index = 0; index < frames; index += 1) {
      now.left += leftStep;
      now.right += rightStep;
      now.send += sendStep;
      const left = (source.left[index] ?? 0) * now.left;
      const right = (source.right[index] ?? 0) * now.right;
      mix.left[index] = (mix.left[index] ?? 0) + left;
      mix.right[index] = (mix.right[index] ?? 0) + right;
      send.left[index] = (send.left[index] ?? 0) + left * now.send;
      send.right[index] = (send.right[index] ?? 0) + right * now.send;
      peak = Math.max(peak, Math.abs(left), Math.abs(right));
    }
    if (leftStep !== 0 && Math.abs(target.left - now.left) < 1e-6) now.left = target.left;
    if (rightStep !== 0 && Math.abs(target.right - now.right) < 1e-6) now.right = target.right;
    if (sendStep !== 0 && Math.abs(target.send - now.send) < 1e-6) now.send = target.send;
    this.#peak = peak;
  }
}
