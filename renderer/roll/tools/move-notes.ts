import { addNotes, makeWay, moveNotes, type Selection } from '../../../shared/music/edits.ts';
import { snapped } from '../geometry/grid.ts';
import type { NoteHit } from '../geometry/hit-test.ts';
import { pitchAt, tickAt } from '../geometry/viewport.ts';
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

/**
 * On a note's body: chooses it, and drags all chosen ones. Alt leaves the originals and drags copies; Shift keeps to one
 * direction; Control is free of the grid. A click with Shift or Control adds the note to the selection or takes it out.
 */
export class MoveNotes implements Gesture {
  readonly #context: GestureContext;
  readonly #hit: NoteHit;
  readonly #from: { x: number; y: number; tick: number; pitch: number };
  readonly #dragged: Selection;
  readonly #clicked: Selection;
  #moved = false;
  #copies = false;
  preview: RollPreview;

  constructor(context: GestureContext, hit: NoteHit, press: PointerSample) {
    this.#context = context;
    this.#hit = hit;
    this.#from = { x: press.x, y: press.y, tick: tickAt(press.view, press.x), pitch: pitchAt(press.view, press.y) };
    const { selection, track } = context;
    const adds = press.shift || press.ctrl;
    const chosen = selection.has(hit.index);
    this.#dragged = chosen ? selection : new Set(adds ? [...selection, hit.index] : [hit.index]);
    if (adds && chosen) this.#clicked = new Set([...selection].filter((index) => index !== hit.index));
    else this.#clicked = adds ? this.#dragged : new Set([hit.index]);
    this.preview = still(track, this.#dragged, hit.note.pitch);
  }

  get cursor(): string {
    return this.#copies ? 'copy' : this.#moved ? 'grabbing' : 'grab';
  }

  move(sample: PointerSample): void {
    const { track, bars, grid } = this.#context;
    const ticksMoved = tickAt(sample.view, sample.x) - this.#from.tick;
    const away = { x: Math.abs(ticksMoved) * sample.view.pxPerTick, y: Math.abs(sample.y - this.#from.y) };
    let semitones = pitchAt(sample.view, sample.y) - this.#from.pitch;
    this.#moved ||= away.x > thresholdPx || away.y > thresholdPx;
    if (!this.#moved) return;
    let ticks = 0;
    if (away.x > thresholdPx) {
      const { start } = this.#hit.note;
      ticks = sample.ctrl ? Math.round(ticksMoved) : snapped(start + ticksMoved, grid, bars) - start;
    }
    if (sample.shift) {
      if (away.x > away.y) semitones = 0;
      else ticks = 0;
    }
    this.#copies = sample.alt;
    const by = { ticks, semitones };
    const moved = moveNotes(track, this.#dragged, by);
    const made = sample.alt
      ? addNotes(
          track,
          [...moved.selection].flatMap((index) => moved.track.notes[index] ?? []),
        )
      : moved;
    const clear = ticks === 0 && semitones === 0 ? made : makeWay(made.track, made.selection);
    const hear = this.#hit.note.pitch + semitones;
    this.preview = { ...clear, band: null, hear: hear >= 0 && hear <= 127 ? hear : null };
  }

  end(): Outcome | null {
    const { track } = this.#context;
    if (!this.#moved) return { label: null, track, selection: this.#clicked };
    const same = this.preview.track.notes.every((note, index) => sameNote(note, track.notes[index]));
    if (same && this.preview.track.notes.length === track.notes.length) return { label: null, track, selection: this.#dragged };
    const verb = this.#copies ? 'Copy' : 'Move';
    return { label: `${verb} ${counted(this.#dragged.size)}`, track: this.preview.track, selection: this.preview.selection };
  }
}

const sameNote = (a: { start: number; pitch: number }, b: { start: number; pitch: number } | undefined): boolean =>
  a.start === b?.start && a.pitch === b.pitch;
