/** Changes of a score: each gives a new one and leaves the old as it was, so that undo keeps whole states. */
import { keyOfTonality, tonalityOfKey } from './harmony.ts';
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

/** Moves the starts and leaves the ends: a tick at least is left, and none goes before the beginning. */
export function trimStarts(track: Track, selection: Selection, byTicks: number): { track: Track; selection: Selection } {
  return changed(track, selection, (note) => {
    const start = clamp(note.start + byTicks, 0, note.start + note.duration - 1);
    return { ...note, start, duration: note.start + note.duration - start };
  });
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

/** Up or down together: none leaves the keyboard, so that chords and lines keep their shape. */
export const transpose = (track: Track, selection: Selection, semitones: number): { track: Track; selection: Selection } =>
  moveNotes(track, selection, { ticks: 0, semitones });

/**
 * The whole piece in another key: melodic tracks by `semitones`, each as far as the keyboard reaches, and the key signatures
 * with them; drums stay.
 */
export function transposeScore(score: Score, semitones: number): Score {
  return {
    ...score,
    keys: score.keys.map((key) => {
      const { tonic, mode } = tonalityOfKey(key);
      return { tick: key.tick, ...keyOfTonality({ tonic: (((tonic + semitones) % 12) + 12) % 12, mode }) };
    }),
    tracks: score.tracks.map((track) =>
      track.instrument.kind === 'drums' ? track : transpose(track, new Set(track.notes.keys()), semitones).track,
    ),
  };
}

/**
 * Lengthens or shortens each chosen note to where the next chosen one begins (for a single one: the next of the track);
 * notes that begin together end together. What has nothing after it stays.
 */
export function legato(track: Track, selection: Selection): { track: Track; selection: Selection } {
  const among = selection.size > 1 ? track.notes.filter((_, index) => selection.has(index)) : track.notes;
  const starts = [...new Set(among.map(({ start }) => start))].toSorted((a, b) => a - b);
  return changed(track, selection, (note) => {
    const next = starts.find((start) => start > note.start);
    return next === undefined ? { ...note } : { ...note, duration: next - note.start };
  });
}

/** Cuts the chosen notes that sound across a tick in two; both halves are chosen. */
export function splitNotes(track: Track, selection: Selection, tick: number): { track: Track; selection: Selection } {
  const chosen = new Set<Note>();
  const notes = track.notes.flatMap((note, index) => {
    if (!selection.has(index)) return [note];
    const across = note.start < tick && note.start + note.duration > tick;
    const parts = across
      ? [
          { ...note, duration: tick - note.start },
          { ...note, start: tick, duration: note.start + note.duration - tick },
        ]
      : [{ ...note }];
    for (const part of parts) chosen.add(part);
    return parts;
  });
  return withNotes(track, notes, chosen);
}

/** Makes one note of all chosen ones of a pitch, from the first start to the last end, as loud as the first. */
export function joinNotes(track: Track, selection: Selection): { track: Track; selection: Selection } {
  const joined = new Map<number, Note>();
  for (const [index, note] of track.notes.entries()) {
    if (!selection.has(index)) continue;
    const first = joined.get(note.pitch);
    const end = Math.max(note.start + note.duration, first === undefined ? 0 : first.start + first.duration);
    const start = first?.start ?? note.start;
    joined.set(note.pitch, { ...(first ?? note), duration: end - start });
  }
  const made = [...joined.values()];
  return withNotes(track, [...deleteNotes(track, selection).notes, ...made], new Set(made));
}

/** Notes whose starts count from 0, put in at a tick. They are the new selection. */
export function pasteNotes(track: Track, notes: readonly Note[], atTick: number): { track: Track; selection: Selection } {
  return addNotes(
    track,
    notes.map((note) => ({ ...note, start: note.start + Math.max(0, Math.round(atTick)) })),
  );
}

/**
 * Makes room for the chosen notes: others of the same pitch give way where they overlap, as no instrument plays a key twice
 * at once. What begins before is cut off, what goes on after begins later, what lies inside goes.
 */
export function makeWay(track: Track, selection: Selection): { track: Track; selection: Selection } {
  const chosen = new Set(track.notes.filter((_, index) => selection.has(index)));
  const byPitch = Map.groupBy(chosen, ({ pitch }) => pitch);
  const notes = track.notes.flatMap((note) => {
    if (chosen.has(note)) return [note];
    let { start } = note;
    let end = note.start + note.duration;
    for (const other of byPitch.get(note.pitch) ?? []) {
      const otherEnd = other.start + other.duration;
      if (end <= other.start || start >= otherEnd) continue;
      if (start < other.start) end = other.start;
      else start = otherEnd;
    }
    if (end <= start) return [];
    return [start === note.start && end === note.start + note.duration ? note : { ...note, start, duration: end - start }];
  });
  return withNotes(track, notes, chosen);
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
