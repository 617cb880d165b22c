/** Keys that are played along with the music, as notes of the score. Places are ticks of what the player heard. */
import { sortedNotes, type Note } from '../../../shared/music/score.ts';

interface Range {
  start: number;
  end: number;
}

interface Down {
  start: number;
  velocity: number;
}

const shortestTicks = 10;

export class TakeRecorder {
  readonly #loop: Range | null;
  readonly #down = new Map<number, Down>();
  #notes: Note[] = [];

  /** @param loop what plays again and again: each round adds to what the others gave */
  constructor(loop: Range | null = null) {
    this.#loop = loop;
  }

  get count(): number {
    return this.#notes.length + this.#down.size;
  }

  /** @param tick fractional; @param velocity 1..127 */
  noteOn(tick: number, pitch: number, velocity: number): void {
    this.noteOff(tick, pitch);
    this.#down.set(pitch, { start: Math.max(0, Math.round(tick)), velocity });
  }

  noteOff(tick: number, pitch: number): void {
    const down = this.#down.get(pitch);
    if (down === undefined) return;
    this.#down.delete(pitch);
    // A key that is held over the loop's end is let go there.
    const end = this.#loop !== null && tick < down.start ? this.#loop.end : Math.round(tick);
    this.#notes.push({ ...down, pitch, duration: Math.max(shortestTicks, end - down.start) });
  }

  /** All that was played; keys that are still down end here. */
  finish(tick: number): Note[] {
    for (const pitch of [...this.#down.keys()]) this.noteOff(tick, pitch);
    const notes = sortedNotes(this.#notes);
    this.#notes = [];
    return notes;
  }
}

/**
 * Puts starts on the nearest line of a grid, with lengths as they were played.
 * @param gridTicks 1 or more
 * @param loop what was played a little before its end belongs to its start
 */
export function quantised(notes: readonly Note[], gridTicks: number, loop: Range | null = null): Note[] {
  const placed = new Map<string, Note>();
  for (const note of notes) {
    const near = Math.round(note.start / gridTicks) * gridTicks;
    const start = loop !== null && note.start < loop.end && near >= loop.end ? loop.start : near;
    // Two strokes on one line are one note.
    const key = `${String(start)} ${String(note.pitch)}`;
    const other = placed.get(key);
    if (other === undefined || other.velocity < note.velocity) placed.set(key, { ...note, start });
  }
  return sortedNotes([...placed.values()]);
}
