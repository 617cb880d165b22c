/** Does it make a sound at all? Half a second, or two words. */
import type { AudioConvention } from '../../../../shared/domain/music-convention.ts';
import { audioParamsSchema } from '../../../../shared/pipelines/audio.ts';
import { tryRequest, tryRequestBase, type TryOptions } from '../try-request.ts';

/** @throws as {@link tryRequest} */
export async function tryAudio({ convention, ...options }: TryOptions & { convention: AudioConvention }): Promise<void> {
  const params = audioParamsSchema.parse({ text: convention.sampleText, seconds: 0.5, normalise: false });
  await tryRequest({ kind: 'audio', ...tryRequestBase(options.manifest), inputs: {}, params }, options, {
    role: 'audio',
    nothing: 'It gave no sound.',
    failed: 'it made no sound',
    mismatches: ['internal', 'invalid-request'],
  });
}
