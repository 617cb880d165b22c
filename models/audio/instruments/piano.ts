/**
 * A grand piano by modes: stiff strings (partials stretched by inharmonicity), a felt hammer that is brighter the harder it
 * strikes, two slightly unlike strings a note (the beating and the two-stage decay of Weinreich, JASA 1977), dampers, and wood.
 */
import { gainOfDb, hzOfPitch } from '../dsp/levels.ts';
import { mixSeeds, Noise } from '../dsp/noise.ts';
import type { Instrument, NoteStart, Voice } from '../synth/sound.ts';
import { FilterInsert } from './inserts.ts';
import { ModalVoice, type Mode } from './modal-voice.ts';
import { Layers, NoiseBurst } from './noise-burst.ts';

export interface PianoPatch {
  /** Upright and honky-tonk: cents between the strings of a note. */
  detuneCents: number;
  /** Of the hammer, 1 is felt. */
  hardness: number;
  ring: number;
}

/** Above it strings have no dampers. */
const lastDamped = 89;

function modesOf({ pitch, velocity, seed }: NoteStart, { detuneCents, hardness, ring }: PianoPatch): Mode[] {
  const hz = hzOfPitch(pitch);
  const noise = new Noise(seed);
  // Least around the tenor, more for short and for wound strings.
  const inharmonicity = 0.000_12 * 2 ** (Math.abs(pitch - 46) / 9);
  const stretch = (partial: number): number => partial * Math.sqrt((1 + inharmonicity * partial ** 2) / (1 + inharmonicity));
  const t60S = ring * Math.min(18, 11 * 2 ** (-(pitch - 48) / 15));
  // Felt is a low-pass that opens with the force.
  const cutHz = hardness * (380 + hz * 0.9) * 2 ** (2.6 * velocity);
  const strike = 1 / 8.3;
  const place = (pitch - 64) / 90;
  const modes: Mode[] = [];
  for (let partial = 1; partial <= 40; partial += 1) {
    const partialHz = hz * stretch(partial);
    if (partialHz > 14_000) break;
    const comb = Math.abs(Math.sin(Math.PI * partial * strike)) * 0.9 + 0.1;
    // Soundboards carry little of the lowest.
    const board = 1 / (1 + (70 / partialHz) ** 2);
    const felt = (1 + (partialHz / cutHz) ** 2) ** -1.15;
    const amplitude = (comb * felt * board * noise.between(0.85, 1.15)) / partial ** 0.35;
    const partialT60 = t60S / (1 + 0.16 * (partial - 1) + (partialHz / 5200) ** 2);
    const spread = partial < 12 ? 2 ** (((partial % 2 === 0 ? 1 : -1) * detuneCents) / 2400) : 1;
    const sway = 0.35 * noise.white();
    modes.push({ hz: partialHz * spread, amplitude: amplitude * 0.72, t60S: partialT60 * 0.42, pan: place + sway });
    if (partial < 16) modes.push({ hz: partialHz / spread, amplitude: amplitude * 0.36, t60S: partialT60 * 1.25, pan: place - sway });
  }
  const power = modes.reduce((sum, { amplitude }) => sum + amplitude ** 2, 0);
  const scale = (0.34 * gainOfDb(-30 * (1 - velocity))) / Math.sqrt(power);
  return modes.map((mode) => ({ ...mode, amplitude: mode.amplitude * scale }));
}

function startPiano(patch: PianoPatch, note: NoteStart, sampleRate: number): Voice {
  const level = gainOfDb(-34 * (1 - note.velocity));
  const undamped = note.pitch > lastDamped;
  return new Layers([
    new ModalVoice(modesOf(note, patch), {
      sampleRate,
      attackS: 0.0035 - 0.0025 * note.velocity,
      releaseT60S: undamped ? Infinity : 0.25 + 0.35 * Math.max(0, (60 - note.pitch) / 40),
    }),
    // The key bed and the hammer, heard through the wood.
    new NoiseBurst({
      sampleRate,
      seed: mixSeeds(note.seed, 1),
      amplitude: 0.16 * level,
      attackS: 0.001,
      t60S: 0.12,
      width: 0.5,
      filters: [
        { kind: 'lowpass', hz: 500 + 1800 * note.velocity },
        { kind: 'peak', hz: 180, q: 1.2, gainDb: 8 },
        { kind: 'highpass', hz: 60 },
      ],
    }),
  ]);
}

export const piano = (name: string, patch: PianoPatch, gain: number): Instrument => ({
  name,
  gain,
  start: (note, sampleRate) => startPiano(patch, note, sampleRate),
  insert: (sampleRate) =>
    new FilterInsert(sampleRate, [
      { kind: 'peak', hz: 130, q: 0.8, gainDb: 2 },
      { kind: 'peak', hz: 420, q: 1, gainDb: -2 },
      { kind: 'high-shelf', hz: 6000, gainDb: 2 },
    ]),
});
