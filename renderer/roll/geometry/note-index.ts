/** Finds the notes of a stretch of time without looking at all of them. */
import type { Note } from '../../../shared/music/score.ts';

class NoteIndex {
  readonly #notes: readonly Note[];
  /** The latest end among all notes up to this one: rising, so it can be searched. */
  readonly #latestEnds: Float64Array;

  constructor(notes: readonly Note[]) {
    this.#notes = notes;
    this.#latestEnds = new Float64Array(notes.length);
    let latest = 0;
    for (const [index, { start, duration }] of notes.entries()) {
      latest = Math.max(latest, start + duration);
      this.#latestEnds[index] = latest;
    }
  }

  /** Places of the notes that sound between two ticks, in order. */
  between(start: number, end: number): number[] {
    const found: number[] = [];
    for (let index = this.#firstEndingAfter(start); index < this.#notes.length; index += 1) {
      const note = this.#notes[index];
      if (note === undefined || note.start >= end) break;
      if (note.start + note.duration > start) found.push(index);
    }
    return found;
  }

  #firstEndingAfter(tick: number): number {
    let low = 0;
    let high = this.#latestEnds.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#latestEnds[middle] ?? Infinity) > tick) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}

const indices = new WeakMap<readonly Note[], NoteIndex>();

/** @param notes sorted by start, and never changed: the index is kept with the list */
export function notesBetween(notes: readonly Note[], start: number, end: number): number[] {
  let index = indices.get(notes);
  if (index === undefined) {
    index = new NoteIndex(notes);
    indices.set(notes, index);
  }
  return index.between(start, end);
}
