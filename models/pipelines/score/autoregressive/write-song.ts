/** The song model over a score: given notes stay, others are added where that is free. */
import type { Score } from '../../../../shared/music/score.ts';
import { decodeEvents } from '../../../components/score/event-decoder.ts';
import type { Sampling } from '../../../components/score/choose-value.ts';
import type { ScoreRun } from '../run.ts';
import { BarGrammar } from './bar-grammar.ts';
import {
  barsLeftCondition,
  densityCondition,
  guidanceOf,
  keyCondition,
  metreCondition,
  tempoCondition,
  unknownDensity,
} from './conditions.ts';
import { bestOf, roundedOff } from './closing.ts';
import { endOfGrid, gridOf, twelfthTicks } from './grid.ts';
import { keyBias } from './key-bias.ts';
import { openEventNetwork } from './networks.ts';
import { givenSongEvents, lowestPitch, mayAdd, notesOfSongEvents, songLayout, type PartNote, type SongPart } from './song-events.ts';
import { keyAt, tempoAt } from './told.ts';

/** Values of the condition that says who plays. */
export const songForces = { song: 0, piano: 1, melody: 2 } as const;

export interface SongTask {
  /** Bars, metres, tempos and keys are read. */
  frame: Pick<Score, 'metres' | 'tempos' | 'keys' | 'lengthTicks'>;
  given: readonly PartNote[];
  /** Whether notes of the part may be added there. */
  free: (tick: number, part: SongPart) => boolean;
  /** Whether the piece ends in its last bar, or goes on as it was after places that are written anew. */
  ends: boolean;
  force: (typeof songForces)[keyof typeof songForces];
  /** 0 sparse .. 4 busy; null: as the given notes are when there are any, else the model's choice. */
  density: number | null;
  sampling: Sampling;
  /** How strongly what is told is followed (see Guidance); 1: as the model thinks. */
  guidance?: number;
  /** Pieces that are written side by side, of which the one that is rounded off best is kept. */
  candidates?: number;
}

const pitchField = 2;

/**
 * @returns the added notes, in ticks, sorted by part and start
 * @throws AppError model-mismatch, model-output-invalid, cancelled
 */
export async function writeSong(task: SongTask, run: ScoreRun): Promise<PartNote[]> {
  const network = await openEventNetwork(run, 'song');
  const grid = gridOf(task.frame, twelfthTicks, songLayout.places);
  const bars = grid.bars.length;
  const given = givenSongEvents(grid, task.given);
  const givenBars = new Set(given.map(({ bar }) => bar)).size;
  const density =
    task.density ?? (givenBars === 0 ? unknownDensity : densityCondition(run.vocabulary.densities.song, given.length / givenBars));
  const told = grid.bars.map(({ start, metre }, bar) => [
    keyCondition(keyAt(task.frame, start)),
    metreCondition(metre),
    tempoCondition(tempoAt(task.frame, start)),
    density,
    task.force,
    barsLeftCondition(bar, bars),
  ]);
  const biases = grid.bars.map(({ start }) => {
    const key = keyAt(task.frame, start);
    return key === null ? null : Float32Array.from(keyBias(key, (songLayout.fields[pitchField] ?? 0) - 1, lowestPitch));
  });
  let reached = 0;
  const grammars = Array.from(
    { length: task.candidates ?? 1 },
    () =>
      new BarGrammar({
        layout: songLayout,
        bars: grid.bars.map(({ places }) => places),
        given,
        free: ({ bar, place }, part, count) =>
          (part === 0 || part === 1 || part === 2) &&
          mayAdd(part, count) &&
          task.free((grid.bars[bar]?.start ?? 0) + place * twelfthTicks, part),
        ends: task.ends,
        conditions: (bar) => told[bar] ?? [],
        bias: (field, bar) => (field === pitchField ? (biases[bar] ?? null) : null),
        onBar: (bar) => (reached = Math.max(reached, bar / bars)),
      }),
  );
  await run.context.time('run', () =>
    decodeEvents(network, grammars, {
      sampling: task.sampling,
      guidance: guidanceOf(task.guidance, []),
      random: run.random,
      between: () => run.progress(reached),
    }),
  );
  const written = grammars.map(({ events }) => notesOfSongEvents(grid, events, endOfGrid(grid)));
  return bestOf(written, (notes) => roundedOff([...task.given, ...notes], keyAt(task.frame, 0), grid.bars.at(-1)?.start ?? 0));
}
