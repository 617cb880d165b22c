/** The grid that notes keep to, and the lines that show it. Grids begin anew in each bar. */
import { ticksOfBar, ticksPerQuarter, type Bar } from '../../../shared/music/score.ts';
import { tickAt, type Viewport } from './viewport.ts';

export const snaps = ['auto', '1/1', '1/2', '1/4', '1/8', '1/16', '1/32', '1/4t', '1/8t', '1/16t', 'off'] as const;
export type Snap = (typeof snaps)[number];

const fixed: Readonly<Record<Exclude<Snap, 'auto' | 'off'>, number>> = {
  '1/1': 4 * ticksPerQuarter,
  '1/2': 2 * ticksPerQuarter,
  '1/4': ticksPerQuarter,
  '1/8': ticksPerQuarter / 2,
  '1/16': ticksPerQuarter / 4,
  '1/32': ticksPerQuarter / 8,
  '1/4t': (ticksPerQuarter * 2) / 3,
  '1/8t': ticksPerQuarter / 3,
  '1/16t': ticksPerQuarter / 6,
};
const automatic = [fixed['1/32'], fixed['1/16'], fixed['1/8'], fixed['1/4'], fixed['1/2'], fixed['1/1']];
const leastAutomaticPx = 13;

/** Ticks between two lines; null when notes are free. Automatic: the finest that can be aimed at. */
export function gridTicks(snap: Snap, pxPerTick: number): number | null {
  if (snap === 'off') return null;
  if (snap !== 'auto') return fixed[snap];
  return automatic.find((ticks) => ticks * pxPerTick >= leastAutomaticPx) ?? fixed['1/1'];
}

/** The bar at a tick; after the end the last one goes on. */
export function barAt(bars: readonly Bar[], tick: number): Bar {
  let low = 0;
  let high = bars.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((bars[middle]?.start ?? Infinity) <= tick) low = middle;
    else high = middle - 1;
  }
  const bar = bars[low] ?? { index: 0, start: 0, end: 4 * ticksPerQuarter, metre: { tick: 0, numerator: 4, denominator: 4 } };
  if (tick < bar.end) return bar;
  const length = ticksOfBar(bar.metre);
  const further = Math.floor((tick - bar.end) / length);
  const start = bar.end + further * length;
  return { index: bar.index + 1 + further, start, end: start + length, metre: bar.metre };
}

const within = (tick: number, grid: number | null, bars: readonly Bar[], round: (lines: number) => number): number => {
  if (grid === null) return Math.max(0, Math.round(tick));
  const bar = barAt(bars, Math.max(0, tick));
  return Math.max(0, Math.min(bar.end, bar.start + Math.round(round((tick - bar.start) / grid) * grid)));
};

/** The nearest line. */
export const snapped = (tick: number, grid: number | null, bars: readonly Bar[]): number => within(tick, grid, bars, Math.round);
/** The line before: the cell that a tick lies in. */
export const cellStart = (tick: number, grid: number | null, bars: readonly Bar[]): number => within(tick, grid, bars, Math.floor);

export interface GridLine {
  tick: number;
  level: 'bar' | 'beat' | 'division';
}

const leastBeatPx = 9;
const leastDivisionPx = 7;

/** The lines in view, from left to right; those that would be too close are left out. */
export function gridLines(view: Viewport, bars: readonly Bar[], grid: number | null): GridLine[] {
  const lines: GridLine[] = [];
  const end = tickAt(view, view.widthPx);
  const everyBar = barStep(view, bars, leastBeatPx);
  for (let bar = barAt(bars, Math.max(0, view.scrollTicks)); bar.start <= end; bar = barAt(bars, bar.end)) {
    if (bar.index % everyBar === 0) lines.push({ tick: bar.start, level: 'bar' });
    const beat = (4 * ticksPerQuarter) / bar.metre.denominator;
    const step = grid !== null && grid < beat && grid * view.pxPerTick >= leastDivisionPx ? grid : beat;
    if (step * view.pxPerTick < leastBeatPx && step === beat) continue;
    const count = Math.ceil((bar.end - bar.start) / step - 1e-9);
    for (let index = 1; index < count; index += 1) {
      const offset = index * step;
      const onBeat = Math.abs(offset / beat - Math.round(offset / beat)) < 1e-6;
      lines.push({ tick: bar.start + offset, level: onBeat ? 'beat' : 'division' });
    }
  }
  return lines;
}

/** 1, 2, 4, 8, ...: every how many bars something of a width can stand without crowding. */
export function barStep(view: Viewport, bars: readonly Bar[], leastPx: number): number {
  const bar = barAt(bars, Math.max(0, view.scrollTicks));
  const barPx = (bar.end - bar.start) * view.pxPerTick;
  let step = 1;
  while (barPx * step < leastPx) step *= 2;
  return step;
}
