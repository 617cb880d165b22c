/** Scores between the page and the library: up as JSON, down as assets. What went either way is remembered. */
import { AppError, wireErrorSchema } from '../../../shared/contract/errors.ts';
import { assetPath } from '../../../shared/domain/asset.ts';
import type { AssetHash } from '../../../shared/domain/ids.ts';
import { scoreSchema, type Score } from '../../../shared/music/score.ts';
import { upload } from '../../api/upload.ts';

export interface ScoreStore {
  /** The asset of a score, stored when it is not yet. */
  put(score: Score): Promise<AssetHash>;
  /** The same object each time, as long as it is among the latest. @throws AppError not-found, library-corrupt */
  get(hash: AssetHash): Promise<Score>;
  /** Null while it is not known to be stored. */
  hashOf(score: Score): AssetHash | null;
}

const mostKept = 200;

/** Reads a score from an address. @throws AppError when it is not there or is none */
export async function fetchScore(address: string): Promise<Score> {
  const response = await fetch(address).catch((error: unknown) => {
    throw new AppError('internal', 'A piece of music could not be fetched from the studio.', {
      action: 'Look whether Kiln is still running.',
      cause: error,
    });
  });
  const json: unknown = await response.json().catch(() => null);
  if (!response.ok) {
    const error = wireErrorSchema.safeParse(json);
    throw error.success ? AppError.fromWire(error.data) : new AppError('not-found', 'A piece of music is missing from the library.');
  }
  const score = scoreSchema.safeParse(json);
  if (!score.success) {
    throw new AppError('library-corrupt', 'A piece of music in the library cannot be read.', {
      action: 'Choose another take, or make it anew from the history.',
      cause: score.error,
    });
  }
  return score.data;
}

export function createScoreStore(fetched: (address: string) => Promise<Score> = fetchScore): ScoreStore {
  const hashes = new WeakMap<Score, AssetHash>();
  const scores = new Map<AssetHash, Score>();

  function keep(score: Score, hash: AssetHash): Score {
    const known = scores.get(hash);
    hashes.set(score, hash);
    scores.delete(hash);
    scores.set(hash, known ?? score);
    const oldest = scores.keys().next();
    if (scores.size > mostKept && oldest.done !== true) scores.delete(oldest.value);
    return known ?? score;
  }

  return {
    async put(score) {
      const known = hashes.get(score);
      if (known !== undefined) return known;
      const { score: hash } = await upload({ purpose: 'score' }, new Blob([JSON.stringify(score)], { type: 'application/json' }));
      keep(score, hash);
      return hash;
    },
    async get(hash) {
      return keep(scores.get(hash) ?? (await fetched(assetPath(hash))), hash);
    },
    hashOf: (score) => hashes.get(score) ?? null,
  };
}
