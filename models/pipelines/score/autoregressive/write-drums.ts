/** The drum model over a score: given hits stay, others are added where that is free. */
import { AppError } from '../../../../shared/contract/errors.ts';
import type { Score } from '../../../../shared/music/score.ts';
import type { Sampling } from '../../../components/score/choose-value.ts';
import { decodeEvents } from '../../../components/score/event-decoder.ts';
import type { ScoreRun } from '../run.ts';
import { BarGrammar, type GivenEvent, type WrittenEvent } from './bar-grammar.ts';
import { barsLeftCondition, densityCondition, guidanceOf, metreCondition, tempoCondition, unknownDensity } from './conditions.ts';
import { drumLayout } from './drum-events.ts';
import { gridOf, sixteenthTicks, type Grid } from './grid.ts';
import { openEventNetwork } from './networks.ts';
import { tempoAt } from './told.ts';

export interface DrumTask {
  frame: Pick<Score, 'metres' | 'tempos' | 'lengthTicks'>;
  /** Events on {@link drumGrid} of the frame. */
  given: readonly GivenEvent[];
  free: (tick: number) => boolean;
  ends: boolean;
  /** One of the pack's styles; null: any. */
  style: string | null;
  fill: boolean;
  density: number | null;
  sampling: Sampling;
  /** How strongly what is told is followed (see Guidance); 1: as the model thinks. */
  guidance?: number;
}

export const drumGrid = (frame: DrumTask['frame']): Grid => gridOf(frame, sixteenthTicks, drumLayout.places);

/** @throws AppError invalid-request when the pack knows no such style */
function styleCondition(styles: readonly string[], style: string | null): number {
  if (style === null) return styles.length;
  const found = styles.indexOf(style);
  if (found < 0) {
    throw new AppError('invalid-request', `The pack knows no drumming called "${style}".`, {
      action: `Choose one of ${styles.join(', ')}.`,
    });
  }
  return found;
}

/**
 * @returns all events, given ones among them, in order
 * @throws AppError invalid-request, model-mismatch, model-output-invalid, cancelled
 */
export async function writeDrums(task: DrumTask, run: ScoreRun): Promise<WrittenEvent[]> {
  const { drumStyles, densities } = run.vocabulary;
  const style = styleCondition(drumStyles, task.style);
  const network = await openEventNetwork(run, 'drums');
  const grid = drumGrid(task.frame);
  const bars = grid.bars.length;
  const givenBars = new Set(task.given.map(({ bar }) => bar)).size;
  const density = task.density ?? (givenBars === 0 ? unknownDensity : densityCondition(densities.drums, task.given.length / givenBars));
  const told = grid.bars.map(({ start, metre }, bar) => [
    style,
    tempoCondition(tempoAt(task.frame, start)),
    metreCondition(metre),
    task.fill ? 1 : 0,
    density,
    barsLeftCondition(bar, bars),
  ]);
  let reached = 0;
  const grammar = new BarGrammar({
    layout: drumLayout,
    bars: grid.bars.map(({ places }) => places),
    given: task.given,
    free: ({ bar, place }) => task.free((grid.bars[bar]?.start ?? 0) + place * sixteenthTicks),
    ends: task.ends,
    conditions: (bar) => told[bar] ?? [],
    onBar: (bar) => (reached = bar / bars),
  });
  await run.context.time('run', () =>
    decodeEvents(network, [grammar], {
      sampling: task.sampling,
      guidance: guidanceOf(task.guidance, []),
      random: run.random,
      between: () => run.progress(reached),
    }),
  );
  return grammar.events;
}
