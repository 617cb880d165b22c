/**
 * From notes in time to notes on paper: voices, values that can be written, names of pitches. Times are units of a 24th of a
 * quarter note, which hold 32nds and triplets of 16ths alike.
 */
import type { Key, Note } from '../../../../shared/music/score.ts';
import { ticksPerQuarter } from '../../../../shared/music/score.ts';

export const unitsPerQuarter = 24;
export const ticksPerUnit = ticksPerQuarter / unitsPerQuarter;

export interface WrittenValue {
  units: number;
  type: string;
  dots: 0 | 1;
  /** Three in the time of two. */
  triplet: boolean;
}

const value = (units: number, type: string, dots: 0 | 1 = 0, triplet = false): WrittenValue => ({ units, type, dots, triplet });
const long = [
  value(144, 'whole', 1),
  value(96, 'whole'),
  value(72, 'half', 1),
  value(48, 'half'),
  value(36, 'quarter', 1),
  value(24, 'quarter'),
];
const short = [value(18, 'eighth', 1), value(12, 'eighth'), value(9, '16th', 1), value(6, '16th'), value(3, '32nd')];
const triplets = [
  value(16, 'quarter', 0, true),
  value(8, 'eighth', 0, true),
  value(4, '16th', 0, true),
  value(2, '32nd', 0, true),
  value(1, '64th', 0, true),
];

/** Units of what is felt as a beat: a dotted value in 6/8 and its like. */
export function beatUnits(numerator: number, denominator: number): number {
  const counted = 96 / denominator;
  if (denominator >= 8 && numerator % 3 === 0 && numerator > 3) return counted * 3;
  return Math.max(3, Math.min(unitsPerQuarter, counted));
}

/** Whether a value may stand there without hiding where its part of the beat begins. */
function stands({ units, dots, triplet }: WrittenValue, at: number): boolean {
  if (triplet || dots === 0) return at % units === 0;
  const base = units / 1.5;
  return at % base === 0 || (at + units) % base === 0;
}

function nextValue(at: number, end: number, beat: number): WrittenValue {
  const rest = end - at;
  if (at % beat === 0) {
    const whole = long.find(({ units }) => units <= rest && units >= beat && (units % beat === 0 || units === rest));
    if (whole !== undefined) return whole;
  }
  const left = Math.min(rest, (Math.floor(at / beat) + 1) * beat - at);
  const exact = [...long, ...short, ...triplets].find((one) => one.units === left && stands(one, at));
  if (exact !== undefined) return exact;
  const isBinary = at % 3 === 0 && left % 3 === 0;
  const pool = isBinary ? [...long, ...short] : triplets;
  // A unit always stands.
  return (
    pool.find((one) => one.units <= left && stands(one, at)) ??
    triplets.find((one) => one.units <= left && stands(one, at)) ??
    value(1, '64th', 0, true)
  );
}

/** Values that fill a span of a bar, split where beats begin. */
export function writtenValues(at: number, end: number, beat: number): WrittenValue[] {
  const values: WrittenValue[] = [];
  for (let position = at; position < end;) {
    const next = nextValue(position, end, beat);
    values.push(next);
    position += next.units;
  }
  return values;
}

export interface Chord {
  start: number;
  end: number;
  notes: Note[];
}

/** Notes that begin and end together share a stem; what overlaps goes into another voice. */
export function voicesOf(notes: readonly Note[]): Chord[][] {
  const chords = new Map<string, Chord>();
  for (const note of notes) {
    const start = Math.round(note.start / ticksPerUnit);
    const end = Math.max(start + 1, Math.round((note.start + note.duration) / ticksPerUnit));
    const key = `${String(start)},${String(end)}`;
    const chord = chords.get(key);
    if (chord === undefined) chords.set(key, { start, end, notes: [note] });
    else chord.notes.push(note);
  }
  const highest = (chord: Chord): number => Math.max(...chord.notes.map(({ pitch }) => pitch));
  const sorted = [...chords.values()].toSorted((a, b) => a.start - b.start || highest(b) - highest(a));
  const voices: Chord[][] = [];
  for (const chord of sorted) {
    const free = voices.find((voice) => (voice.at(-1)?.end ?? 0) <= chord.start);
    if (free === undefined) voices.push([chord]);
    else free.push(chord);
  }
  return voices;
}

const steps = ['F', 'C', 'G', 'D', 'A', 'E', 'B'];

/** The name that is nearest to the key on the line of fifths; minor keys reach further to the sharps, for their leading tones. */
export function spelled(pitch: number, { fifths, mode }: Omit<Key, 'tick'>): { step: string; alter: number; octave: number } {
  const lowest = fifths - (mode === 'minor' ? 3 : 4);
  const place = (((((pitch % 12) * 7 - lowest) % 12) + 12) % 12) + lowest;
  const step = steps[(((place + 1) % 7) + 7) % 7] ?? 'C';
  const alter = Math.floor((place + 1) / 7);
  return { step, alter, octave: Math.floor((pitch - alter) / 12) - 1 };
}
