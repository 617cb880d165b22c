/** What lies under the pointer. */
import type { Note } from '../../../shared/music/score.ts';
import { notesBetween } from './note-index.ts';
import { pitchAt, tickAt, xOf, type Viewport } from './viewport.ts';

export interface NoteHit {
  /** Its place in the track's list. */
  index: number;
  note: Note;
  part: 'start' | 'body' | 'end';
}

export interface Point {
  x: number;
  y: number;
}

/** Short notes are drawn, and taken, a little wider. */
export const leastNotePx = 4;
const edgePx = 7;
/** Where a note is too small for both edges, the start cannot be taken. */
const leastForStartPx = 26;

export const noteWidth = (view: Viewport, note: Pick<Note, 'duration'>): number => Math.max(leastNotePx, note.duration * view.pxPerTick);

/** The uppermost note at a point. */
export function noteAt(view: Viewport, notes: readonly Note[], { x, y }: Point): NoteHit | null {
  const pitch = pitchAt(view, y);
  const reach = leastNotePx / view.pxPerTick;
  const tick = tickAt(view, x);
  for (const index of notesBetween(notes, tick - reach, tick + 1).toReversed()) {
    const note = notes[index];
    if (note?.pitch !== pitch) continue;
    const left = xOf(view, note.start);
    const width = noteWidth(view, note);
    if (x < left || x > left + width) continue;
    const edge = Math.min(edgePx, width / 3);
    const part = x > left + width - edge ? 'end' : x < left + edge && width >= leastForStartPx ? 'start' : 'body';
    return { index, note, part };
  }
  return null;
}

/** Notes that a rectangle touches. */
export function notesInBand(view: Viewport, notes: readonly Note[], from: Point, to: Point): Set<number> {
  const [left, right] = [Math.min(from.x, to.x), Math.max(from.x, to.x)];
  const high = pitchAt(view, Math.min(from.y, to.y));
  const low = pitchAt(view, Math.max(from.y, to.y));
  const inside = notesBetween(notes, tickAt(view, left), tickAt(view, right) + 1).filter((index) => {
    const pitch = notes[index]?.pitch ?? -1;
    return pitch >= low && pitch <= high;
  });
  return new Set(inside);
}

const stemPx = 5;

/** The velocity stem at a place: of several the chosen one, else the one that is nearest in height. */
export function stemAt(
  view: Viewport,
  notes: readonly Note[],
  at: Point,
  laneHeightPx: number,
  selection: ReadonlySet<number>,
): { index: number; note: Note } | null {
  const reach = stemPx / view.pxPerTick;
  const tick = tickAt(view, at.x);
  const near = notesBetween(notes, tick - reach, tick + reach).flatMap((index) => {
    const note = notes[index];
    return note !== undefined && Math.abs(note.start - tick) <= reach ? [{ index, note }] : [];
  });
  const chosen = near.filter(({ index }) => selection.has(index));
  const velocity = velocityAt(at.y, laneHeightPx);
  const distance = ({ note }: { note: Note }): number => Math.abs(note.velocity - velocity);
  return (chosen.length > 0 ? chosen : near).toSorted((a, b) => distance(a) - distance(b))[0] ?? null;
}

const lanePadPx = 6;
/** 1..127 by the height within the lane. */
export function velocityAt(y: number, laneHeightPx: number): number {
  const part = (laneHeightPx - lanePadPx - y) / (laneHeightPx - 2 * lanePadPx);
  return Math.min(127, Math.max(1, Math.round(part * 127)));
}
export const velocityY = (velocity: number, laneHeightPx: number): number =>
  laneHeightPx - lanePadPx - (velocity / 127) * (laneHeightPx - 2 * lanePadPx);
