/** What every mode of the score pipeline is given, and what it gives back. */
import type { ScoreVocabulary } from '../../../shared/domain/music-convention.ts';
import type { Score } from '../../../shared/music/score.ts';
import type { ScoreMode, ScoreParamsOf } from '../../../shared/pipelines/score.ts';
import { seededRandom } from '../../core/seeded-random.ts';
import type { PipelineContext } from '../../pipeline.ts';

export interface ScoreRun {
  context: PipelineContext<'score'>;
  vocabulary: ScoreVocabulary;
  /** Of this attempt: the request's, or one derived from it when an attempt gave silence. */
  seed: number;
  /** One stream for the whole run, [0, 1). */
  random: () => number;
  /**
   * Reports 0..1 of the mode's work, never falling, and lets messages in. Call it every few runs of a graph.
   * @throws whatever the run's signal throws when it was cancelled
   */
  progress(share: number): Promise<void>;
}

/** The pieces of the request, checked. */
export interface ScoreInputs {
  score: Score | null;
  other: Score | null;
}

/** A mode: the scores that come out, the first one being the result that is shown. */
export type ModeOf<Mode extends ScoreMode> = (params: ScoreParamsOf<Mode>, inputs: ScoreInputs, run: ScoreRun) => Promise<Score[]>;

/** Writing takes this part of the whole run's progress; reading comes before it and the picture after. */
const firstShare = 0.02;
const lastShare = 0.98;

export function createScoreRun(context: PipelineContext<'score'>, vocabulary: ScoreVocabulary, seed: number): ScoreRun {
  let reached = 0;
  return {
    context,
    vocabulary,
    seed,
    random: seededRandom(seed),
    async progress(share) {
      context.signal.throwIfAborted();
      reached = Math.max(reached, Math.min(1, share));
      context.progress('Writing', Math.round(reached * 100), 100, firstShare + (lastShare - firstShare) * reached);
      await context.breathe?.();
      context.signal.throwIfAborted();
    },
  };
}

/** A run that reports its own 0..1 as the part from..to of another's. */
export function partOfRun(run: ScoreRun, from: number, to: number): ScoreRun {
  return { ...run, progress: (share) => run.progress(from + (to - from) * Math.min(1, Math.max(0, share))) };
}
