/** The sound effects that Kiln makes by itself: textures that can loop, single events, and drum strokes. */
import { Biquad, designBiquad } from '../dsp/biquad.ts';
import { clamp, gainOfDb } from '../dsp/levels.ts';
import { effectNames, type EffectName } from '../../../shared/music/effect-names.ts';
import { bursts, kick, metal, snare, tom } from '../drums/pieces.ts';
import { measureLoudness } from '../loudness/loudness.ts';
import { truePeak } from '../loudness/true-peak.ts';
import type { Voice } from '../synth/sound.ts';
import { play, varied, type EffectContext } from './effect.ts';
import { fire, footsteps, rain } from './grains.ts';
import { explosion, impact, thunder, whoosh } from './impacts.ts';
import type { DrumParameters, EffectParameters } from './parameters.ts';
import { hum, waves, wind } from './textures.ts';

type Generator = (context: EffectContext) => void;

const stroke =
  (
    make: (context: EffectContext, stroke: { sampleRate: number; seed: number; velocity: number }, drums: DrumParameters) => Voice,
  ): Generator =>
  (context) => {
    const of = { sampleRate: context.sampleRate, seed: context.seed, velocity: 0.45 + 0.55 * context.intensity };
    play(context, make(context, of, context.parameters.drums), 0);
  };
const cymbal = (id: 'closed-hat' | 'open-hat' | 'crash' | 'ride'): Generator =>
  stroke((context, of, { [id]: patch }) => {
    const size = varied(context, 1, 1.4);
    const own = {
      ...patch,
      pan: 0,
      lowHz: patch.lowHz * size,
      highHz: Math.min(15_000, patch.highHz * size),
      t60S: patch.t60S * varied(context, 2, 1.5),
    };
    return metal(of, own, Math.round(varied(context, 3, 9) * 1000));
  });

/** By the ids of shared/music/effect-names.ts. */
const generators = {
  wind,
  rain,
  waves,
  fire,
  hum,
  footsteps,
  thunder,
  explosion,
  whoosh,
  'impact-wood': impact('wood'),
  'impact-metal': impact('metal'),
  'impact-glass': impact('glass'),
  kick: stroke((context, of, { kick: patch }) => kick(of, patch.hz * varied(context, 1, 1.3), patch)),
  snare: stroke((context, of, { snare: patch }) =>
    snare(of, patch.hz * varied(context, 1, 1.3), patch.wiresT60S * varied(context, 2, 1.6), patch),
  ),
  tom: stroke((context, of, { tom: patch }) =>
    tom(of, patch.hz * varied(context, 1, 1.7), 0, patch.t60S * varied(context, 2, 1.3), 0.3, patch),
  ),
  clap: stroke((context, of, { clap: { hz, q, hands, gapS, t60S, tailS } }) =>
    bursts(of, {
      hz: hz * varied(context, 1, 1.3),
      q,
      count: hands,
      gapS: gapS * varied(context, 2, 1.4),
      attackS: 0.0008,
      t60S,
      tailS,
      amplitude: 0.85,
    }),
  ),
  'closed-hat': cymbal('closed-hat'),
  'open-hat': cymbal('open-hat'),
  crash: cymbal('crash'),
  ride: cymbal('ride'),
} satisfies Record<string, Generator>;

export type EffectId = keyof typeof generators;
export const effectIds = Object.keys(generators) as EffectId[];
export const isEffectId = (id: string): id is EffectId => Object.hasOwn(generators, id);

/** @throws RangeError for an effect without a name, which the tests exclude */
export function effectInfo(id: EffectId): EffectName {
  const found = effectNames.find((one) => one.id === id);
  if (found === undefined) throw new RangeError(`The effect "${id}" has no name`);
  return found;
}
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
export function makeEffect(
  id: EffectId,
  parameters: EffectParameters,
  options: EffectOptions,
): { left: Float32Array; right: Float32Array } {
  const { sampleRate, seed, variation = 0, intensity = 0.5, loop = false } = options;
  const { loopable, group } = effectInfo(id);
  const length = Math.round(clamp(options.lengthS, shortestEffectS, longestEffectS) * sampleRate);
  const overlap = loop && loopable ? Math.min(Math.round(length / 2), sampleRate) : 0;
  // Filters and slow noise settle before anything is kept of a texture.
  const lead = group === 'texture' ? Math.round(sampleRate / 4) : 0;
  const frames = lead + length + overlap;
  const context: EffectContext = {
    sampleRate, frames, seed, parameters, variation: clamp(variation, 0, 1), intensity: clamp(intensity, 0, 1),
    left: new Float32Array(frames), right: new Float32Array(frames),
  }; // prettier-ignore
  generators[id](context);
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
