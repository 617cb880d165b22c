/**
 * The numbers that the sound effects are made of: frequencies, decays, rates and slopes. They are a pack's data, so that they can be
 * fitted (models/training/sound) and replaced without a line of code. A pair is [calm, fierce], unless told: what intensity goes between.
 */
import { z } from 'zod';

export const effectParametersVersion = 1;

const hz = z.number().min(1).max(20_000);
const seconds = z.number().min(0.0001).max(60);
const share = z.number().min(0).max(4);
const q = z.number().min(0.1).max(20);
const pair = <Value extends z.ZodType>(value: Value): z.ZodTuple<[Value, Value], null> => z.tuple([value, value]);

const windSchema = z.object({
  /** Gusts and flutter, changes a second. */
  gustHz: z.number().min(0.01).max(10),
  flutterHz: z.number().min(0.1).max(40),
  /** The edge's tone (Strouhal: proportional to the air's speed), its sharpness and strength. */
  edgeHz: pair(hz),
  edgeQ: pair(q),
  edge: share,
  /** Broad noise above it, this many times as high. */
  airRatio: z.number().min(1).max(20),
  air: share,
  rumbleHz: hz,
  rumble: pair(share),
  /** Beyond, distance takes the brightness away. */
  topHz: hz,
  topQ: q,
});

const rainSchema = z.object({
  /** Near drops that are heard one by one. */
  dropsPerSecond: pair(z.number().min(0).max(5000)),
  /** Drops in puddles, whose bubbles ring: Minnaert's frequency, van den Doel's damping a f + b f^1.5 (1/s). */
  bubbles: z.object({
    share: z.number().min(0).max(1),
    /** Metres: smallest, largest. */
    radiusM: pair(z.number().min(0.0001).max(0.02)),
    /** Of the power law that radii follow. */
    exponent: z.number().min(0).max(6),
    /** Hz times metres: 3.26 for air in water at the surface. */
    minnaert: z.number().min(1).max(10),
    damping: z.tuple([z.number().min(0), z.number().min(0)]),
    /** How much the pitch rises within a damping time. */
    rise: z.number().min(0).max(1),
    level: share,
  }),
  /** Drops on hard ground: [small, large]. */
  clicks: z.object({ hz: pair(hz), t60S: pair(seconds), level: share }),
  /** All the far drops together. */
  wash: pair(share),
  washHz: z.object({ low: hz, high: hz }),
  roofHz: hz,
  roof: share,
});

const wavesSchema = z.object({
  periodS: pair(seconds),
  /** Share of a swell's way at which it breaks. */
  breaksAt: z.number().min(0.05).max(0.9),
  bodyHz: hz,
  /** How far the breaker opens the spectrum. */
  surgeHz: hz,
  bodyQ: q,
  foamHz: hz,
  foamQ: q,
  foam: share,
  topHz: hz,
});

const fireSchema = z.object({
  cracksPerSecond: pair(z.number().min(0).max(500)),
  /** Strengths follow a power law: smallest * u^-exponent. */
  smallest: share,
  exponent: z.number().min(0).max(2),
  /** Smallest, largest of each. */
  crackHz: pair(hz),
  crackQ: pair(q),
  crackT60S: pair(seconds),
  flickerHz: z.number().min(0.1).max(40),
  draughtHz: z.number().min(0.01).max(10),
  flamesHz: hz,
  flamesQ: q,
  flames: pair(share),
  hissHz: hz,
  hiss: share,
});

const humSchema = z.object({
  baseHz: hz,
  partials: z.int().min(1).max(100),
  /** Strength of odd harmonics beside even ones: iron pulls twice a turn. */
  odd: share,
  /** Amplitude falls with the harmonic's number to this power. */
  slope: pair(z.number().min(0).max(6)),
  beatHz: pair(z.number().min(0).max(20)),
  beat: share,
  airHz: hz,
  air: share,
});

