/** Sustained sounds: band-limited waves, crossfaded from dark to bright by the envelope, with vibrato, drift and breath. */
import { Biquad, designBiquad } from '../dsp/biquad.ts';
import { clamp, hzOfPitch } from '../dsp/levels.ts';
import { Noise } from '../dsp/noise.ts';
import { sineOfTurns, tableSize, type WaveSet } from '../dsp/wavetable.ts';
import type { NoteStart, Voice } from '../synth/sound.ts';

export interface WavePatch {
  dark: WaveSet;
  bright: WaveSet;
  oscillators: readonly { cents: number; pan: number; gain: number }[];
  /** To about 95 %; the softest notes take `softAttack` times as long. */
  attackS: number;
  softAttack: number;
  /** Falls towards `sustain` of the peak. */
  decayS: number;
  sustain: number;
  /** Seconds to -60 dB. */
  releaseS: number;
  /** Share of the bright wave: base + velocity * v + envelope * level, 0..1. */
  brightness: { base: number; velocity: number; envelope: number };
  /** Depth in cents, coming in after the delay. */
  vibrato: { hz: number; cents: number; delayS: number };
  /** Slow wander of each oscillator, cents. */
  driftCents: number;
  /** Noise around a multiple of the pitch; `chiff` more at the start. */
  breath?: { gain: number; multiple: number; q: number; chiff: number };
  /** Of the loudest to the softest note. */
  dynamicDb: number;
}

/** Frames between changes of pitch and colour: counted from the note's start, so that blocks do not matter. */
const controlFrames = 16;

interface Oscillator {
  /** Turns, 0..1. */
  phase: number;
  step: number;
  ratio: number;
  left: number;
  right: number;
  vibratoPhase: number;
  driftPhase: number;
}

export class WaveVoice implements Voice {
  readonly #patch: WavePatch;
  readonly #sampleRate: number;
  readonly #hz: number;
  readonly #velocity: number;
  readonly #dark: Float32Array;
  readonly #bright: Float32Array;
  readonly #oscillators: Oscillator[];
  readonly #noise: Noise;
  readonly #breath: Biquad | null;
  readonly #attackShare: number;
  readonly #decayShare: number;
  readonly #releaseFactor: number;
  readonly #gain: number;
  #frame = 0;
  #rise = 0;
  #fall = 1;
  #level = 1;
  #mix = 0;
  #mixStep = 0;
  #released = false;

  constructor(patch: WavePatch, note: NoteStart, sampleRate: number) {
    this.#patch = patch;
    this.#sampleRate = sampleRate;
    this.#hz = hzOfPitch(note.pitch);
    this.#velocity = note.velocity;
    this.#dark = patch.dark.at(this.#hz, sampleRate);
    this.#bright = patch.bright.at(this.#hz, sampleRate);
    this.#noise = new Noise(note.seed);
    this.#oscillators = patch.oscillators.map(({ cents, pan, gain }) => {
      const angle = ((pan + 1) * Math.PI) / 4;
      return {
        phase: this.#noise.between(0, 1),
        step: 0,
        ratio: 2 ** (cents / 1200),
        left: gain * Math.cos(angle) * Math.SQRT2,
        right: gain * Math.sin(angle) * Math.SQRT2,
        vibratoPhase: this.#noise.between(0, 1),
        driftPhase: this.#noise.between(0, 1),
      };
    });
    if (this.#oscillators.length === 1) for (const oscillator of this.#oscillators) oscillator.phase = 0;
    const { breath } = patch;
    this.#breath =
      breath === undefined
        ? null
        : new Biquad(designBiquad('bandpass', sampleRate, clamp(this.#hz * breath.multiple, 300, 9000), breath.q));
    const attackS = patch.attackS * (1 + (patch.softAttack - 1) * (1 - note.velocity));
    this.#attackShare = 1 - Math.exp(-3 / Math.max(1, attackS * sampleRate));
    this.#decayShare = 1 - Math.exp(-3 / Math.max(1, patch.decayS * sampleRate));
    this.#releaseFactor = 10 ** (-3 / (patch.releaseS * sampleRate));
    this.#gain = 10 ** ((-patch.dynamicDb * (1 - note.velocity)) / 20);
    this.#mix = this.#wantedMix();
  }

  release(): void {
    this.#released = true;
  }

  #wantedMix(): number {
    const { base, velocity, envelope } = this.#patch.brightness;
    return clamp(base + velocity * this.#velocity + envelope * this.#rise * this.#fall, 0, 1);
  }

  #control(): void {
    const { vibrato, driftCents } = this.#patch;
    const seconds = this.#frame / this.#sampleRate;
    const depth = vibrato.cents * clamp((seconds - vibrato.delayS) / 0.4, 0, 1);
    for (const oscillator of this.#oscillators) {
      const cents =
        depth * sineOfTurns(oscillator.vibratoPhase + seconds * vibrato.hz) +
        driftCents * sineOfTurns(oscillator.driftPhase + seconds * (0.31 + 0.2 * oscillator.driftPhase));
      oscillator.step = (this.#hz * oscillator.ratio * 2 ** (cents / 1200)) / this.#sampleRate;
    }
    this.#mixStep = (this.#wantedMix() - this.#mix) / controlFrames;
  }

  render(left: Float32Array, right: Float32Array, from: number, to: number): boolean {
    const dark = this.#dark;
    const bright = this.#bright;
    const { sustain, breath } = this.#patch;
    for (let index = from; index < to; index += 1) {
      if (this.#frame % controlFrames === 0) this.#control();
      this.#rise += (1 - this.#rise) * this.#attackShare;
      this.#fall += (sustain - this.#fall) * this.#decayShare;
      if (this.#released) this.#level *= this.#releaseFactor;
      this.#mix += this.#mixStep;
      // Squared: the start is then without a corner.
      const gain = this.#rise * this.#rise * this.#fall * this.#level * this.#gain;
      let sumLeft = 0;
      let sumRight = 0;
      for (const oscillator of this.#oscillators) {
        const position = oscillator.phase * tableSize;
        const place = position | 0;
        const part = position - place;
        const low = dark[place] ?? 0;
        const high = bright[place] ?? 0;
        const darkValue = low + ((dark[place + 1] ?? 0) - low) * part;
        const value = darkValue + this.#mix * (high + ((bright[place + 1] ?? 0) - high) * part - darkValue);
        sumLeft += value * oscillator.left;
        sumRight += value * oscillator.right;
        oscillator.phase += oscillator.step;
        if (oscillator.phase >= 1) oscillator.phase -= 1;
      }
      if (this.#breath !== null && breath !== undefined) {
        const air = this.#breath.step(this.#noise.white()) * breath.gain * (1 + breath.chiff * (1 - this.#rise));
        sumLeft += air;
        sumRight += air;
      }
      left[index] = (left[index] ?? 0) + sumLeft * gain;
      right[index] = (right[index] ?? 0) + sumRight * gain;
      this.#frame += 1;
    }
    return this.#level > 1e-5 && (sustain > 0 || this.#fall > 1e-5);
  }
}
