/** Bars as the event models count them: units of a sixteenth or a twelfth of a quarter, none longer than a model's longest. */
import { barsOf, ticksPerQuarter, type Metre, type Score } from '../../../../shared/music/score.ts';

/** Ticks of a sixteenth: the grid of chorales and drums. */
export const sixteenthTicks = ticksPerQuarter / 4;
/** Ticks of a twelfth of a quarter: the grid of songs. */
export const twelfthTicks = ticksPerQuarter / 12;

export interface GridBar {
  /** Ticks. */
  start: number;
  end: number;
  /** Places where an event may begin: place p lies at start + p units. */
  places: number;
  metre: Metre;
}

export interface Grid {
  unitTicks: number;
  bars: GridBar[];
}

/** Longer bars are counted as two or more even ones. */
export function gridOf(score: Pick<Score, 'metres' | 'lengthTicks'>, unitTicks: number, longestPlaces: number): Grid {
  const bars = barsOf(score).flatMap(({ start, end, metre }): GridBar[] => {
    const parts = Math.ceil((end - start) / unitTicks / longestPlaces);
    const length = Math.ceil((end - start) / parts / unitTicks) * unitTicks;
    return Array.from({ length: parts }, (_, part) => {
      const from = start + part * length;
      const to = Math.min(end, from + length);
      return { start: from, end: to, places: Math.ceil((to - from) / unitTicks), metre };
    });
  });
  return { unitTicks, bars };
}

/** The bar that a tick lies in; the last one for ticks after the end, 0 where there are none. */
export function barAt({ bars }: Grid, tick: number): number {
  let low = 0;
  let high = bars.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((bars[middle]?.start ?? 0) <= tick) low = middle;
    else high = middle - 1;
  }
  return low;
}

export interface GridPlace {
  bar: number;
  place: number;
}

/** The nearest place on the grid. */
export function placeOf(grid: Grid, tick: number): GridPlace {
  const bar = barAt(grid, tick);
  const found = grid.bars[bar];
  if (found === undefined) return { bar: 0, place: 0 };
  const place = Math.round((tick - found.start) / grid.unitTicks);
  if (place < found.places) return { bar, place };
  return bar + 1 < grid.bars.length ? { bar: bar + 1, place: 0 } : { bar, place: found.places - 1 };
}

export const tickOf = (grid: Grid, { bar, place }: GridPlace): number => (grid.bars[bar]?.start ?? 0) + place * grid.unitTicks;

export const endOfGrid = ({ bars }: Grid): number => bars.at(-1)?.end ?? 0;
