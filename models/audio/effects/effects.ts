/** The sound effects that Kiln makes by itself: textures that can loop, single events, and drum strokes. */
import { Biquad, designBiquad } from '../dsp/biquad.ts';
import { clamp, gainOfDb } from '../dsp/levels.ts';
import { kick, metal, snare, tom, bursts, type MetalPatch } from '../drums/pieces.ts';
import { measureLoudness } from '../loudness/loudness.ts';
import { truePeak } from '../loudness/true-peak.ts';
import type { Voice } from '../synth/sound.ts';
import { play, varied, type EffectContext } from './effect.ts';
import { fire, footsteps, rain } from './grains.ts';
import { explosion, impact, thunder, whoosh } from './impacts.ts';
import { hum, waves, wind } from './textures.ts';

export interface EffectInfo {
  title: string;
  group: 'texture' | 'event' | 'drum';
  loopable: boolean;
  defaultLengthS: number;
}

type Generator = (context: EffectContext) => void;

const hat: MetalPatch = { lowHz: 3200, highHz: 13_500, modes: 26, t60S: 0.11, wash: 0.9, bloomS: 0.001, amplitude: 0.5, pan: 0 };
const cymbal: MetalPatch = { lowHz: 420, highHz: 13_000, modes: 46, t60S: 3.4, wash: 1.2, bloomS: 0.012, amplitude: 0.62, pan: 0 };

const stroke =
  (make: (context: EffectContext, stroke: { sampleRate: number; seed: number; velocity: number }) => Voice): Generator =>
  (context) =>
    play(context, make(context, { sampleRate: context.sampleRate, seed: context.seed, velocity: 0.45 + 0.55 * context.intensity }), 0);
const cymbalLike = (patch: MetalPatch): Generator =>
  stroke((context, of) => {
    const size = varied(context, 1, 1.4);
    return metal(of, { ...patch, lowHz: patch.lowHz * size, highHz: Math.min(15_000, patch.highHz * size), t60S: patch.t60S * varied(context, 2, 1.5) }, Math.round(varied(context, 3, 9) * 1000)); // prettier-ignore
  });

const texture = (title: string, make: Generator, defaultLengthS = 8): EffectInfo & { make: Generator } => ({ title, group: 'texture', loopable: true, defaultLengthS, make }); // prettier-ignore
const event = (title: string, make: Generator, defaultLengthS: number): EffectInfo & { make: Generator } => ({ title, group: 'event', loopable: false, defaultLengthS, make }); // prettier-ignore
const drum = (title: string, make: Generator, defaultLengthS: number): EffectInfo & { make: Generator } => ({ title, group: 'drum', loopable: false, defaultLengthS, make }); // prettier-ignore

const generators = {
  wind: texture('Wind', wind),
  rain: texture('Rain', rain),
  waves: texture('Waves', waves, 16),
  fire: texture('Fire', fire),
  hum: texture('Hum', hum),
  footsteps: event('Footsteps', footsteps, 4),
  thunder: event('Thunder', thunder, 7),
  explosion: event('Explosion', explosion, 3),
  whoosh: event('Whoosh', whoosh, 1),
  'impact-wood': event('Blow on wood', impact('wood'), 0.8),
  'impact-metal': event('Blow on metal', impact('metal'), 3),
  'impact-glass': event('Blow on glass', impact('glass'), 1.2),
  kick: drum('Kick', stroke((context, of) => kick(of, 50 * varied(context, 1, 1.3))), 0.8), // prettier-ignore
  snare: drum('Snare', stroke((context, of) => snare(of, 190 * varied(context, 1, 1.3), 0.24 * varied(context, 2, 1.6))), 0.6), // prettier-ignore
  tom: drum('Tom', stroke((context, of) => tom(of, 120 * varied(context, 1, 1.7), 0, 0.9 * varied(context, 2, 1.3))), 1.2), // prettier-ignore
  clap: drum('Clap', stroke((context, of) => bursts(of, { hz: 1250 * varied(context, 1, 1.3), q: 0.9, count: 4, gapS: 0.0105 * varied(context, 2, 1.4), attackS: 0.0008, t60S: 0.03, tailS: 0.22, amplitude: 0.85 })), 0.5), // prettier-ignore
  'closed-hat': drum('Closed hi-hat', cymbalLike(hat), 0.3),
  'open-hat': drum('Open hi-hat', cymbalLike({ ...hat, t60S: 0.95, wash: 1.1 }), 1.2),
  crash: drum('Crash cymbal', cymbalLike(cymbal), 3.5),
  ride: drum(
    'Ride cymbal',
    cymbalLike({ ...cymbal, lowHz: 520, t60S: 3, wash: 0.3, bloomS: 0.02, amplitude: 0.42, ping: [3120, 4480, 5230] }),
    3,
  ),
} satisfies Record<string, EffectInfo & { make: Generator }>;

