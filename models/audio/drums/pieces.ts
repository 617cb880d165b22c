/** The kinds of thing a drum kit is made of; each stroke's lengths and pitches vary a little with its seed. */
import { clamp, decayFactor, gainOfDb } from '../dsp/levels.ts';
import { mixSeeds, Noise } from '../dsp/noise.ts';
import { sineOfTurns } from '../dsp/wavetable.ts';
import { ModalVoice, type Mode } from '../instruments/modal-voice.ts';
import { Layers, NoiseBurst } from '../instruments/noise-burst.ts';
import type { Voice } from '../synth/sound.ts';

export interface Stroke {
  sampleRate: number;
  seed: number;
  /** 0..1. */
  velocity: number;
}

/** Drums are played over a wide range; the softest stroke lies 30 dB below the loudest. */
const levelOf = (velocity: number): number => gainOfDb(-30 * (1 - velocity));

export interface SweepPatch {
  startHz: number;
  endHz: number;
  /** Seconds until the pitch has fallen most of the way. */
  fallS: number;
  t60S: number;
  amplitude: number;
  /** Odd harmonics by soft clipping of the sine, 0..1. */
  drive: number;
}

/** A skin whose pitch falls as its tension does: kick, and the low end of toms. */
export class SweepVoice implements Voice {
  readonly #patch: SweepPatch;
  readonly #sampleRate: number;
  readonly #fallFactor: number;
  readonly #levelFactor: number;
  #rise: number;
  #level: number;
  #phase = 0;
  #frame = 0;

  constructor(patch: SweepPatch, sampleRate: number) {
    this.#patch = patch;
    this.#sampleRate = sampleRate;
    this.#rise = patch.startHz - patch.endHz;
    this.#fallFactor = Math.exp(-1 / (patch.fallS * sampleRate));
    this.#levelFactor = decayFactor(patch.t60S, sampleRate);
    this.#level = patch.amplitude;
  }

  release(): void {
    // A drum rings whether or not a key is held.
  }

