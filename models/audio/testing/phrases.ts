/** What instruments are measured on. */
import type { InstrumentId } from '../instruments/catalogue.ts';
import { measureLoudness } from '../loudness/loudness.ts';
import { BuiltInSound } from '../synth/built-in-sound.ts';
import type { Instrument } from '../synth/sound.ts';

export interface PhraseNote {
  atS: number;
  forS: number;
  pitch: number;
}

const beat: PhraseNote[] = Array.from({ length: 16 }, (_, step) => [
  { atS: step * 0.25, forS: 0.1, pitch: 42 },
  ...(step % 8 === 0 || step === 10 ? [{ atS: step * 0.25, forS: 0.1, pitch: 36 }] : []),
  ...(step % 8 === 4 ? [{ atS: step * 0.25, forS: 0.1, pitch: 38 }] : []),
]).flat();

/** Four seconds: an arpeggio, then a chord; an octave or two lower for basses. */
const melody = (shift: number): PhraseNote[] => [
  ...[60, 64, 67, 72, 67, 64, 60, 67].map((pitch, step) => ({ atS: step * 0.25, forS: 0.24, pitch: pitch + shift })),
  { atS: 2, forS: 1.8, pitch: 60 + shift },
  { atS: 2, forS: 1.8, pitch: 67 + shift },
];

export function phraseOf(id: InstrumentId): PhraseNote[] {
  if (id === 'drums') return beat;
  if (['fingerBass', 'pickBass', 'uprightBass', 'synthBass'].includes(id)) return melody(-24);
  return melody(['glockenspiel', 'celesta', 'xylophone', 'flute'].includes(id) ? 12 : 0);
}

export function playPhrase(
  instrument: Instrument,
  notes: readonly PhraseNote[],
  sampleRate: number,
  seconds = 4.5,
  velocity = 100 / 127,
): [Float32Array, Float32Array] {
  const sound = new BuiltInSound(instrument, { sampleRate, polyphony: 32 });
  const blocks = Math.ceil((seconds * sampleRate) / 128);
  const left = new Float32Array(blocks * 128);
  const right = new Float32Array(blocks * 128);
  for (let block = 0; block < blocks; block += 1) {
    for (const { atS, forS, pitch } of notes) {
      const offset = Math.round(atS * sampleRate) - block * 128;
      if (offset >= 0 && offset < 128) sound.start({ pitch, velocity, seed: pitch * 1000 + offset }, offset, Math.round(forS * sampleRate));
    }
    sound.render(left.subarray(block * 128, block * 128 + 128), right.subarray(block * 128, block * 128 + 128), 128);
  }
  return [left, right];
}

export const phraseLoudness = (instrument: Instrument, notes: readonly PhraseNote[], sampleRate: number): number =>
  measureLoudness(playPhrase(instrument, notes, sampleRate), sampleRate).integratedLufs;
