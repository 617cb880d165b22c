/** The chorale model over a score: what is given of four voices stays, the rest is written. */
import { sortedNotes, type Score } from '../../../../shared/music/score.ts';
import type { Sampling } from '../../../components/score/choose-value.ts';
import { decodeEvents } from '../../../components/score/event-decoder.ts';
import type { PlainNote } from '../expression.ts';
import type { ScoreRun } from '../run.ts';
import { ChoraleGrammar, choralePitch, choraleValue, knownPitch, silence, voices } from './chorale-grammar.ts';
import { barsLeftCondition, densityCondition, guidanceOf, keyCondition, unknownDensity } from './conditions.ts';
import { bestOf, roundedOff } from './closing.ts';
import { gridOf, placeOf, sixteenthTicks, type Grid } from './grid.ts';
import { openEventNetwork } from './networks.ts';
import { keyAt } from './told.ts';

/** Places of the training set's bars. */
const placesKnown = 16;

export interface ChoraleTask {
  frame: Pick<Score, 'metres' | 'keys' | 'lengthTicks'>;
  /** Notes of soprano, alto, tenor, bass that stay. */
  given: readonly (readonly PlainNote[])[];
  /** Whether a voice is written anew there, as far as no given note sounds. */
  free: (tick: number, voice: number) => boolean;
  density: number | null;
  sampling: Sampling;
  /** How strongly what is told is followed (see Guidance); 1: as the model thinks. */
  guidance?: number;
  /** Pieces that are written side by side, of which the one that is rounded off best is kept. */
  candidates?: number;
}

interface Step {
  bar: number;
  place: number;
  tick: number;
  end: number;
}

function stepsOf({ bars, unitTicks }: Grid): Step[] {
  return bars.flatMap(({ start, end, places }, bar) =>
    Array.from({ length: places }, (_, place) => ({
      bar,
      place: place % placesKnown,
      tick: start + place * unitTicks,
      end: Math.min(end, start + (place + 1) * unitTicks),
    })),
  );
}

/** [steps][voices]: what is given at each step, silence where nothing is and nothing may be; null where the model writes. */
function givenSteps(grid: Grid, steps: readonly Step[], given: ChoraleTask['given'], free: ChoraleTask['free']): (number | null)[][] {
  const found = steps.map(({ tick }) => Array.from({ length: voices }, (_, voice) => (free(tick, voice) ? null : silence)));
  const firstStep = new Map<number, number>();
  for (const [index, { bar }] of steps.entries()) if (!firstStep.has(bar)) firstStep.set(bar, index);
  for (const [voice, notes] of given.entries()) {
    for (const { start, duration, pitch } of sortedNotes(notes.map((note) => ({ ...note, velocity: 1 })))) {
      const at = placeOf(grid, start);
      const first = (firstStep.get(at.bar) ?? 0) + at.place;
      for (let step = first; step < steps.length && (step === first || (steps[step]?.tick ?? Infinity) < start + duration); step += 1) {
        const voicesThere = found[step];
        if (voicesThere !== undefined) voicesThere[voice] = choraleValue(knownPitch(pitch));
      }
    }
  }
  return found;
}

/** Of each voice: equal neighbours are one note, given steps are left out. */
function notesOfSteps(
  steps: readonly Step[],
  written: readonly (readonly number[])[],
  given: readonly (readonly (number | null)[])[],
): PlainNote[][] {
  return Array.from({ length: voices }, (_, voice) => {
    const notes: PlainNote[] = [];
    let open: PlainNote | null = null;
    for (const [index, step] of steps.entries()) {
      const value = given[index]?.[voice] === null ? (written[index]?.[voice] ?? silence) : silence;
      if (value !== silence && open !== null && open.pitch === choralePitch(value)) {
        open.duration = step.end - open.start;
      } else {
        open = value === silence ? null : { start: step.tick, duration: step.end - step.tick, pitch: choralePitch(value) };
        if (open !== null) notes.push(open);
      }
    }
    return notes;
  });
}

/**
 * @returns the written notes of soprano, alto, tenor, bass, in ticks
 * @throws AppError model-mismatch, model-output-invalid, cancelled
 */
export async function writeChorale(task: ChoraleTask, run: ScoreRun): Promise<PlainNote[][]> {
  const network = await openEventNetwork(run, 'chorale');
  const grid = gridOf(task.frame, sixteenthTicks, placesKnown * 8);
  const steps = stepsOf(grid);
  const given = givenSteps(grid, steps, task.given, task.free);
  const onsets = task.given.reduce((sum, notes) => sum + notes.length, 0);
  const givenBars = new Set(
    steps.filter((_, index) => given[index]?.some((value) => value !== null && value !== silence)).map(({ bar }) => bar),
  ).size;
  const voicesGiven = Math.max(1, task.given.filter((notes) => notes.length > 0).length);
  const density =
    task.density ??
    (givenBars === 0 ? unknownDensity : densityCondition(run.vocabulary.densities.chorale, (onsets / givenBars) * (voices / voicesGiven)));
  const conditions = steps.map(({ bar, place, tick }) => [
    place,
    keyCondition(keyAt(task.frame, tick)),
    density,
    barsLeftCondition(bar, grid.bars.length),
  ]);
  const grammars = Array.from({ length: task.candidates ?? 1 }, () => new ChoraleGrammar({ given, conditions }));
  await run.context.time('run', () =>
    decodeEvents(network, grammars, {
      sampling: task.sampling,
      guidance: guidanceOf(task.guidance, [0]),
      random: run.random,
      between: () => run.progress((grammars[0]?.steps.length ?? 0) / Math.max(1, steps.length)),
    }),
  );
  const written = grammars.map((grammar) => notesOfSteps(steps, grammar.steps, given));
  return bestOf(written, (notes) =>
    roundedOff([...task.given.flat(), ...notes.flat()], keyAt(task.frame, 0), grid.bars.at(-1)?.start ?? 0),
  );
}