  render(left: Float32Array, right: Float32Array, from: number, to: number): boolean {
    const { endHz, drive } = this.#patch;
    const attackFrames = this.#sampleRate * 0.0012;
    for (let index = from; index < to; index += 1) {
      const sine = sineOfTurns(this.#phase);
      // A cubic, so that no harmonics but the third come up.
      const shaped = sine * (1 + drive * (1 - sine * sine));
      const value = shaped * this.#level * Math.min(1, this.#frame / attackFrames);
      left[index] = (left[index] ?? 0) + value;
      right[index] = (right[index] ?? 0) + value;
      this.#phase += (endHz + this.#rise) / this.#sampleRate;
      if (this.#phase >= 1) this.#phase -= 1;
      this.#rise *= this.#fallFactor;
      this.#level *= this.#levelFactor;
      this.#frame += 1;
    }
    return this.#level > 1e-5;
  }
}

export interface KickPatch {
  /** The pitch at the beginning over the end's, soft and hard. */
  glide: readonly [number, number];
  fallS: number;
  t60S: number;
  drive: number;
  clickHz: number;
  click: number;
}

const kickPatch: KickPatch = { glide: [2.6, 4.4], fallS: 0.022, t60S: 0.62, drive: 0.35, clickHz: 2600, click: 0.55 };

export function kick({ sampleRate, seed, velocity }: Stroke, hz: number, patch = kickPatch): Voice {
  const level = levelOf(velocity);
  const [soft, hard] = patch.glide;
  return new Layers([
    new SweepVoice({ startHz: hz * (soft + (hard - soft) * velocity), endHz: hz, fallS: patch.fallS, t60S: patch.t60S, amplitude: 0.8 * level, drive: patch.drive * velocity }, sampleRate),
    new NoiseBurst({
      sampleRate, seed, amplitude: patch.click * level * velocity, attackS: 0.0006, t60S: 0.035,
      filters: [{ kind: 'bandpass', hz: patch.clickHz, q: 0.7 }],
    }),
  ]); // prettier-ignore
}

/** The ratios of a round membrane's modes: zeros of Bessel functions over the first. */
const membrane = [1, 1.593, 2.135, 2.295, 2.653, 2.917, 3.155, 3.5];

export interface SkinPatch {
  ratios: readonly number[];
  /** The pitch at the beginning over the end's, soft and hard. */
  glide: readonly [number, number];
  fallS: number;
}

const skinPatch: SkinPatch = { ratios: membrane, glide: [1.25, 1.5], fallS: 0.05 };

export function tom({ sampleRate, seed, velocity }: Stroke, hz: number, pan: number, t60S = 0.9, slap = 0.3, patch = skinPatch): Voice {
  const [soft, hard] = patch.glide;
  const level = levelOf(velocity);
  const noise = new Noise(seed);
  const modes: Mode[] = patch.ratios.slice(1).map((ratio, place) => ({
    hz: hz * ratio * noise.between(0.99, 1.01),
    amplitude: (0.16 * level * (0.4 + 0.6 * velocity)) / (1 + place * 0.6),
    t60S: (t60S * 0.55) / (1 + place * 0.35),
    pan,
  }));
  return new Layers([
    new SweepVoice({ startHz: hz * (soft + (hard - soft) * velocity), endHz: hz, fallS: patch.fallS, t60S, amplitude: 0.42 * level, drive: 0.1 }, sampleRate),
    new ModalVoice(modes, { sampleRate, attackS: 0.001, releaseT60S: Infinity }),
    new NoiseBurst({
      sampleRate, seed: mixSeeds(seed, 1), amplitude: slap * level, attackS: 0.0006, t60S: 0.06,
      filters: [{ kind: 'bandpass', hz: 1200 + hz * 4, q: 0.6 }],
    }),
  ]); // prettier-ignore
}

export interface SnarePatch {
  ratios: readonly number[];
  headT60S: number;
  wiresHz: number;
}

const snarePatch: SnarePatch = { ratios: [1, 1.59, 1.78, 2.14, 2.65], headT60S: 0.24, wiresHz: 4500 };

export function snare({ sampleRate, seed, velocity }: Stroke, hz: number, wiresT60S: number, patch = snarePatch): Voice {
  const level = levelOf(velocity);
  const noise = new Noise(seed);
  const modes: Mode[] = patch.ratios.map((ratio, place) => ({
    hz: hz * ratio * noise.between(0.985, 1.015),
    amplitude: (0.34 * level) / (1 + place * 0.9),
    t60S: patch.headT60S / (1 + place * 0.25),
    pan: noise.between(-0.15, 0.15),
  }));
  return new Layers([
    new ModalVoice(modes, { sampleRate, attackS: 0.0008, releaseT60S: Infinity }),
    new NoiseBurst({
      sampleRate, seed: mixSeeds(seed, 1), amplitude: 0.42 * level, attackS: 0.0012, t60S: wiresT60S * (0.8 + 0.3 * velocity), width: 0.5,
      filters: [{ kind: 'highpass', hz: 1200 }, { kind: 'peak', hz: patch.wiresHz, q: 0.7, gainDb: 5 }, { kind: 'lowpass', hz: 7000 + 6000 * velocity }],
    }),
    new NoiseBurst({
      sampleRate, seed: mixSeeds(seed, 2), amplitude: 0.5 * level * velocity, attackS: 0.0005, t60S: 0.025,
      filters: [{ kind: 'bandpass', hz: 2200, q: 0.6 }],
    }),
  ]); // prettier-ignore
}

export interface MetalPatch {
  lowHz: number;
  highHz: number;
  modes: number;
  t60S: number;
  /** Share of noise: the wash of a crash. */
  wash: number;
  /** Seconds the wash takes to bloom. */
  bloomS: number;
  amplitude: number;
  pan: number;
  /** A few clear modes of a bell or a ride's ping, Hz. */
  ping?: readonly number[];
}

/** Cymbals and hats: many modes without any order, the high ones gone first. */
export function metal({ sampleRate, seed, velocity }: Stroke, patch: MetalPatch, kindSeed: number): Voice {
  const level = levelOf(velocity) * patch.amplitude;
  // The same cymbal each time: modes from the kind, their strengths from the stroke.
  const cymbal = new Noise(kindSeed);
  const stroke = new Noise(seed);
  const modes: Mode[] = Array.from({ length: patch.modes }, (_, place) => {
    const share = (place + 0.5 + 0.5 * cymbal.white()) / patch.modes;
    const hz = patch.lowHz * (patch.highHz / patch.lowHz) ** clamp(share, 0, 1);
    return {
      hz,
      amplitude: (level * 0.55 * stroke.between(0.5, 1.3)) / Math.sqrt(patch.modes),
      t60S: patch.t60S * cymbal.between(0.5, 1.1) * clamp((patch.lowHz * 3) / hz + 0.25, 0.25, 1.2),
      pan: patch.pan + 0.5 * cymbal.white(),
    };
  });
  for (const hz of patch.ping ?? []) modes.push({ hz, amplitude: level * 0.13, t60S: patch.t60S * 0.7, pan: patch.pan });
  const wash = { sampleRate, width: 0.7, filters: [{ kind: 'highpass' as const, hz: Math.max(2500, patch.lowHz * 1.6) }, { kind: 'peak' as const, hz: 8500, q: 0.6, gainDb: 4 }] }; // prettier-ignore
  return new Layers([
    new ModalVoice(modes, { sampleRate, attackS: 0.0008, releaseT60S: Infinity }),
    new NoiseBurst({
      ...wash,
      seed: mixSeeds(seed, 1),
      amplitude: level * 0.4 * patch.wash,
      attackS: patch.bloomS,
      t60S: patch.t60S * 0.55,
    }),
    new NoiseBurst({ ...wash, seed: mixSeeds(seed, 2), amplitude: level * 0.45, attackS: 0.0005, t60S: Math.min(0.05, patch.t60S * 0.4) }),
  ]);
}

/** Wood and small metal: a handful of clear modes. */
export function block({ sampleRate, seed, velocity }: Stroke, hz: number, ratios: readonly number[], t60S: number, pan: number): Voice {
  const level = levelOf(velocity);
  const modes = ratios.map((ratio, place) => ({
    hz: hz * ratio,
    amplitude: (0.5 * level) / (1 + place),
    t60S: t60S / (1 + place * 0.4),
    pan,
  }));
  return new Layers([
    new ModalVoice(modes, { sampleRate, attackS: 0.0007, releaseT60S: Infinity }),
    new NoiseBurst({
      sampleRate,
      seed,
      amplitude: 0.2 * level,
      attackS: 0.0005,
      t60S: 0.012,
      filters: [{ kind: 'bandpass', hz: hz * 2, q: 0.8 }],
    }),
  ]);
}

/** Beads, or hands: bursts of noise one after the other; `gapS` apart with some chance. */
export function bursts(
  { sampleRate, seed, velocity }: Stroke,
  options: { hz: number; q: number; count: number; gapS: number; attackS: number; t60S: number; tailS: number; amplitude: number },
): Voice {
  const noise = new Noise(seed);
  const { hz, q, count, gapS, attackS, t60S, tailS, amplitude } = options;
  let at = 0;
  return new Layers(
    Array.from({ length: count }, (_, place) => {
      const burst = new NoiseBurst({
        sampleRate, seed: mixSeeds(seed, place), amplitude: levelOf(velocity) * amplitude, attackS, t60S: place === count - 1 ? tailS : t60S, width: 0.5,
        filters: [{ kind: 'bandpass', hz: hz * noise.between(0.95, 1.05), q }],
      }); // prettier-ignore
      const delayed = new Delayed(burst, Math.round(at * sampleRate));
      at += gapS * noise.between(0.75, 1.25);
      return delayed;
    }),
  );
}

/** Begins later. */
export class Delayed implements Voice {
  readonly #voice: Voice;
  #frames: number;

  constructor(voice: Voice, frames: number) {
    this.#voice = voice;
    this.#frames = frames;
  }

  release(): void {
    this.#voice.release();
  }

  render(left: Float32Array, right: Float32Array, from: number, to: number): boolean {
    const start = Math.min(to, from + this.#frames);
    this.#frames -= start - from;
    return this.#frames > 0 || start >= to || this.#voice.render(left, right, start, to);
  }
}
