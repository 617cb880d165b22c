/** What the four-voice models are told of each 16th besides the notes. */
import type { Score } from '../../../../shared/music/score.ts';
import { barsOf } from '../../../../shared/music/score.ts';
import { keyCondition, metreCondition } from '../autoregressive/conditions.ts';
import { keyOfScore } from '../autoregressive/told.ts';
import { stepTicks } from './tokens.ts';

export const corpora = { chorale: 0, song: 1, unknown: 2 } as const;
export type Corpus = keyof typeof corpora;
const lastPlace = 23;
const unknownPlace = 24;

/** @returns [steps, 4]: place in the bar, key, corpus, metre */
export function conditionsOf(score: Score, steps: number, corpus: Corpus): Int32Array {
  const conditions = new Int32Array(steps * 4);
  const bars = barsOf(score);
  let at = 0;
  let key = { tick: -1, value: keyCondition(keyOfScore(score, 0)) };
  for (let step = 0; step < steps; step += 1) {
    const tick = step * stepTicks;
    while (at + 1 < bars.length && (bars[at]?.end ?? 0) <= tick) at += 1;
    const bar = bars[at];
    const changed = score.keys.findLast((one) => one.tick <= tick)?.tick ?? 0;
    if (changed !== key.tick) key = { tick: changed, value: keyCondition(keyOfScore(score, tick)) };
    conditions[step * 4] = bar === undefined ? unknownPlace : Math.min(lastPlace, Math.floor((tick - bar.start) / stepTicks));
    conditions[step * 4 + 1] = key.value;
    conditions[step * 4 + 2] = corpora[corpus];
    conditions[step * 4 + 3] = metreCondition(bar?.metre ?? { numerator: 4, denominator: 4 });
  }
  return conditions;
}
