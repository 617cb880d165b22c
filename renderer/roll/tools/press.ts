/** Which gesture a press begins. */
import { noteAt, type NoteHit } from '../geometry/hit-test.ts';
import type { RollTool } from '../roll-api.ts';
import { DrawNote } from './draw-note.ts';
import { EraseNotes } from './erase-notes.ts';
import type { Gesture, GestureContext, PointerSample } from './gesture.ts';
import { MoveNotes } from './move-notes.ts';
import { ResizeNotes } from './resize-notes.ts';
import { SelectBand } from './select-band.ts';

export interface Press {
  /** As in DOM events: 0 the first button, 2 the second. */
  button: number;
  /** How many clicks in a row. */
  clicks: number;
}

/** In the notes' area. The second button erases; a double click writes a note, or takes it out. */
export function press(tool: RollTool, context: GestureContext, sample: PointerSample, { button, clicks }: Press): Gesture {
  const hit = noteAt(sample.view, context.track.notes, sample);
  if (tool === 'erase' || button === 2) return new EraseNotes(context, sample);
  if (hit !== null) {
    if (clicks === 2 && hit.part === 'body' && !sample.shift && !sample.ctrl) return new EraseNotes(context, sample);
    return hit.part === 'body' ? new MoveNotes(context, hit, sample) : new ResizeNotes(context, hit, sample);
  }
  const draws = tool === 'draw' ? !sample.shift : clicks === 2;
  return draws ? new DrawNote(context, sample) : new SelectBand(context, sample);
}

/** What the pointer looks like over a place. */
export function cursorAt(tool: RollTool, hit: NoteHit | null): string {
  if (tool === 'erase') return hit === null ? 'default' : 'crosshair';
  if (hit === null) return tool === 'draw' ? 'crosshair' : 'default';
  return hit.part === 'body' ? 'grab' : 'ew-resize';
}
