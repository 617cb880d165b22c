/** Holding a convention against its graph: the graph runs once on a test picture, in a process of its own. */
import { AppError } from '../../../shared/contract/errors.ts';
import type { PackConvention } from '../../../shared/domain/pack-manifest.ts';
import { upscaleTrialSize } from '../../../shared/pipelines/upscale.ts';
import type { InferenceService } from '../service-types.ts';
import { rangeOfTrial } from './recognise-convention.ts';

/** Runs the graph on a test picture; the output's range is taken from what it gave. */
export async function tryConvention(
  file: string,
  convention: PackConvention,
  inference: Pick<InferenceService, 'inspect'>,
): Promise<PackConvention> {
  const { trial } = await inference.inspect(file, convention);
  // A task whose packs hold several graphs: that it opens is all that can be told from one of them.
  if (trial === null) return convention;
  if (!Number.isFinite(trial.minimum) || !Number.isFinite(trial.maximum)) {
    throw new AppError('model-output-invalid', 'On a test picture the model gave values that are not a picture (NaN).', {
      action: 'The model is damaged, or it is not of this kind.',
    });
  }
  if (!('outputRange' in convention)) return convention;
  if (convention.task === 'inpaint' && convention.outputType === 'uint8') return convention;
  const outputRange = rangeOfTrial(trial);
  if (convention.task !== 'upscale') return { ...convention, outputRange };
  return { ...convention, outputRange, factor: trial.outputSize.width / upscaleTrialSize(convention).width };
}

/** Of several that could fit; the failure of the last one when none does. */
export async function firstThatWorks(
  file: string,
  candidates: readonly PackConvention[],
  inference: Pick<InferenceService, 'inspect'>,
): Promise<PackConvention> {
  let failure: unknown = new AppError('model-mismatch', 'No convention fits this model.');
  let second: PackConvention | null = null;
  for (const candidate of candidates) {
    if (second !== null && second.task !== candidate.task) break;
    try {
      const found = await tryConvention(file, candidate, inference);
      // One that gave the range it is known for is right; another only runs, and may have been called the wrong way.
      if (found.task !== 'inpaint' || candidate.task !== 'inpaint' || found.outputRange === candidate.outputRange) return found;
      second ??= found;
    } catch (error) {
      failure = error;
    }
  }
  if (second !== null) return second;
  throw failure;
}
