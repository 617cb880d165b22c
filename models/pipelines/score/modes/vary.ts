/** Bars like those of the input. */
import { AppError } from '../../../../shared/contract/errors.ts';
import { varied } from '../latent/latents.ts';
import { moveScore } from '../latent/move.ts';
import type { ModeOf } from '../run.ts';

export const vary: ModeOf<'vary'> = async (params, { score }, run) => {
  if (score === null) throw new AppError('invalid-request', 'To vary a clip, a score is needed.', { action: 'Choose a clip.' });
  if (params.amount === 0) return [score];
  return [await moveScore(score, params.regions, varied(run.seed, params.amount, params.temperature), run)];
};