const footstepsSchema = z.object({
  paceS: pair(seconds),
  groundHz: hz,
  ratios: z.array(z.number().min(0.1).max(50)).min(1).max(32),
  t60S: seconds,
  /** The toe after the heel: seconds, and its pitch over the heel's. */
  toeS: seconds,
  toe: z.number().min(0.1).max(10),
  gritHz: pair(hz),
  gritT60S: seconds,
  grit: share,
});

const thunderSchema = z.object({
  /** Stretches of the channel, and claps they gather in. */
  stretches: z.int().min(1).max(500),
  claps: z.int().min(1).max(50),
  /** e-folds of level from the nearest to the farthest. */
  fading: z.number().min(0).max(20),
  /** Cut of the farthest stretch; what a near one adds, and what a strike beside adds. */
  farHz: hz,
  nearHz: hz,
  strikeHz: hz,
  /** Of the nearest and the farthest. */
  attackS: pair(seconds),
  t60S: pair(seconds),
});

const explosionSchema = z.object({
  startHz: pair(hz),
  endHz: hz,
  /** e-folds a second. */
  darkening: z.number().min(0.1).max(100),
  decay: z.number().min(0.1).max(100),
  modesHz: z.array(hz).min(1).max(16),
  pieces: z.int().min(0).max(1000),
  piecesHz: pair(hz),
});

const whooshSchema = z.object({
  topHz: pair(hz),
  q,
  airRatio: z.number().min(1).max(10),
  air: share,
  /** Of the level towards the middle. */
  sharpness: z.number().min(0.5).max(6),
});

const impactSchema = z.object({
  hz,
  /** Of the modes to the lowest: bars, plates and rings have their laws. */
  ratios: z.array(z.number().min(1).max(200)).min(1).max(64),
  /** How unlike the law's each thing's modes are. */
  spread: z.number().min(0).max(0.5),
  /** Loss factor of the material and its mounting: a mode takes 2.2 / (loss * f) seconds to -60 dB, and no more than `longestS`. */
  loss: z.number().min(0.0001).max(1),
  longestS: seconds,
  tilt: z.number().min(0).max(4),
  /** Up to where the contact excites. */
  contactHz: pair(hz),
});

const metalSchema = z.object({
  lowHz: hz,
  highHz: hz,
  modes: z.int().min(1).max(200),
  t60S: seconds,
  wash: share,
  bloomS: seconds,
  amplitude: share,
  ping: z.array(hz).max(16).default([]),
});

const drumsSchema = z.object({
  kick: z.object({
    hz,
    /** The pitch at the beginning over the end's, soft and hard. */
    glide: pair(z.number().min(1).max(20)),
    fallS: seconds,
    t60S: seconds,
    drive: z.number().min(0).max(1),
    clickHz: hz,
    click: share,
  }),
  snare: z.object({ hz, ratios: z.array(z.number().min(0.5).max(20)).min(1).max(32), headT60S: seconds, wiresT60S: seconds, wiresHz: hz }),
  tom: z.object({ hz, ratios: z.array(z.number().min(1).max(20)).min(1).max(32), glide: pair(z.number().min(1).max(4)), fallS: seconds, t60S: seconds }),
  clap: z.object({ hz, q, hands: z.int().min(1).max(20), gapS: seconds, t60S: seconds, tailS: seconds }),
  'closed-hat': metalSchema,
  'open-hat': metalSchema,
  crash: metalSchema,
  ride: metalSchema,
}); // prettier-ignore

export const effectParametersSchema = z.object({
  formatVersion: z.literal(effectParametersVersion),
  wind: windSchema,
  rain: rainSchema,
  waves: wavesSchema,
  fire: fireSchema,
  hum: humSchema,
  footsteps: footstepsSchema,
  thunder: thunderSchema,
  explosion: explosionSchema,
  whoosh: whooshSchema,
  impacts: z.object({ wood: impactSchema, metal: impactSchema, glass: impactSchema }),
  drums: drumsSchema,
});
export type EffectParameters = z.infer<typeof effectParametersSchema>;
export type DrumParameters = EffectParameters['drums'];

/** Between a pair. @param at 0..1 */
export const between = ([from, to]: readonly [number, number], at: number): number => from + (to - from) * at;