export type EffectId = keyof typeof generators;
export const effectIds = Object.keys(generators) as EffectId[];
export const effectInfo = (id: EffectId): EffectInfo => generators[id];
export const shortestEffectS = 0.05;
export const longestEffectS = 300;

export interface EffectOptions {
  sampleRate: number;
  /** 0.05..300. */
  lengthS: number;
  seed: number;
  /** 0..1, how far from the typical sound; 0 unless told. */
  variation?: number;
  /** 0..1; 0.5 unless told. */
  intensity?: number;
  /** The end runs into the beginning; only textures can. */
  loop?: boolean;
}

const textureLufs = -20;
const peakDb = -1;
const lastFadeS = 0.02;

/** @returns stereo; textures at -20 LUFS, events at -1 dBTP, neither above that peak */
export function makeEffect(id: EffectId, options: EffectOptions): { left: Float32Array; right: Float32Array } {
  const { sampleRate, seed, variation = 0, intensity = 0.5, loop = false } = options;
  const { make, loopable, group }: EffectInfo & { make: Generator } = generators[id];
  const length = Math.round(clamp(options.lengthS, shortestEffectS, longestEffectS) * sampleRate);
  const overlap = loop && loopable ? Math.min(Math.round(length / 2), sampleRate) : 0;
  // Filters and slow noise settle before anything is kept of a texture.
  const lead = group === 'texture' ? Math.round(sampleRate / 4) : 0;
  const frames = lead + length + overlap;
  const context: EffectContext = {
    sampleRate, frames, seed, variation: clamp(variation, 0, 1), intensity: clamp(intensity, 0, 1),
    left: new Float32Array(frames), right: new Float32Array(frames),
  }; // prettier-ignore
  make(context);
  // Thumps push the air one way: what is below hearing only takes room.
  for (const samples of [context.left, context.right]) new Biquad(designBiquad('highpass', sampleRate, 18)).process(samples);
  const sides = [context.left, context.right].map((samples) => samples.slice(lead));
  for (const samples of sides) {
    // What comes after the end is faded into the beginning, at equal power: the sounds there are unrelated.
    for (let index = 0; index < overlap; index += 1) {
      const turn = ((index + 0.5) / overlap) * (Math.PI / 2);
      samples[index] = (samples[index] ?? 0) * Math.sin(turn) + (samples[length + index] ?? 0) * Math.cos(turn);
    }
    if (overlap === 0) fadeEnds(samples, group === 'texture', Math.round(lastFadeS * sampleRate));
  }
  const [left = new Float32Array(), right = new Float32Array()] = sides.map((samples) => samples.slice(0, length));
  const peak = truePeak([left, right]);
  const loudness = measureLoudness([left, right], sampleRate).integratedLufs;
  const toPeak = peak > 0 ? gainOfDb(peakDb) / peak : 1;
  const gain = group === 'texture' && loudness > -Infinity ? Math.min(toPeak, gainOfDb(textureLufs - loudness)) : toPeak;
  return { left: left.map((sample) => sample * gain), right: right.map((sample) => sample * gain) };
}

function fadeEnds(samples: Float32Array, start: boolean, frames: number): void {
  const count = Math.min(frames, Math.floor(samples.length / 4));
  for (let index = 0; index < count; index += 1) {
    const gain = index / count;
    if (start) samples[index] = (samples[index] ?? 0) * gain;
    const last = samples.length - 1 - index;
    samples[last] = (samples[last] ?? 0) * gain;
  }
}
