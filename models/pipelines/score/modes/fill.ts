/** Regions of the input written anew. */
import { AppError } from '../../../../shared/contract/errors.ts';
import type { ScoreRegion } from '../../../../shared/pipelines/score.ts';
import { fillAutoregressive } from '../autoregressive/fill-autoregressive.ts';
import { fillMasked } from '../masked/fill-masked.ts';
import { isOneVoice } from '../material.ts';
import { partOfRun, type ModeOf } from '../run.ts';

export const fill: ModeOf<'fill'> = async (params, { score }, run) => {
  if (score === null) throw new AppError('invalid-request', 'To write a selection anew, a score is needed.', { action: 'Choose a clip.' });
  // Lines are written with what follows in mind; chords and drums note by note, which knows more than four voices.
  const byMasked = ({ trackId }: ScoreRegion): boolean => {
    if (params.method !== 'auto') return params.method === 'masked';
    const track = score.tracks.find(({ id }) => id === trackId);
    return track === undefined || (track.instrument.kind === 'melodic' && isOneVoice(track.notes));
  };
  const lines = params.regions.filter(byMasked);
  const others = params.regions.filter((region) => !byMasked(region));
  const share = others.length / params.regions.length;
  const between = others.length === 0 ? score : await fillAutoregressive(score, others, params, partOfRun(run, 0, share));
  return [lines.length === 0 ? between : await fillMasked(between, lines, params, partOfRun(run, share, 1))];
};
