import { addNotes, makeWay } from '../../../shared/music/edits.ts';
import { cellStart } from '../geometry/grid.ts';
import { pitchAt, tickAt } from '../geometry/viewport.ts';
import { still, thresholdPx, type Gesture, type GestureContext, type Outcome, type PointerSample, type RollPreview } from './gesture.ts';

const freeLeastTicks = 15;

/** On an empty place: writes a note in that cell of the grid, as long as the last one. Dragging sets its end and its pitch. */
export class DrawNote implements Gesture {
  readonly #context: GestureContext;
  readonly #start: number;
  readonly #fromX: number;
  #duration: number;
  #stretched = false;
  readonly cursor = 'crosshair';
  preview: RollPreview;

  constructor(context: GestureContext, press: PointerSample) {
    this.#context = context;
    this.#fromX = press.x;
    this.#start = cellStart(tickAt(press.view, press.x), press.ctrl ? null : context.grid, context.bars);
    this.#duration = context.newNote.durationTicks;
    this.preview = this.#drawn(press);
  }

  move(sample: PointerSample): void {
    const { grid, bars } = this.#context;
    this.#stretched ||= Math.abs(sample.x - this.#fromX) > thresholdPx * 2;
    if (this.#stretched) {
      const tick = Math.max(this.#start, tickAt(sample.view, sample.x));
      const free = sample.ctrl || grid === null;
      // The cell under the pointer belongs to the note.
      const end = free ? Math.round(tick) : cellStart(tick, grid, bars) + grid;
      this.#duration = Math.max(free ? freeLeastTicks : grid, end - this.#start);
    }
    this.preview = this.#drawn(sample);
  }

  #drawn({ view, y }: PointerSample): RollPreview {
    const pitch = Math.min(view.highest, Math.max(view.lowest, pitchAt(view, y)));
    const note = { start: this.#start, duration: this.#duration, pitch, velocity: this.#context.newNote.velocity };
    const added = addNotes(this.#context.track, [note]);
    const { track, selection } = makeWay(added.track, added.selection);
    return still(track, selection, pitch);
  }

  end(): Outcome {
    return { label: 'Draw a note', track: this.preview.track, selection: this.preview.selection };
  }
}
