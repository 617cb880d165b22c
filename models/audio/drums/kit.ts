/** The kit by General MIDI's percussion map (level 1, keys 35 to 81). Other keys are silent. */
import { FilterInsert } from '../instruments/inserts.ts';
import type { Instrument, Voice } from '../synth/sound.ts';
import { block, bursts, kick, metal, snare, tom, type MetalPatch, type Stroke } from './pieces.ts';

const closedHat: MetalPatch = { lowHz: 3200, highHz: 13_500, modes: 26, t60S: 0.11, wash: 0.9, bloomS: 0.001, amplitude: 0.5, pan: 0.25 };
const pedalHat: MetalPatch = { ...closedHat, t60S: 0.075, amplitude: 0.32 };
const openHat: MetalPatch = { ...closedHat, t60S: 0.95, wash: 1.1 };
const crash: MetalPatch = { lowHz: 420, highHz: 13_000, modes: 46, t60S: 3.4, wash: 1.2, bloomS: 0.012, amplitude: 0.62, pan: -0.3 };
const china: MetalPatch = { ...crash, lowHz: 300, t60S: 1.8, wash: 1.6, bloomS: 0.006, pan: 0.4 };
const splash: MetalPatch = { ...crash, lowHz: 800, modes: 36, t60S: 1.1, bloomS: 0.003, pan: -0.1 };
const ride: MetalPatch = {
  lowHz: 520,
  highHz: 12_500,
  modes: 40,
  t60S: 3,
  wash: 0.3,
  bloomS: 0.02,
  amplitude: 0.42,
  pan: 0.4,
  ping: [3120, 4480, 5230],
};
const rideBell: MetalPatch = { ...ride, wash: 0.15, modes: 20, amplitude: 0.4, ping: [1460, 2210, 2930, 4360] };
const tambourine: MetalPatch = { lowHz: 4200, highHz: 14_000, modes: 24, t60S: 0.25, wash: 1.2, bloomS: 0.004, amplitude: 0.4, pan: -0.2 };
const triangleModes = [1, 2.63, 4.02, 5.41, 7.12];

const shaker = (stroke: Stroke, hz: number, attackS: number, t60S: number): Voice =>
  bursts(stroke, { hz, q: 0.9, count: 1, gapS: 0, attackS, t60S, tailS: t60S, amplitude: 0.6 });
const scrape = (stroke: Stroke, count: number): Voice =>
  bursts(stroke, { hz: 2600, q: 1.5, count, gapS: 0.014, attackS: 0.001, t60S: 0.02, tailS: 0.03, amplitude: 0.45 });
const whistle = (stroke: Stroke, t60S: number): Voice => block(stroke, 2350, [1, 1.004, 1.03], t60S, 0);

const pieces: Readonly<Record<number, (stroke: Stroke) => Voice>> = {
  35: (s) => kick(s, 45),
  36: (s) => kick(s, 52),
  37: (s) => block(s, 480, [1, 1.72, 3.44, 5.2], 0.07, -0.1),
  38: (s) => snare(s, 186, 0.26),
  39: (s) => bursts(s, { hz: 1250, q: 0.9, count: 4, gapS: 0.0105, attackS: 0.0008, t60S: 0.03, tailS: 0.22, amplitude: 0.85 }),
  40: (s) => snare(s, 225, 0.2),
  41: (s) => tom(s, 74, 0.45),
  42: (s) => metal(s, closedHat, 42),
  43: (s) => tom(s, 88, 0.35),
  44: (s) => metal(s, pedalHat, 42),
  45: (s) => tom(s, 104, 0.15),
  46: (s) => metal(s, openHat, 42),
  47: (s) => tom(s, 124, 0),
  48: (s) => tom(s, 147, -0.15),
  49: (s) => metal(s, crash, 49),
  50: (s) => tom(s, 175, -0.35),
  51: (s) => metal(s, ride, 51),
  52: (s) => metal(s, china, 52),
  53: (s) => metal(s, rideBell, 51),
  54: (s) => metal(s, tambourine, 54),
  55: (s) => metal(s, splash, 55),
  56: (s) => block(s, 562, [1, 1.504, 2.8], 0.25, 0.2),
  57: (s) => metal(s, { ...crash, lowHz: 350, pan: 0.3 }, 57),
  58: (s) => scrape(s, 18),
  59: (s) => metal(s, { ...ride, lowHz: 580 }, 59),
  60: (s) => tom(s, 392, 0.25, 0.22, 0.4),
  61: (s) => tom(s, 294, 0.25, 0.28, 0.35),
  62: (s) => tom(s, 330, -0.25, 0.1, 0.6),
  63: (s) => tom(s, 262, -0.25, 0.4, 0.3),
  64: (s) => tom(s, 196, -0.25, 0.5, 0.25),
  65: (s) => tom(s, 350, 0.3, 0.5, 0.3),
  66: (s) => tom(s, 262, 0.3, 0.6, 0.3),
  67: (s) => block(s, 900, [1, 2.65, 4.2], 0.4, -0.3),
  68: (s) => block(s, 670, [1, 2.65, 4.2], 0.45, -0.3),
  69: (s) => shaker(s, 5200, 0.012, 0.09),
  70: (s) => shaker(s, 6500, 0.006, 0.05),
  71: (s) => whistle(s, 0.2),
  72: (s) => whistle(s, 0.7),
  73: (s) => scrape(s, 5),
  74: (s) => scrape(s, 16),
  75: (s) => block(s, 2500, [1, 2.7], 0.09, 0.15),
  76: (s) => block(s, 1180, [1, 2.4, 3.9], 0.09, 0.25),
  77: (s) => block(s, 830, [1, 2.4, 3.9], 0.11, 0.25),
  78: (s) => tom(s, 470, -0.2, 0.12, 0.1),
  79: (s) => tom(s, 320, -0.2, 0.35, 0.1),
  80: (s) => block(s, 1600, triangleModes, 0.12, 0.3),
  81: (s) => block(s, 1600, triangleModes, 2.2, 0.3),
};

/** Hats, whistles, guiros, cuicas and triangles cut off their own kind. */
const chokeGroups: Readonly<Record<number, number>> = { 42: 1, 44: 1, 46: 1, 71: 2, 72: 2, 73: 3, 74: 3, 78: 4, 79: 4, 80: 5, 81: 5 };

export const drumPitches: readonly number[] = Object.keys(pieces).map(Number);

export const drumKit = (gain: number): Instrument => ({
  name: 'Drum kit',
  gain,
  start: ({ pitch, velocity, seed }, sampleRate) => pieces[pitch]?.({ sampleRate, seed, velocity }) ?? null,
  insert: (sampleRate) => new FilterInsert(sampleRate, [{ kind: 'highpass', hz: 25 }]),
  chokeGroup: (pitch) => chokeGroups[pitch] ?? null,
});
