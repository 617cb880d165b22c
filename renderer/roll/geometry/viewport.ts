/** Where the user looks: time runs to the right in ticks, pitch upwards in rows. Positions are CSS pixels of the notes' area. */
import type { Note, Score } from '../../../shared/music/score.ts';
import { ticksPerQuarter } from '../../../shared/music/score.ts';

export interface Viewport {
  widthPx: number;
  heightPx: number;
  /** The tick at the left edge; fractional. */
  scrollTicks: number;
  pxPerTick: number;
  /** From the top of the highest row to the upper edge. */
  scrollPx: number;
  rowPx: number;
  /** The rows there are: MIDI notes, both included. */
  lowest: number;
  highest: number;
}

/** A whole note is 6 px at least, a quarter 640 px at most. */
export const pxPerTickLimits = { least: 6 / (4 * ticksPerQuarter), most: 640 / ticksPerQuarter };
export const rowPxLimits = { least: 5, most: 36 };
/** Room after the end, where new bars can be written: a share of the view. */
const roomBehind = 0.4;

const clamp = (value: number, low: number, high: number): number => Math.min(Math.max(low, high), Math.max(low, value));

export const xOf = (view: Viewport, tick: number): number => (tick - view.scrollTicks) * view.pxPerTick;
export const tickAt = (view: Viewport, x: number): number => view.scrollTicks + x / view.pxPerTick;
/** The upper edge of a pitch's row. */
export const yOf = (view: Viewport, pitch: number): number => (view.highest - pitch) * view.rowPx - view.scrollPx;
/** The pitch of the row at a height; rows beyond the edges too. */
export const pitchAt = (view: Viewport, y: number): number => view.highest - Math.floor((y + view.scrollPx) / view.rowPx);

export const visibleTicks = (view: Viewport): number => view.widthPx / view.pxPerTick;
export const rowsHeight = (view: Viewport): number => (view.highest - view.lowest + 1) * view.rowPx;
/** The ticks that can be scrolled through. */
export const scrollableTicks = (view: Viewport, lengthTicks: number): number => lengthTicks + visibleTicks(view) * roomBehind;

/** A piece, and the room for a short one to grow, is not made smaller than the view. */
const shortTicks = 8 * 4 * ticksPerQuarter;

/** Keeps the view within what there is. */
export function clamped(view: Viewport, lengthTicks: number): Viewport {
  const rowPx = clamp(view.rowPx, rowPxLimits.least, rowPxLimits.most);
  const whole = view.widthPx / (Math.max(lengthTicks, shortTicks) * (1 + roomBehind));
  const pxPerTick = clamp(view.pxPerTick, Math.max(pxPerTickLimits.least, whole), pxPerTickLimits.most);
  const next = { ...view, rowPx, pxPerTick };
  return {
    ...next,
    scrollTicks: clamp(next.scrollTicks, 0, scrollableTicks(next, lengthTicks) - visibleTicks(next)),
    scrollPx: clamp(next.scrollPx, 0, rowsHeight(next) - next.heightPx),
  };
}

/** The tick under `aroundX` keeps its place. */
export function zoomedTime(view: Viewport, factor: number, aroundX: number): Viewport {
  const pxPerTick = clamp(view.pxPerTick * factor, pxPerTickLimits.least, pxPerTickLimits.most);
  return { ...view, pxPerTick, scrollTicks: tickAt(view, aroundX) - aroundX / pxPerTick };
}

/** The row under `aroundY` keeps its place. */
export function zoomedRows(view: Viewport, factor: number, aroundY: number): Viewport {
  const rowPx = clamp(view.rowPx * factor, rowPxLimits.least, rowPxLimits.most);
  return { ...view, rowPx, scrollPx: ((aroundY + view.scrollPx) / view.rowPx) * rowPx - aroundY };
}

/** Scrolled as little as it takes for a stretch of ticks and a pitch to be seen. */
export function revealed(view: Viewport, range: { start: number; end: number }, pitch: { low: number; high: number }): Viewport {
  const margin = 24 / view.pxPerTick;
  const span = visibleTicks(view);
  let { scrollTicks, scrollPx } = view;
  if (range.end + margin > scrollTicks + span) scrollTicks = range.end + margin - span;
  if (range.start - margin < scrollTicks) scrollTicks = range.start - margin;
  const top = (view.highest - pitch.high) * view.rowPx;
  const bottom = (view.highest - pitch.low + 1) * view.rowPx;
  if (bottom + view.rowPx > scrollPx + view.heightPx) scrollPx = bottom + view.rowPx - view.heightPx;
  if (top - view.rowPx < scrollPx) scrollPx = top - view.rowPx;
  return { ...view, scrollTicks, scrollPx };
}

/** The lowest and highest of some notes; null without any. */
export function pitchSpan(notes: readonly Pick<Note, 'pitch'>[]): { low: number; high: number } | null {
  if (notes.length === 0) return null;
  return notes.reduce((span, { pitch }) => ({ low: Math.min(span.low, pitch), high: Math.max(span.high, pitch) }), {
    low: 127,
    high: 0,
  });
}

const leastBarPx = 90;

/** The piece from its beginning: as much as is readable, with the notes of `tracks` in the middle of the height. */
export function fitted(view: Viewport, score: Pick<Score, 'lengthTicks' | 'tracks'>, notes: readonly Note[]): Viewport {
  const whole = view.widthPx / Math.max(1, score.lengthTicks);
  const pxPerTick = Math.max(whole, leastBarPx / (4 * ticksPerQuarter));
  const span = pitchSpan(notes.length > 0 ? notes : score.tracks.flatMap((track) => track.notes)) ?? { low: 55, high: 79 };
  const rows = span.high - span.low + 5;
  const rowPx = clamp(view.heightPx / rows, 11, 20);
  const middle = (view.highest - (span.low + span.high) / 2 + 0.5) * rowPx;
  return clamped({ ...view, pxPerTick, rowPx, scrollTicks: 0, scrollPx: middle - view.heightPx / 2 }, score.lengthTicks);
}
