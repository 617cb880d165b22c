/** Scores in the library. */
import { readFile } from 'node:fs/promises';
import { AppError } from '../../../shared/contract/errors.ts';
import { scoreMediaType } from '../../../shared/domain/asset.ts';
import type { AssetHash } from '../../../shared/domain/ids.ts';
import { scoreOfText, scoreText } from '../../../shared/music/score-json.ts';
import type { Score } from '../../../shared/music/score.ts';
import type { AssetStore } from '../service-types.ts';

/** @param score checked: see scoreOfText */
export async function putScore(assets: Pick<AssetStore, 'putBytes'>, score: Score): Promise<AssetHash> {
  return (await assets.putBytes(Buffer.from(scoreText(score), 'utf8'), { mediaType: scoreMediaType, size: null })).hash;
}

/** @throws AppError not-found when the asset is missing or no score */
export async function readScore(assets: Pick<AssetStore, 'record' | 'filePath'>, hash: AssetHash): Promise<Score> {
  if (assets.record(hash)?.mediaType !== scoreMediaType) {
    throw new AppError('not-found', `The library has no score ${hash.slice(0, 12)}….`, { action: 'Save or import the piece again.' });
  }
  return scoreOfText(await readFile(assets.filePath(hash), 'utf8'));
}
