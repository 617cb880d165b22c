/** Where things are on a drawn piano roll: systems of bars under each other, rows of pitches and of drums. Units of the drawing. */
import { barsOf, type Bar, type Score } from '../../../shared/music/score.ts';

export const drawingWidth = 2400;
export const margin = 60;
/** The keyboard and the drums' names. */
export const keysWidth = 150;
export const gridLeft = margin + keysWidth;
export const gridWidth = drawingWidth - gridLeft - margin;
export const headerHeight = 150;
export const legendLine = 44;
/** Bar numbers and chords above each grid. */
export const rulerHeight = 78;
export const systemGap = 54;

const usualBars = 16;
const mostSystems = 16;
const drumGap = 14;
const usualGridHeight = 620;

export interface Rows {
  /** Highest and lowest pitch shown; null where there is no melodic note. */
  pitches: { low: number; high: number } | null;
  /** Pitches of drums that are struck, low ones first. */
  drums: number[];
  rowHeight: number;
  height: number;
}

export interface System {
  bars: Bar[];
  start: number;
  end: number;
  /** Of its grid. */
  top: number;
}

export interface RollLayout {
  rows: Rows;
  systems: System[];
  height: number;
}

function rowsOf(score: Score): Rows {
  let [low, high] = [Infinity, -Infinity];
  const drums = new Set<number>();
  for (const { instrument, notes } of score.tracks) {
    for (const { pitch } of notes) {
      if (instrument.kind === 'drums') drums.add(pitch);
      else {
        low = Math.min(low, pitch);
        high = Math.max(high, pitch);
      }
    }
  }
  // A little air, and never less than an octave and a half.
  const air = Math.max(2, Math.ceil((18 - (high - low)) / 2));
  const pitches = low > high ? null : { low: Math.max(0, low - air), high: Math.min(127, high + air) };
  const count = (pitches === null ? 0 : pitches.high - pitches.low + 1) + drums.size;
  const rowHeight = Math.min(26, Math.max(9, usualGridHeight / Math.max(1, count)));
  const gap = pitches !== null && drums.size > 0 ? drumGap : 0;
  return { pitches, drums: [...drums].toSorted((a, b) => a - b), rowHeight, height: Math.max(1, count) * rowHeight + gap };
}

/** @param legendLines lines of the legend under the title */
export function layOut(score: Score, legendLines: number): RollLayout {
  const rows = rowsOf(score);
  const bars = barsOf(score);
  const perSystem = Math.max(bars.length <= usualBars * 1.5 ? bars.length : usualBars, Math.ceil(bars.length / mostSystems), 1);
  const systems: System[] = [];
  let top = headerHeight + legendLines * legendLine + rulerHeight;
  for (let first = 0; first < Math.max(1, bars.length); first += perSystem) {
    const own = bars.slice(first, first + perSystem);
    const start = own[0]?.start ?? 0;
    // The last system's bars are as wide as the others'.
    const shown = own.at(-1)?.end ?? 1;
    const missing = first > 0 ? perSystem - own.length : 0;
    const end = shown + (missing > 0 ? (missing * (shown - start)) / Math.max(1, own.length) : 0);
    systems.push({ bars: own, start, end, top });
    top += rows.height + rulerHeight + systemGap;
  }
  return { rows, systems, height: Math.ceil(top - rulerHeight - systemGap + margin) };
}

export const xOf = ({ start, end }: System, tick: number): number => gridLeft + (gridWidth * (tick - start)) / (end - start);

/** Of a row's upper edge, from the grid's top; drums lie under the pitches. */
export function rowTop({ pitches, drums, rowHeight }: Rows, pitch: number, isDrum: boolean): number {
  if (!isDrum) return ((pitches?.high ?? 0) - pitch) * rowHeight;
  const above = pitches === null ? 0 : (pitches.high - pitches.low + 1) * rowHeight + drumGap;
  return above + (drums.length - 1 - drums.indexOf(pitch)) * rowHeight;
}
