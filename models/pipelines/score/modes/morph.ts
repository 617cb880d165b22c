/** From the input to another clip. */
import { AppError } from '../../../../shared/contract/errors.ts';
import { morphScores } from '../latent/morph-scores.ts';
import type { ModeOf } from '../run.ts';

export const morph: ModeOf<'morph'> = async (params, { score, other }, run) => {
  if (score === null || other === null) {
    throw new AppError('invalid-request', 'A morph goes from one clip to another, and one of the two is missing.', {
      action: 'Choose two clips.',
    });
  }
  return morphScores(score, other, params.steps, run);
};
