/**
 * A plucked string: the extended Karplus-Strong loop (Jaffe and Smith, "Extensions of the Karplus-Strong plucked-string algorithm",
 * CMJ 1983): a delay of one period, a one-pole loss, and an all-pass for the fraction of a sample, so that it is in tune.
 */
import { hzOfPitch } from '../dsp/levels.ts';
import { Noise } from '../dsp/noise.ts';
import type { NoteStart, Voice } from '../synth/sound.ts';

export interface StringPatch {
  /** Seconds to -60 dB at middle C; lower strings ring longer. */
  t60S: number;
  /** How much longer an octave below rings, as a factor. */
  t60PerOctave: number;
  /** 0 dull .. 1 bright: how much of the height each turn of the loop keeps. */
  brightness: number;
  /** Where it is plucked, as a share of its length. */
  position: number;
  /** Share of noise in the pluck, 0..1: a pick or nail has more. */
  noise: number;
  /** Low-pass of the pluck, Hz, softest and loudest. */
  pluckHz: readonly [number, number];
  releaseT60S: number;
  pan: number;
}

const lossPole = (brightness: number, hz: number, sampleRate: number): number => {
  // Higher notes lose less of what is above them, as their harmonics are few.
  const cut = 2500 + 12_000 * brightness + hz * 2;
  return Math.exp((-2 * Math.PI * Math.min(cut, sampleRate * 0.4)) / sampleRate);
};

export class StringVoice implements Voice {
  readonly #line: Float64Array;
  readonly #pluck: Float64Array;
  readonly #pole: number;
  readonly #allPass: number;
  readonly #left: number;
  readonly #right: number;
  readonly #releaseGain: number;
  readonly #gainShare: number;
  #gain: number;
  #wantedGain: number;
  #at = 0;
  #frame = 0;
  #loss = 0;
  #allPassIn = 0;
  #allPassOut = 0;
  #quietFrames = 0;

  constructor(patch: StringPatch, note: NoteStart, sampleRate: number) {
    const hz = hzOfPitch(note.pitch);
    const omega = (2 * Math.PI * hz) / sampleRate;
    const period = sampleRate / hz;
    this.#pole = lossPole(patch.brightness, hz, sampleRate);
    const lossDelay = Math.atan2(this.#pole * Math.sin(omega), 1 - this.#pole * Math.cos(omega)) / omega;
    const lossGain = (1 - this.#pole) / Math.hypot(1 - this.#pole * Math.cos(omega), this.#pole * Math.sin(omega));
    const whole = Math.max(2, Math.floor(period - lossDelay - 0.3));
    const fraction = period - lossDelay - whole;
    this.#allPass = Math.sin(((1 - fraction) * omega) / 2) / Math.sin(((1 + fraction) * omega) / 2);
    this.#line = new Float64Array(whole);
    const t60S = patch.t60S * patch.t60PerOctave ** ((60 - note.pitch) / 12);
    this.#gain = Math.min(0.999_95, 10 ** (-3 / (hz * t60S)) / lossGain);
    this.#wantedGain = this.#gain;
    // The damping finger takes some milliseconds: at once it would be a click.
    this.#gainShare = 1 - Math.exp(-1 / (0.008 * sampleRate));
    this.#releaseGain = 10 ** (-3 / (hz * Math.min(t60S, patch.releaseT60S)));
    this.#pluck = pluckOf(patch, note, period, sampleRate);
    const angle = ((patch.pan + 1) * Math.PI) / 4;
    this.#left = Math.cos(angle) * Math.SQRT2;
    this.#right = Math.sin(angle) * Math.SQRT2;
  }

  release(): void {
    this.#wantedGain *= this.#releaseGain;
  }

  render(left: Float32Array, right: Float32Array, from: number, to: number): boolean {
    const line = this.#line;
    const pluck = this.#pluck;
    const length = line.length;
    const pole = this.#pole;
    const allPass = this.#allPass;
    const wantedGain = this.#wantedGain;
    const gainShare = this.#gainShare;
    let gain = this.#gain;
    let loss = this.#loss;
    let inBefore = this.#allPassIn;
    let outBefore = this.#allPassOut;
    let at = this.#at;
    let loudest = 0;
    for (let index = from; index < to; index += 1) {
      const input = this.#frame < pluck.length ? (pluck[this.#frame] ?? 0) : 0;
      this.#frame += 1;
      const out = line[at] ?? 0;
      gain += (wantedGain - gain) * gainShare;
      loss = gain * (1 - pole) * out + pole * loss;
      const tuned = allPass * loss + inBefore - allPass * outBefore;
      inBefore = loss;
      outBefore = tuned;
      line[at] = tuned + input;
      at = at + 1 === length ? 0 : at + 1;
      const heard = out;
      const size = heard < 0 ? -heard : heard;
      if (size > loudest) loudest = size;
      left[index] = (left[index] ?? 0) + heard * this.#left;
      right[index] = (right[index] ?? 0) + heard * this.#right;
    }
    this.#gain = gain;
    this.#loss = loss;
    this.#allPassIn = inBefore;
    this.#allPassOut = outBefore;
    this.#at = at;
    this.#quietFrames = loudest < 2e-5 && this.#frame > length * 2 ? this.#quietFrames + (to - from) : 0;
    return this.#quietFrames < 2048;
  }
}

/** One period of what the finger does, minus itself as it comes back from the near end (the comb of the place it plucks). */
function pluckOf(patch: StringPatch, note: NoteStart, period: number, sampleRate: number): Float64Array {
  const noise = new Noise(note.seed);
  const [softHz, loudHz] = patch.pluckHz;
  const cutHz = softHz * (loudHz / softHz) ** note.velocity;
  const width = Math.max(4, Math.min(period * 0.9, (sampleRate / cutHz) * 1.2));
  const pole = Math.exp((-2 * Math.PI * Math.min(cutHz, sampleRate * 0.4)) / sampleRate);
  const raw = new Float64Array(Math.ceil(period));
  let smooth = 0;
  for (let index = 0; index < raw.length; index += 1) {
    smooth += (noise.white() - smooth) * (1 - pole);
    const bump = index < width ? 0.5 - 0.5 * Math.cos((2 * Math.PI * index) / width) : 0;
    const fade = Math.min(1, index / 8, (raw.length - index) / 8);
    raw[index] = bump * (1 - patch.noise) * Math.sqrt(period / width) + smooth * patch.noise * fade * 1.8;
  }
  const shift = Math.max(1, Math.round(period * patch.position));
  const combed = new Float64Array(raw.length + shift);
  for (let index = 0; index < raw.length; index += 1) {
    combed[index] = (combed[index] ?? 0) + (raw[index] ?? 0);
    combed[index + shift] = (combed[index + shift] ?? 0) - (raw[index] ?? 0);
  }
  const rms = Math.sqrt(combed.reduce((sum, value) => sum + value * value, 0) / period);
  const level = (0.12 * 10 ** ((-26 * (1 - note.velocity)) / 20)) / Math.max(1e-9, rms);
  return combed.map((value) => value * level);
}
