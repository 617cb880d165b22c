/** What is this graph for? Each task looks at the signature in turn; the conventions that could fit are tried in order. */
import { AppError } from '../../../shared/contract/errors.ts';
import type { GraphSignature } from '../../../shared/contract/inference.ts';
import type { PackConvention } from '../../../shared/domain/pack-manifest.ts';
import { recogniseInpainting } from './recognise-convention.ts';
import { recogniseStylising } from './recognise-stylising.ts';
import { recogniseUpscaling } from './recognise-upscaling.ts';

/** Gives candidates, likeliest first; throws model-mismatch, saying why, when the graph is not of its task. */
export type Recogniser = (signature: GraphSignature) => readonly PackConvention[];

// Styles first: their trial refuses graphs that restore a picture, as upscaling refuses graphs that repaint it.
const recognisers: readonly Recogniser[] = [recogniseInpainting, recogniseStylising, recogniseUpscaling];

/** @throws model-mismatch with what every task found wrong */
export function recognise(signature: GraphSignature): PackConvention[] {
  const candidates: PackConvention[] = [];
  const reasons: AppError[] = [];
  for (const recogniser of recognisers) {
    try {
      candidates.push(...recogniser(signature));
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      reasons.push(error);
    }
  }
  const [first, ...others] = reasons;
  if (candidates.length > 0 || first === undefined) return candidates;
  throw new AppError('model-mismatch', [first, ...others].map((reason) => reason.message).join(' '), {
    ...(first.action === undefined ? {} : { action: first.action }),
    cause: first,
  });
}
