/** Guitars, harps and basses: strings and the wood, or the amplifier, that carries them. */
import { clamp } from '../dsp/levels.ts';
import type { Instrument } from '../synth/sound.ts';
import { ChorusInsert, FilterInsert } from './inserts.ts';
import { StringVoice, type StringPatch } from './string-voice.ts';
import type { BiquadKind } from '../dsp/biquad.ts';

interface Body {
  filters: readonly { kind: BiquadKind; hz: number; q?: number; gainDb?: number }[];
  chorus?: number;
}

export const stringPatches = {
  nylon: { t60S: 4, t60PerOctave: 1.3, brightness: 0.25, position: 0.22, noise: 0.15, pluckHz: [900, 3800], releaseT60S: 0.25, pan: 0 },
  steel: { t60S: 6, t60PerOctave: 1.3, brightness: 0.75, position: 0.14, noise: 0.35, pluckHz: [1800, 9000], releaseT60S: 0.25, pan: 0 },
  electric: { t60S: 8, t60PerOctave: 1.25, brightness: 0.5, position: 0.18, noise: 0.2, pluckHz: [1500, 6000], releaseT60S: 0.15, pan: 0 },
  muted: { t60S: 0.5, t60PerOctave: 1.2, brightness: 0.2, position: 0.16, noise: 0.2, pluckHz: [900, 3500], releaseT60S: 0.1, pan: 0 },
  harp: { t60S: 6, t60PerOctave: 1.45, brightness: 0.35, position: 0.35, noise: 0.08, pluckHz: [800, 4000], releaseT60S: 3, pan: 0 },
  harpsichord: {
    t60S: 5,
    t60PerOctave: 1.4,
    brightness: 0.95,
    position: 0.09,
    noise: 0.3,
    pluckHz: [6000, 9000],
    releaseT60S: 0.15,
    pan: 0,
  },
  koto: { t60S: 3, t60PerOctave: 1.3, brightness: 0.6, position: 0.08, noise: 0.3, pluckHz: [2000, 8000], releaseT60S: 1.2, pan: 0 },
  banjo: { t60S: 1.3, t60PerOctave: 1.2, brightness: 0.8, position: 0.1, noise: 0.3, pluckHz: [2500, 9000], releaseT60S: 0.3, pan: 0 },
  pizzicato: { t60S: 0.55, t60PerOctave: 1.5, brightness: 0.2, position: 0.3, noise: 0.12, pluckHz: [700, 2800], releaseT60S: 0.5, pan: 0 },
  fingerBass: {
    t60S: 7,
    t60PerOctave: 1.15,
    brightness: 0.22,
    position: 0.28,
    noise: 0.06,
    pluckHz: [500, 1900],
    releaseT60S: 0.12,
    pan: 0,
  },
  pickBass: { t60S: 6, t60PerOctave: 1.15, brightness: 0.45, position: 0.15, noise: 0.2, pluckHz: [1000, 5000], releaseT60S: 0.1, pan: 0 },
  uprightBass: {
    t60S: 2.6,
    t60PerOctave: 1.2,
    brightness: 0.08,
    position: 0.3,
    noise: 0.08,
    pluckHz: [380, 1400],
    releaseT60S: 0.15,
    pan: 0,
  },
} satisfies Record<string, StringPatch>;

/** Air and top plate of a guitar, then its bridge. */
export const guitarBody: Body = {
  filters: [
    { kind: 'highpass', hz: 65 },
    { kind: 'peak', hz: 105, q: 2.5, gainDb: 5 },
    { kind: 'peak', hz: 205, q: 2.5, gainDb: 4 },
    { kind: 'peak', hz: 420, q: 1.5, gainDb: -2 },
    { kind: 'peak', hz: 2600, q: 1, gainDb: 3 },
  ],
};
export const harpBody: Body = {
  filters: [
    { kind: 'highpass', hz: 50 },
    { kind: 'peak', hz: 240, q: 1, gainDb: 3 },
    { kind: 'high-shelf', hz: 5000, gainDb: -2 },
  ],
};
export const amplifier: Body = {
  filters: [
    { kind: 'highpass', hz: 75 },
    { kind: 'peak', hz: 2300, q: 0.9, gainDb: 4 },
    { kind: 'lowpass', hz: 5500 },
  ],
  chorus: 0.3,
};
export const bassCabinet: Body = {
  filters: [
    { kind: 'highpass', hz: 30 },
    { kind: 'peak', hz: 85, q: 0.8, gainDb: 3 },
    { kind: 'peak', hz: 750, q: 1, gainDb: 2 },
    { kind: 'lowpass', hz: 4500 },
  ],
};
export const violinBody: Body = {
  filters: [
    { kind: 'peak', hz: 290, q: 2, gainDb: 4 },
    { kind: 'peak', hz: 560, q: 2, gainDb: 4 },
    { kind: 'lowpass', hz: 6000 },
  ],
};

/** @param spread low strings to the left, high ones to the right, 0..1 */
export const plucked = (name: string, patch: StringPatch, body: Body, gain: number, spread = 0): Instrument => ({
  name,
  gain,
  start: (note, sampleRate) => new StringVoice({ ...patch, pan: clamp(((note.pitch - 60) / 40) * spread, -0.6, 0.6) }, note, sampleRate),
  insert(sampleRate) {
    const filters = new FilterInsert(sampleRate, body.filters);
    if (body.chorus === undefined) return filters;
    const chorus = new ChorusInsert(sampleRate, { hz: 0.6, swayMs: 1.6, share: body.chorus });
    return {
      process(left, right, from, to) {
        filters.process(left, right, from, to);
        chorus.process(left, right, from, to);
      },
    };
  },
});
