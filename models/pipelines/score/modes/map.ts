/** A place on the plane through the input's bars. */
import { AppError } from '../../../../shared/contract/errors.ts';
import { onMap } from '../latent/latents.ts';
import { moveScore } from '../latent/move.ts';
import type { ModeOf } from '../run.ts';

export const map: ModeOf<'map'> = async (params, { score }, run) => {
  if (score === null) throw new AppError('invalid-request', 'To move over the map, a score is needed.', { action: 'Choose a clip.' });
  if (params.x === 0 && params.y === 0) return [score];
  const { axes, drumAxes } = run.vocabulary.barPlane;
  return [await moveScore(score, params.regions, onMap(run.seed, params.x, params.y, { bar: axes, drums: drumAxes }), run)];
};
