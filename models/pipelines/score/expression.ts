/**
 * Loudness of written notes, for models that write none: a pianist's rules of thumb, the same each time.
 * Accents follow the metre (Lerdahl and Jackendoff's grid), four bars rise and fall as a phrase, and higher notes are a little louder.
 */
import { barsOf, type Note, type Score } from '../../../shared/music/score.ts';

export type PlainNote = Omit<Note, 'velocity'>;

/** Velocities, in the middle of a phrase and of the register, off the beat. */
export const baseVelocities = { lead: 74, inner: 64, bass: 70 } as const;

const accentDepth = 9;
const phraseBars = 4;
const phraseDepth = 8;
const registerDepth = 5;

/** 1 on the first beat, 0.6 on other strong beats, 0.4 on weak ones, 0.15 between two, 0 elsewhere. */
export function metricWeight(ticksIntoBar: number, beatTicks: number, beats: number): number {
  if (ticksIntoBar === 0) return 1;
  const beat = ticksIntoBar / beatTicks;
  const group = beats % 3 === 0 && beats > 3 ? 3 : 2;
  if (Number.isInteger(beat)) return beat % group === 0 && beats > 3 ? 0.6 : 0.4;
  return Number.isInteger(beat * 2) ? 0.15 : 0;
}

/**
 * @param score metres and length are looked at
 * @param base the velocity around which the notes move, 1..127
 * @param centre MIDI pitch that is neither high nor low; by default the notes' mean
 */
export function withVelocities(
  score: Pick<Score, 'metres' | 'lengthTicks'>,
  notes: readonly PlainNote[],
  base: number,
  centre = notes.reduce((sum, { pitch }) => sum + pitch, 0) / Math.max(1, notes.length),
): Note[] {
  const bars = barsOf(score);
  let at = 0;
  return notes
    .toSorted((a, b) => a.start - b.start || a.pitch - b.pitch)
    .map((note) => {
      while (at + 1 < bars.length && (bars[at + 1]?.start ?? Infinity) <= note.start) at += 1;
      const bar = bars[at];
      if (bar === undefined) return { ...note, velocity: base };
      const { numerator } = bar.metre;
      const accent = metricWeight(note.start - bar.start, (bar.end - bar.start) / numerator, numerator);
      const intoPhrase = ((bar.index % phraseBars) + (note.start - bar.start) / (bar.end - bar.start)) / phraseBars;
      const arch = Math.sin(Math.PI * Math.min(1, intoPhrase + 0.12)) - 0.5;
      const register = Math.max(-1.5, Math.min(1.5, (note.pitch - centre) / 12));
      const velocity = base + accentDepth * (accent - 0.3) + phraseDepth * arch + registerDepth * register;
      return { ...note, velocity: Math.max(1, Math.min(127, Math.round(velocity))) };
    });
}

/** The velocity that new notes of a track are written around: that of its notes, or of its place in the texture. */
export const baseVelocityOf = (notes: readonly Note[], otherwise: number): number =>
  notes.length === 0 ? otherwise : notes.reduce((sum, { velocity }) => sum + velocity, 0) / notes.length;
