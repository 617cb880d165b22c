/** Bars as the latent models see them: at most sixteen 16ths; longer bars are two or more cells. */
import { barsOf, type Score } from '../../../../shared/music/score.ts';
import { barSteps } from '../../../components/score/bar-vae.ts';
import { stepTicks } from '../voices/tokens.ts';

export interface Cell {
  /** Steps of the score's grid. */
  from: number;
  to: number;
}

/** @returns the cells of each bar */
export function cellsOfBars(score: Pick<Score, 'metres' | 'lengthTicks'>): Cell[][] {
  return barsOf(score).map(({ start, end }) => {
    const [first, last] = [Math.round(start / stepTicks), Math.round(end / stepTicks)];
    const cells: Cell[] = [];
    for (let from = first; from < last; from += barSteps) cells.push({ from, to: Math.min(last, from + barSteps) });
    return cells;
  });
}

export const cellsOf = (score: Pick<Score, 'metres' | 'lengthTicks'>): Cell[] => cellsOfBars(score).flat();
