/** Changes of a score: each gives a new one and leaves the old as it was, so that undo keeps whole states. */
import { sortedNotes, type Note, type Score, type Track } from './score.ts';

/** Notes of a track by their place in its list. */
export type Selection = ReadonlySet<number>;

export function withTrack(score: Score, trackId: string, change: (track: Track) => Track): Score {
  return { ...score, tracks: score.tracks.map((track) => (track.id === trackId ? change(track) : track)) };
}

/** The track's notes anew, in order, and where the chosen ones went. */
export function withNotes(track: Track, notes: readonly Note[], chosen: ReadonlySet<Note>): { track: Track; selection: Selection } {
  const sorted = sortedNotes(notes);
  return { track: { ...track, notes: sorted }, selection: new Set(sorted.flatMap((note, index) => (chosen.has(note) ? [index] : []))) };
}

function changed(track: Track, selection: Selection, change: (note: Note) => Note): { track: Track; selection: Selection } {
  const chosen = new Set<Note>();
  const notes = track.notes.map((note, index) => {
    if (!selection.has(index)) return note;
    const next = change(note);
    chosen.add(next);
    return next;
  });
  return withNotes(track, notes, chosen);
}

const clamp = (value: number, low: number, high: number): number => Math.min(high, Math.max(low, value));

/** Moves the chosen notes together: none leaves the keyboard or goes before the start, so that their shape is kept. */
export function moveNotes(
  track: Track,
  selection: Selection,
  by: { ticks: number; semitones: number },
): { track: Track; selection: Selection } {
  const notes = track.notes.filter((_, index) => selection.has(index));
  if (notes.length === 0) return { track, selection };
  const ticks = Math.max(by.ticks, -Math.min(...notes.map(({ start }) => start)));
  const semitones = clamp(by.semitones, -Math.min(...notes.map(({ pitch }) => pitch)), 127 - Math.max(...notes.map(({ pitch }) => pitch)));
  return changed(track, selection, (note) => ({ ...note, start: note.start + ticks, pitch: note.pitch + semitones }));
}

/** Lengthens or shortens at the end, to a tick at least. */
export function resizeNotes(track: Track, selection: Selection, byTicks: number): { track: Track; selection: Selection } {
  return changed(track, selection, (note) => ({ ...note, duration: Math.max(1, note.duration + byTicks) }));
}

export function setVelocity(track: Track, selection: Selection, velocity: (note: Note) => number): { track: Track; selection: Selection } {
  return changed(track, selection, (note) => ({ ...note, velocity: clamp(Math.round(velocity(note)), 1, 127) }));
}

/**
 * Moves starts towards the nearest line of a grid.
 * @param strength 0 leaves them, 1 puts them on it
 * @param swing 0 straight, 1 every second line a third of the grid late (triplets)
 */
export function quantise(
  track: Track,
  selection: Selection,
  gridTicks: number,
  strength = 1,
  swing = 0,
): { track: Track; selection: Selection } {
  const line = (index: number): number => index * gridTicks + (index % 2 === 1 ? (swing * gridTicks) / 3 : 0);
  return changed(track, selection, (note) => {
    const near = Math.round(note.start / gridTicks);
    const lines = [near - 1, near, near + 1].filter((index) => index >= 0).map(line);
    const target = lines.reduce((best, one) => (Math.abs(one - note.start) < Math.abs(best - note.start) ? one : best));
    return { ...note, start: Math.max(0, Math.round(note.start + (target - note.start) * strength)) };
  });
}

export function deleteNotes(track: Track, selection: Selection): Track {
  return { ...track, notes: track.notes.filter((_, index) => !selection.has(index)) };
}

export function addNotes(track: Track, added: readonly Note[]): { track: Track; selection: Selection } {
  const copies = added.map((note) => ({ ...note }));
  return withNotes(track, [...track.notes, ...copies], new Set(copies));
}

/** Notes that start between two ticks are taken out, longer ones that reach in are cut off, and `notes` put in their place. */
export function replaceSpan(track: Track, start: number, end: number, notes: readonly Note[]): Track {
  const kept = track.notes.flatMap((note) => {
    if (note.start >= start && note.start < end) return [];
    const reachesIn = note.start < start && note.start + note.duration > start;
    return [reachesIn ? { ...note, duration: start - note.start } : note];
  });
  return { ...track, notes: sortedNotes([...kept, ...notes]) };
}

/** Between two ticks, moved to start at 0; notes that reach over an edge are cut. */
export function excerpt(score: Score, start: number, end: number): Score {
  const at = <Item extends { tick: number }>(items: readonly Item[]): Item[] => {
    const before = items.filter(({ tick }) => tick <= start).at(-1);
    const inside = items.filter(({ tick }) => tick > start && tick < end).map((item) => ({ ...item, tick: item.tick - start }));
    return before === undefined ? inside : [{ ...before, tick: 0 }, ...inside];
  };
  return {
    ...score,
    tempos: at(score.tempos),
    metres: at(score.metres),
    keys: at(score.keys),
    lengthTicks: end - start,
    tracks: score.tracks.map((track) => ({
      ...track,
      notes: track.notes.flatMap((note) => {
        const from = Math.max(start, note.start);
        const to = Math.min(end, note.start + note.duration);
        return to > from ? [{ ...note, start: from - start, duration: to - from }] : [];
      }),
    })),
  };
}
