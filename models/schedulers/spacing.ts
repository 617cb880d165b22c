/** Which training timesteps a run visits (Lin et al., arXiv 2305.08891, table 2), with NumPy's rounding. */
import { arangeToZero, linspace, roundHalfEven } from './numeric.ts';

export type Spacing = 'leading' | 'linspace' | 'trailing';

export interface SpacingOptions {
  spacing: Spacing;
  trainTimesteps: number;
  steps: number;
  /** Added by leading spacing only. */
  offset: number;
}

/**
 * round(arange(N, 0, -N / n)) - 1. NumPy's floating length gives some step counts (61 of 1000) one value more, about 0, hence
 * timestep -1, which names no noise level: it is left out.
 */
function trailing(start: number, ratio: number): number[] {
  return arangeToZero(start, ratio)
    .map((value) => roundHalfEven(value) - 1)
    .filter((timestep) => timestep >= 0);
}

/** DDIM, DDPM, PNDM: whole timesteps, descending. */
export function integerTimesteps(options: SpacingOptions): number[] {
  const { trainTimesteps, steps } = options;
  switch (options.spacing) {
    case 'leading':
      return Array.from({ length: steps }, (_, index) => (steps - 1 - index) * Math.floor(trainTimesteps / steps) + options.offset);
    case 'linspace':
      return linspace(0, trainTimesteps - 1, steps)
        .map(roundHalfEven)
        .reverse();
    case 'trailing':
      return trailing(trainTimesteps, trainTimesteps / steps);
  }
}

/** Euler, Euler ancestral, Heun: as above, but linspace keeps fractions (float32). */
export function fractionalTimesteps(options: SpacingOptions): number[] {
  if (options.spacing !== 'linspace') return integerTimesteps(options);
  return linspace(0, options.trainTimesteps - 1, options.steps)
    .map(Math.fround)
    .reverse();
}

/**
 * DPM-Solver, UniPC: one more division, whose last (least noisy) value is dropped.
 * @param lastTimestep DPM-Solver's N' = N less the timesteps whose lambda is clipped; N otherwise
 */
export function solverTimesteps(options: SpacingOptions, lastTimestep = options.trainTimesteps): number[] {
  const { steps } = options;
  switch (options.spacing) {
    case 'leading':
      return Array.from({ length: steps }, (_, index) => (steps - index) * Math.floor(lastTimestep / (steps + 1)) + options.offset);
    case 'linspace':
      return linspace(0, lastTimestep - 1, steps + 1)
        .map(roundHalfEven)
        .reverse()
        .slice(0, -1);
    case 'trailing':
      return trailing(lastTimestep, options.trainTimesteps / steps);
  }
}
