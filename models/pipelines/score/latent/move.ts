/**
 * Moves a clip's bars through the latent space. Both the bar's own latent and the moved one are decoded, and only what the two
 * decodings say differently is changed: what the model cannot say exactly stays as it was, and no move is no change.
 */
import { AppError } from '../../../../shared/contract/errors.ts';
import type { Score } from '../../../../shared/music/score.ts';
import type { ScoreRegion } from '../../../../shared/pipelines/score.ts';
import { barTokens } from '../../../components/score/bar-vae.ts';
import { drumTracks, melodicTracks } from '../material.ts';
import { partOfRun, type ScoreRun } from '../run.ts';
import { voiceCount } from '../voices/tokens.ts';
import { openBarModel } from './bar-model.ts';
import { cellsOf } from './cells.ts';
import { moveDrums } from './drums.ts';
import { ensembleOf, mend, placesOf, rewritten, tokensOfCell } from './ensemble.ts';
import { hashOf, type Move } from './latents.ts';

/** @param regions empty: everything. Notes that begin in none of them stay. */
export async function moveScore(score: Score, regions: readonly ScoreRegion[], move: Move, run: ScoreRun): Promise<Score> {
  for (const { trackId } of regions) {
    if (score.tracks.some(({ id }) => id === trackId)) continue;
    throw new AppError('invalid-request', `A selection lies in the track "${trackId}", which the score does not have.`, {
      action: 'Select notes or bars of a track, then try again.',
    });
  }
  const whole = (trackId: string): ScoreRegion => ({ trackId, start: 0, end: score.lengthTicks });
  const regionsOf = (trackId: string): readonly ScoreRegion[] =>
    regions.length === 0 ? [whole(trackId)] : regions.filter((region) => region.trackId === trackId);
  const ids = melodicTracks(score)
    .filter(({ id, notes }) => notes.length > 0 && regionsOf(id).length > 0)
    .map(({ id }) => id);
  const drums = drumTracks(score).filter(({ id, notes }) => notes.length > 0 && regionsOf(id).length > 0);
  const groups = Array.from({ length: Math.ceil(ids.length / voiceCount) }, (_, group) =>
    ids.slice(group * voiceCount, (group + 1) * voiceCount),
  );
  let moved = score;
  const parts = groups.length + Math.min(1, drums.length);
  for (const [index, group] of groups.entries())
    moved = await moveGroup(moved, group, regionsOf, move, partOfRun(run, index / parts, (index + 1) / parts));
  return drums.length === 0 ? moved : moveDrums(moved, drums.map(({ id }) => id), regionsOf, move, partOfRun(run, groups.length / parts, 1)); // prettier-ignore
}

async function moveGroup(
  score: Score,
  ids: readonly string[],
  regionsOf: (trackId: string) => readonly ScoreRegion[],
  move: Move,
  run: ScoreRun,
): Promise<Score> {
  const ensemble = ensembleOf(score, ids);
  const places = placesOf(ensemble, regionsOf);
  const cells = cellsOf(score).filter(({ from, to }) => {
    const heard = ensemble.tokens.subarray(from * voiceCount, to * voiceCount).some((token) => token > 0);
    return heard && places.slice(from * voiceCount, to * voiceCount).some((place) => place !== null);
  });
  if (cells.length === 0) return score;
  const model = await openBarModel(run);
  const bars = cells.map((cell) => tokensOfCell(ensemble, cell));
  const own = await model.encode(Int32Array.from(bars.flatMap((bar) => [...bar])));
  const moved = own.map((latent, index) => move(latent, hashOf(bars[index] ?? []), 'bar'));
  const lengths = cells.map(({ from, to }) => to - from);
  const decoded = await run.context.time('run', () => model.decode([...own, ...moved], [...lengths, ...lengths], run));
  const changed = ensemble.tokens.slice();
  for (const [index, { from, to }] of cells.entries()) {
    const [before, after] = [index, index + cells.length].map((bar) => decoded.subarray(bar * barTokens, (bar + 1) * barTokens));
    for (let at = 0; at < (to - from) * voiceCount; at += 1) {
      const place = from * voiceCount + at;
      if (places[place] === 'open' && after?.[at] !== before?.[at]) changed[place] = after?.[at] ?? 0;
    }
  }
  mend(changed, (at) => (places[at] ?? null) !== null);
  return { ...score, tracks: score.tracks.map((track) => (ids.includes(track.id) ? rewritten(score, track, ensemble, changed) : track)) };
}
