/**
 * A piece of music as data: tracks of notes on a grid of ticks, with tempo, key and time signatures. Documents, requests and
 * results hold it as JSON; MIDI, MusicXML and ABC are read into it and written from it.
 */
import { z } from 'zod';

export const scoreFormatVersion = 1;
/** Ticks of a quarter note: divisible by 2^5, 3 and 5, as in most MIDI files. */
export const ticksPerQuarter = 480;
export const mostTracks = 64;
export const mostNotes = 200_000;
/** Some 10,000 bars of 4/4. */
export const longestTicks = 20_000_000;

const tickSchema = z.int().min(0).max(longestTicks);

/** Pitch: MIDI note number, 60 is middle C. Velocity: 1 is softest. */
export const noteSchema = z.object({
  start: tickSchema,
  duration: z.int().min(1).max(longestTicks),
  pitch: z.int().min(0).max(127),
  velocity: z.int().min(1).max(127),
});
export type Note = z.infer<typeof noteSchema>;

export const instrumentSchema = z.discriminatedUnion('kind', [
  /** General MIDI program, 0..127. */
  z.object({ kind: z.literal('melodic'), program: z.int().min(0).max(127) }),
  /** Pitches name drums, as in General MIDI's percussion map. */
  z.object({ kind: z.literal('drums') }),
]);
export type Instrument = z.infer<typeof instrumentSchema>;

export const trackSchema = z.object({
  id: z.string().min(1).max(40),
  name: z.string().max(200),
  instrument: instrumentSchema,
  /** Sorted by start, then pitch. */
  notes: z.array(noteSchema).max(mostNotes),
  /** 0..1, 1 is full. */
  volume: z.number().min(0).max(1).default(0.8),
  /** -1 left .. 1 right. */
  pan: z.number().min(-1).max(1).default(0),
  muted: z.boolean().default(false),
  solo: z.boolean().default(false),
  /** How much goes to the reverb, 0..1. */
  reverb: z.number().min(0).max(1).default(0.2),
});
export type Track = z.infer<typeof trackSchema>;

/** Denominator: the note value that is counted. */
export const metreSchema = z.object({
  tick: tickSchema,
  numerator: z.int().min(1).max(32),
  denominator: z.union([z.literal(1), z.literal(2), z.literal(4), z.literal(8), z.literal(16), z.literal(32)]),
});
export type Metre = z.infer<typeof metreSchema>;
export const tempoSchema = z.object({ tick: tickSchema, bpm: z.number().min(10).max(999) });
export type Tempo = z.infer<typeof tempoSchema>;
/** Fifths: sharps (positive) or flats (negative) of the signature. */
export const keySchema = z.object({ tick: tickSchema, fifths: z.int().min(-7).max(7), mode: z.enum(['major', 'minor']) });
export type Key = z.infer<typeof keySchema>;

export const scoreSchema = z.object({
  formatVersion: z.literal(scoreFormatVersion).default(scoreFormatVersion),
  title: z.string().max(300).default(''),
  /** Each list is sorted by tick and begins at tick 0. Beats per minute count quarters. */
  tempos: z.array(tempoSchema).min(1).max(10_000),
  metres: z.array(metreSchema).min(1).max(10_000),
  keys: z.array(keySchema).max(10_000),
  tracks: z.array(trackSchema).max(mostTracks),
  /** The end of the last bar. */
  lengthTicks: tickSchema,
});
export type Score = z.infer<typeof scoreSchema>;

export interface Bar {
  /** From 0. */
  index: number;
  start: number;
  end: number;
  metre: Metre;
}

export const ticksOfBar = ({ numerator, denominator }: Pick<Metre, 'numerator' | 'denominator'>): number =>
  (numerator * 4 * ticksPerQuarter) / denominator;

/** The bars up to the end of the score; a metre that changes within a bar cuts it short. The last bar may reach past the end. */
export function barsOf(score: Pick<Score, 'metres' | 'lengthTicks'>): Bar[] {
  const bars: Bar[] = [];
  for (const [index, metre] of score.metres.entries()) {
    const next = score.metres[index + 1]?.tick ?? score.lengthTicks;
    for (let start = metre.tick; start < next;) {
      const whole = start + ticksOfBar(metre);
      const end = index + 1 < score.metres.length ? Math.min(whole, next) : whole;
      bars.push({ index: bars.length, start, end, metre });
      start = end;
    }
  }
  return bars;
}

/** Seconds from the start of the score to a tick. */
export function secondsAt({ tempos }: Pick<Score, 'tempos'>, tick: number): number {
  let seconds = 0;
  for (const [index, tempo] of tempos.entries()) {
    const end = Math.min(tick, tempos[index + 1]?.tick ?? Infinity);
    if (end <= tempo.tick) break;
    seconds += ((end - tempo.tick) / ticksPerQuarter) * (60 / tempo.bpm);
  }
  return seconds;
}

/** The inverse of {@link secondsAt}; fractional. */
export function tickAt({ tempos }: Pick<Score, 'tempos'>, seconds: number): number {
  let left = seconds;
  for (const [index, tempo] of tempos.entries()) {
    const secondsPerTick = 60 / tempo.bpm / ticksPerQuarter;
    const next = tempos[index + 1];
    const span = next === undefined ? Infinity : (next.tick - tempo.tick) * secondsPerTick;
    if (left < span) return tempo.tick + left / secondsPerTick;
    left -= span;
  }
  return 0;
}

export const sortedNotes = (notes: readonly Note[]): Note[] =>
  notes.toSorted((a, b) => a.start - b.start || a.pitch - b.pitch || a.duration - b.duration);

/** When its last note ends, in ticks. */
export const endOfNotes = ({ tracks }: Pick<Score, 'tracks'>): number =>
  tracks.reduce((end, { notes }) => notes.reduce((latest, note) => Math.max(latest, note.start + note.duration), end), 0);

/** Tracks that are heard: those with solo, if any has it, else those that are not muted. */
export function heardTracks({ tracks }: Pick<Score, 'tracks'>): Track[] {
  const solo = tracks.filter((track) => track.solo);
  return (solo.length > 0 ? solo : tracks).filter((track) => !track.muted);
}

export function emptyScore(options: { bars: number; bpm: number; metre: Omit<Metre, 'tick'>; key: Omit<Key, 'tick'> | null }): Score {
  return {
    formatVersion: scoreFormatVersion,
    title: '',
    tempos: [{ tick: 0, bpm: options.bpm }],
    metres: [{ tick: 0, ...options.metre }],
    keys: options.key === null ? [] : [{ tick: 0, ...options.key }],
    tracks: [],
    lengthTicks: options.bars * ticksOfBar(options.metre),
  };
}
