import { notesInBand, type Point } from '../geometry/hit-test.ts';
import { tickAt, xOf } from '../geometry/viewport.ts';
import { still, thresholdPx, type Gesture, type GestureContext, type Outcome, type PointerSample, type RollPreview } from './gesture.ts';

/** On an empty place: a rubber band. With Shift or Control what it touches is added; a click without them chooses nothing. */
export class SelectBand implements Gesture {
  readonly #context: GestureContext;
  /** Where it began in the piece: the view may scroll meanwhile. */
  readonly #from: { tick: number; contentY: number };
  readonly #adds: boolean;
  #open = false;
  readonly cursor = 'crosshair';
  preview: RollPreview;

  constructor(context: GestureContext, press: PointerSample) {
    this.#context = context;
    this.#from = { tick: tickAt(press.view, press.x), contentY: press.y + press.view.scrollPx };
    this.#adds = press.shift || press.ctrl;
    this.preview = still(context.track, this.#adds ? context.selection : new Set());
  }

  move({ x, y, view }: PointerSample): void {
    const { track, selection } = this.#context;
    const from: Point = { x: xOf(view, this.#from.tick), y: this.#from.contentY - view.scrollPx };
    const [width, height] = [Math.abs(x - from.x), Math.abs(y - from.y)];
    this.#open ||= width > thresholdPx || height > thresholdPx;
    if (!this.#open) return;
    const touched = notesInBand(view, track.notes, from, { x, y });
    this.preview = {
      ...still(track, this.#adds ? new Set([...selection, ...touched]) : touched),
      band: { left: Math.min(x, from.x), top: Math.min(y, from.y), width, height },
    };
  }

  end(): Outcome {
    return { label: null, track: this.#context.track, selection: this.preview.selection };
  }
}
