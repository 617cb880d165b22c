import { setVelocity, type Selection } from '../../../shared/music/edits.ts';
import { notesBetween } from '../geometry/note-index.ts';
import { stemAt, velocityAt } from '../geometry/hit-test.ts';
import { tickAt } from '../geometry/viewport.ts';
import { counted, still, type Gesture, type GestureContext, type Outcome, type PointerSample, type RollPreview } from './gesture.ts';

const reachPx = 4;

/**
 * In the velocity lane. A stem of several chosen ones takes all of them along, each by as much; that of a single chosen one
 * moves alone. Anywhere else the pointer draws a curve that the stems it passes follow.
 */
export class ShapeVelocity implements Gesture {
  readonly #context: GestureContext;
  readonly #grabbed: { index: number; velocity: number } | null;
  readonly #together: Selection;
  readonly #drawn = new Map<number, number>();
  #last: { tick: number; velocity: number };
  readonly cursor = 'ns-resize';
  preview: RollPreview;

  constructor(context: GestureContext, press: PointerSample) {
    this.#context = context;
    const { track, selection, laneHeightPx } = context;
    const stem = stemAt(press.view, track.notes, press, laneHeightPx, selection);
    this.#grabbed = stem !== null && selection.has(stem.index) ? { index: stem.index, velocity: stem.note.velocity } : null;
    this.#together = selection.size > 1 ? selection : new Set();
    this.#last = this.#at(press);
    this.preview = still(track, selection);
    this.move(press);
  }

  #at({ view, x, y }: PointerSample): { tick: number; velocity: number } {
    return { tick: tickAt(view, x), velocity: velocityAt(y, this.#context.laneHeightPx) };
  }

  move(sample: PointerSample): void {
    const { track, selection } = this.#context;
    const now = this.#at(sample);
    if (this.#grabbed === null) this.#draw(now, reachPx / sample.view.pxPerTick);
    else if (this.#together.size > 0) {
      const by = now.velocity - this.#grabbed.velocity;
      for (const index of this.#together) this.#drawn.set(index, (track.notes[index]?.velocity ?? 0) + by);
    } else this.#drawn.set(this.#grabbed.index, now.velocity);
    this.#last = now;
    const velocities = this.#drawn;
    const places = new Map(track.notes.map((note, index) => [note, index]));
    const changed = setVelocity(track, new Set(velocities.keys()), (note) => velocities.get(places.get(note) ?? -1) ?? note.velocity);
    // Loudness is no part of the order, so every note keeps its place.
    this.preview = still(changed.track, selection);
  }

  #draw(now: { tick: number; velocity: number }, reach: number): void {
    const { notes } = this.#context.track;
    const [left, right] = [this.#last, now].toSorted((a, b) => a.tick - b.tick);
    if (left === undefined || right === undefined) return;
    for (const index of notesBetween(notes, left.tick - reach, right.tick + reach)) {
      const start = notes[index]?.start ?? -Infinity;
      if (start < left.tick - reach || start > right.tick + reach) continue;
      const part = right.tick === left.tick ? 1 : Math.min(1, Math.max(0, (start - left.tick) / (right.tick - left.tick)));
      this.#drawn.set(index, left.velocity + (right.velocity - left.velocity) * part);
    }
  }

  end(): Outcome | null {
    const { track } = this.preview;
    const before = this.#context.track.notes;
    const count = track.notes.filter((note, index) => note.velocity !== before[index]?.velocity).length;
    return count === 0 ? null : { label: `Velocity of ${counted(count)}`, track, selection: this.preview.selection };
  }
}
