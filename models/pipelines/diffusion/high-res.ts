/** The high-resolution fix: what was made at the model's own size is enlarged and gone over again. */
import { padByEdge, type Planes } from '../../core/planes.ts';
import { resize } from '../../core/resize.ts';
import { clamped, contentOf, type Frame } from './frame.ts';
import { costs } from './run-progress.ts';
import type { RunSetup } from './passes.ts';
import type { LatentShape } from './start.ts';

/**
 * Enlarged as a picture, which keeps it sharp enough for low strengths; as latents where the pack has no encoder.
 * @returns clean latents at the larger size
 */
export async function enlarged(
  { parts, progress, context }: Pick<RunSetup, 'parts' | 'progress' | 'context'>,
  latents: Float32Array,
  from: { frame: Frame; shape: LatentShape },
  to: { frame: Frame; shape: LatentShape },
  encode: (picture: Planes, noise: Float32Array) => Promise<Float32Array>,
  vaeNoise: Float32Array,
): Promise<Float32Array> {
  const item = { data: latents, ...from.shape };
  if (!parts.canEncode) return resize(item, { width: to.shape.width, height: to.shape.height }).data;
  const small = await progress.part(costs.decode, 'Enlarging', (tiles) => context.time('decode', () => parts.decode(item, tiles)));
  const large = clamped(resize(contentOf(small, from.frame), to.frame.content));
  return encode(padByEdge(large, to.frame.model), vaeNoise);
}
