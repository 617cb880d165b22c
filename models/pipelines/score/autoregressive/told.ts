/** What is in force at a tick of a score. */
import { keyOfTonality, tonalityOf } from '../../../../shared/music/harmony.ts';
import type { Key, Score } from '../../../../shared/music/score.ts';

const at = <Item extends { tick: number }>(items: readonly Item[], tick: number): Item | undefined =>
  items.findLast((item) => item.tick <= tick) ?? items[0];

export const tempoAt = ({ tempos }: Pick<Score, 'tempos'>, tick: number): number => at(tempos, tick)?.bpm ?? 120;

export const keyAt = ({ keys }: Pick<Score, 'keys'>, tick: number): Key | null => at(keys, tick) ?? null;

/** The key that the score says, else the one that its notes are likeliest in; null without notes. */
export function keyOfScore(score: Pick<Score, 'keys' | 'tracks'>, tick: number): Omit<Key, 'tick'> | null {
  const said = keyAt(score, tick);
  if (said !== null) return { fifths: said.fifths, mode: said.mode };
  const found = tonalityOf(score.tracks.flatMap((track) => (track.instrument.kind === 'drums' ? [] : track.notes)));
  return found === null ? null : keyOfTonality(found);
}

/** The score with its key said, as far as its notes tell it. */
export function withKey<S extends Pick<Score, 'keys' | 'tracks'>>(score: S): S {
  const key = score.keys.length > 0 ? null : keyOfScore(score, 0);
  return key === null ? score : { ...score, keys: [{ tick: 0, ...key }] };
}
