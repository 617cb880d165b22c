/** The roll in words, for those who do not see it. */
import { barAt } from './geometry/grid.ts';
import { isDrums, rowName } from './geometry/rows.ts';
import { pitchSpan } from './geometry/viewport.ts';
import { ticksPerQuarter, type Bar, type Note, type Track } from '../../shared/music/score.ts';
import type { Selection } from '../../shared/music/edits.ts';

const counted = (count: number, what: string): string => `${String(count)} ${what}${count === 1 ? '' : 's'}`;

/** "bar 2, beat 3.5": beats of the metre, counted from 1. */
export function placeName(bars: readonly Bar[], tick: number): string {
  const bar = barAt(bars, tick);
  const beat = (tick - bar.start) / ((4 * ticksPerQuarter) / bar.metre.denominator) + 1;
  return `bar ${String(bar.index + 1)}, beat ${String(Math.round(beat * 100) / 100)}`;
}

const lengths: readonly (readonly [ticks: number, name: string])[] = [
  [4, 'whole note'],
  [3, 'dotted half'],
  [2, 'half note'],
  [1.5, 'dotted quarter'],
  [1, 'quarter note'],
  [0.75, 'dotted eighth'],
  [0.5, 'eighth note'],
  [0.25, 'sixteenth note'],
  [0.125, 'thirty-second note'],
];

/** A note value where it is one, else beats of a quarter. */
export function lengthName(ticks: number): string {
  const quarters = ticks / ticksPerQuarter;
  const named = lengths.find(([length]) => Math.abs(length - quarters) < 0.01);
  return named === undefined ? counted(Math.round(quarters * 100) / 100, 'beat') : named[1];
}

export const noteName = (track: Pick<Track, 'instrument'>, note: Note, bars: readonly Bar[], fifths: number): string =>
  `${rowName(track, note.pitch, fifths)}, ${isDrums(track) ? '' : `${lengthName(note.duration)}, `}${placeName(bars, note.start)}, velocity ${String(note.velocity)}`;

export interface Summary {
  /** Of the whole track. */
  track: string;
  /** Of what is chosen: changes often, and is read out. */
  selection: string;
}

export function summaryOf(
  track: Track | null,
  selection: Selection,
  bars: readonly Bar[],
  locked: ReadonlySet<number>,
  fifths = 0,
): Summary {
  if (track === null) return { track: 'There are no tracks yet.', selection: '' };
  const span = pitchSpan(track.notes);
  const reach = span === null ? '' : `, ${rowName(track, span.low, fifths)} to ${rowName(track, span.high, fifths)}`;
  const locks = locked.size === 0 ? '' : `, ${counted(locked.size, 'bar')} locked`;
  const chosen = track.notes.filter((_, index) => selection.has(index));
  const [first] = chosen;
  return {
    track: `${track.name}: ${counted(track.notes.length, 'note')}${reach}, ${counted(bars.length, 'bar')}${locks}.`,
    selection:
      first === undefined
        ? ''
        : chosen.length === 1
          ? noteName(track, first, bars, fifths)
          : `${counted(chosen.length, 'note')} selected, from ${placeName(bars, first.start)}`,
  };
}
