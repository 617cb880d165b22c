/** Tries a graph that should hold one style. */
import { AppError } from '../../../shared/contract/errors.ts';
import type { Size } from '../../../shared/domain/geometry.ts';
import type { StylizeFixedConvention } from '../../../shared/domain/pack-manifest.ts';
import { runStylizer } from '../../components/stylizer.ts';
import { fromHalf } from '../../core/float16.ts';
import type { Planes } from '../../core/planes.ts';
import type { ModelSession } from '../../runtime.ts';

/** What no graph that restores a picture of 0..1 gives, and every graph that paints 0..255 does. */
const leastPeak = 2;

/**
 * Style networks normalise what they see, so they paint 0..255 even when given 0..1; a network that restores pictures
 * gives about what it was given.
 * @throws model-mismatch for the latter, or when the size changes
 */
export async function tryStylizer(session: ModelSession, convention: StylizeFixedConvention, picture: Planes): Promise<Size> {
  let peak = 0;
  const watched: ModelSession = {
    ...session,
    async run(feeds) {
      const outputs = await session.run(feeds);
      const value = outputs[convention.output];
      const raw = value?.type === 'float16' && value.data instanceof Uint16Array ? fromHalf(value.data) : (value?.data ?? []);
      for (const level of raw) peak = Math.max(peak, Math.abs(Number(level)));
      return outputs;
    },
  };
  await runStylizer(watched, { ...convention, inputRange: '0..1' }, picture);
  if (peak <= leastPeak) {
    throw new AppError('model-mismatch', 'This is not a style model Kiln recognises: it gives pictures of 0..1, as restoring models do.');
  }
  const { width, height } = await runStylizer(session, convention, picture);
  return { width, height };
}
