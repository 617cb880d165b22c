/** voices/NAME.bin: raw little-endian float32. */
import { AppError } from '../../../shared/contract/errors.ts';
import { voiceFile } from '../../../shared/domain/music-convention.ts';
import type { Run } from './opened-pack.ts';

/** @throws invalid-request for an unknown voice, pack-invalid when there is none, or one is no voice */
export async function voiceOf({ access, params }: Pick<Run, 'access' | 'params'>, multiple: number): Promise<Float32Array> {
  const { voices } = access.convention;
  const name = params.voice ?? voices[0];
  if (name === undefined) {
    throw new AppError('pack-invalid', 'The pack has no voice: this kind of model speaks with speaker embeddings.', {
      action: 'Put a voice (.bin, float32 numbers) into a folder "voices" of the model, then import it again.',
    });
  }
  if (!voices.includes(name)) {
    const others = voices.slice(0, 8).join(', ');
    throw new AppError('invalid-request', `The pack has no voice "${name}".`, {
      action: voices.length === 0 ? 'Leave the voice open.' : `Choose one of ${others}${voices.length > 8 ? ' ...' : ''}.`,
    });
  }
  const bytes = await access.bytes(voiceFile(name));
  const values = new Float32Array(bytes.slice().buffer, 0, Math.floor(bytes.length / 4));
  if (values.length === 0 || bytes.length % 4 !== 0 || values.length % multiple !== 0 || !values.every(Number.isFinite)) {
    throw new AppError('pack-invalid', `The voice "${name}" does not hold what this model needs.`, { action: 'Choose another voice.' });
  }
  return values;
}
