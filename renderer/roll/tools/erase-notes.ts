import type { Note } from '../../../shared/music/score.ts';
import { noteAt, type Point } from '../geometry/hit-test.ts';
import { counted, still, type Gesture, type GestureContext, type Outcome, type PointerSample, type RollPreview } from './gesture.ts';

const stepPx = 3;

/** Takes out every note that it is drawn over. */
export class EraseNotes implements Gesture {
  readonly #context: GestureContext;
  readonly #erased = new Set<Note>();
  #last: Point;
  readonly cursor = 'crosshair';
  preview: RollPreview;

  constructor(context: GestureContext, press: PointerSample) {
    this.#context = context;
    this.#last = press;
    this.preview = still(context.track, context.selection);
    this.move(press);
  }

  move(sample: PointerSample): void {
    const way = Math.hypot(sample.x - this.#last.x, sample.y - this.#last.y);
    const steps = Math.max(1, Math.ceil(way / stepPx));
    const before = this.#erased.size;
    for (let step = 1; step <= steps; step += 1) {
      const part = step / steps;
      this.#eraseAt(sample, {
        x: this.#last.x + (sample.x - this.#last.x) * part,
        y: this.#last.y + (sample.y - this.#last.y) * part,
      });
    }
    this.#last = sample;
    if (this.#erased.size === before) return;
    const { track, selection } = this.#context;
    const kept = track.notes.flatMap((note, index) => (this.#erased.has(note) ? [] : [{ note, chosen: selection.has(index) }]));
    this.preview = still(
      { ...track, notes: kept.map(({ note }) => note) },
      new Set(kept.flatMap(({ chosen }, index) => (chosen ? [index] : []))),
    );
  }

  #eraseAt({ view }: PointerSample, point: Point): void {
    const hit = noteAt(view, this.preview.track.notes, point);
    if (hit !== null) this.#erased.add(hit.note);
  }

  end(): Outcome | null {
    if (this.#erased.size === 0) return null;
    return { label: `Erase ${counted(this.#erased.size)}`, track: this.preview.track, selection: this.preview.selection };
  }
}
