/** Songs with piano as events: a note a time, 12 places to the quarter (models/training/score/lieder.py). */
import type { Note } from '../../../../shared/music/score.ts';
import type { PlainNote } from '../expression.ts';
import type { EventLayout, GivenEvent, WrittenEvent } from './bar-grammar.ts';
import { placeOf, tickOf, twelfthTicks, type Grid } from './grid.ts';

export const songLayout: EventLayout = { fields: [146, 4, 89, 25], places: 72, keys: 2 };
/** MIDI pitch of the pitch field's first value. */
export const lowestPitch = 21;
const highestPitch = 108;
/** In twelfths of a quarter. */
const durations = [1, 2, 3, 4, 5, 6, 8, 9, 10, 12, 15, 16, 18, 20, 24, 30, 32, 36, 42, 48, 54, 60, 72, 96];

export type SongPart = 0 | 1 | 2;
export const songParts = { melody: 0, right: 1, left: 2 } as const satisfies Record<string, SongPart>;
/** Notes that one part begins at a time. */
const mostAtOnce = [1, 5, 4];

export const mayAdd = (part: number, count: number): boolean => count < (mostAtOnce[part] ?? 0);

export interface PartNote extends PlainNote {
  part: SongPart;
}

const isPart = (value: number | undefined): value is SongPart => value === 0 || value === 1 || value === 2;

/** Into the piano's range by octaves. */
function pianoPitch(pitch: number): number {
  if (pitch < lowestPitch) return pitch + 12 * Math.ceil((lowestPitch - pitch) / 12);
  return pitch > highestPitch ? pitch - 12 * Math.ceil((pitch - highestPitch) / 12) : pitch;
}

function durationIndex(units: number): number {
  return durations.reduce((best, length, index) => (Math.abs(length - units) < Math.abs((durations[best] ?? 0) - units) ? index : best), 0);
}

/** On the grid, in the model's order; of notes that become the same event one is told. */
export function givenSongEvents(
  grid: Grid,
  notes: readonly (Pick<Note, 'start' | 'duration' | 'pitch'> & { part: SongPart })[],
): GivenEvent[] {
  const events = new Map<string, GivenEvent>();
  for (const { start, duration, pitch, part } of notes) {
    const at = placeOf(grid, start);
    const values = [part, pianoPitch(pitch) - lowestPitch, durationIndex(duration / twelfthTicks)];
    events.set([at.bar, at.place, part, values[1]].join(), { ...at, values });
  }
  return [...events.values()].toSorted(
    (a, b) => a.bar - b.bar || a.place - b.place || (a.values[0] ?? 0) - (b.values[0] ?? 0) || (a.values[1] ?? 0) - (b.values[1] ?? 0),
  );
}

/** The notes that the model added, in ticks; a part never strikes a pitch that it still holds, and the melody sings one note at a time. */
export function notesOfSongEvents(grid: Grid, events: readonly WrittenEvent[], end: number): PartNote[] {
  const added = events
    .filter(({ given }) => given === null)
    .flatMap(({ values, ...at }): PartNote[] => {
      const [part, pitch = 0, duration = 0] = values;
      const start = tickOf(grid, at);
      if (!isPart(part) || start >= end) return [];
      return [{ start, duration: Math.min((durations[duration] ?? 1) * twelfthTicks, end - start), pitch: pitch + lowestPitch, part }];
    });
  return [songParts.melody, songParts.right, songParts.left].flatMap((part) =>
    withoutOverlap(
      added.filter((note) => note.part === part),
      part === songParts.melody,
    ).map((note) => ({ ...note, part })),
  );
}

/**
 * Shortens notes that reach into a later one of the same pitch, or of any pitch in a part of one voice.
 * @param notes sorted by start
 */
export function withoutOverlap<N extends PlainNote>(notes: readonly N[], oneVoice: boolean): N[] {
  const nextStart = new Map<number, number>();
  const found: N[] = [];
  for (const note of notes.toReversed()) {
    const voice = oneVoice ? -1 : note.pitch;
    const next = nextStart.get(voice) ?? Infinity;
    nextStart.set(voice, note.start);
    if (next > note.start) found.push({ ...note, duration: Math.min(note.duration, next - note.start) });
  }
  return found.toReversed();
}
