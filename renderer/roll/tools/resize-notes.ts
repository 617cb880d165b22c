import { makeWay, resizeNotes, trimStarts, type Selection } from '../../../shared/music/edits.ts';
import { snapped } from '../geometry/grid.ts';
import type { NoteHit } from '../geometry/hit-test.ts';
import { tickAt } from '../geometry/viewport.ts';
import {
  counted,
  still,
  thresholdPx,
  type Gesture,
  type GestureContext,
  type Outcome,
  type PointerSample,
  type RollPreview,
} from './gesture.ts';

const freeLeastTicks = 15;

/** On a note's edge: moves that edge of all chosen notes; the grabbed one keeps to the grid, unless Control is held. */
export class ResizeNotes implements Gesture {
  readonly #context: GestureContext;
  readonly #hit: NoteHit;
  readonly #fromTick: number;
  readonly #chosen: Selection;
  #by = 0;
  readonly cursor = 'ew-resize';
  preview: RollPreview;

  constructor(context: GestureContext, hit: NoteHit, press: PointerSample) {
    this.#context = context;
    this.#hit = hit;
    this.#fromTick = tickAt(press.view, press.x);
    const { selection, track } = context;
    if (selection.has(hit.index)) this.#chosen = selection;
    else this.#chosen = new Set(press.shift || press.ctrl ? [...selection, hit.index] : [hit.index]);
    this.preview = still(track, this.#chosen);
  }

  move(sample: PointerSample): void {
    const { track, bars, grid } = this.#context;
    const { note, part } = this.#hit;
    const ticksMoved = tickAt(sample.view, sample.x) - this.#fromTick;
    if (this.#by === 0 && Math.abs(ticksMoved) * sample.view.pxPerTick <= thresholdPx) return;
    const end = note.start + note.duration;
    const least = Math.min(note.duration, sample.ctrl ? freeLeastTicks : (grid ?? freeLeastTicks));
    const place = (tick: number): number => (sample.ctrl ? Math.round(tick) : snapped(tick, grid, bars));
    if (part === 'start') {
      this.#by = Math.min(place(note.start + ticksMoved), end - least) - note.start;
      this.preview = { ...this.preview, ...this.#cleared(trimStarts(track, this.#chosen, this.#by)) };
    } else {
      this.#by = Math.max(place(end + ticksMoved), note.start + least) - end;
      this.preview = { ...this.preview, ...this.#cleared(resizeNotes(track, this.#chosen, this.#by)) };
    }
  }

  #cleared({ track, selection }: { track: RollPreview['track']; selection: Selection }): {
    track: RollPreview['track'];
    selection: Selection;
  } {
    return this.#by === 0 ? { track, selection } : makeWay(track, selection);
  }

  end(): Outcome {
    const { track, selection } = this.preview;
    if (this.#by === 0) return { label: null, track: this.#context.track, selection: this.#chosen };
    return { label: `Resize ${counted(this.#chosen.size)}`, track, selection };
  }
}
