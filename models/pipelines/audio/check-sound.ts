/** What a model gave, before anybody hears it: no sound at all and numbers that are none are errors; the rest is remarked on. */
import { AppError } from '../../../shared/contract/errors.ts';

/** -60 dB of full scale: below that nothing is heard at usual loudness. */
const quietest = 1e-3;
/** Full scale less a hair: models that end in tanh reach it without harm. */
const full = 0.9999;
/** Share of samples at full scale that is heard as distortion. */
const mostClipped = 0.001;

/**
 * Brings samples over full scale back to it.
 * @throws model-output-invalid for nothing, NaN, infinity or silence
 */
export function checkedSound(channels: readonly Float32Array[], note: (text: string) => void): void {
  const [first] = channels;
  if (first === undefined || first.length === 0 || channels.length > 2 || channels.some(({ length }) => length !== first.length)) {
    throw new AppError('model-output-invalid', 'The model gave no sound.', { action: 'Try another text, or another model.' });
  }
  let [peak, clipped] = [0, 0];
  for (const samples of channels) {
    for (const [at, sample] of samples.entries()) {
      if (!Number.isFinite(sample)) {
        throw new AppError('model-output-invalid', 'The model gave numbers that are no sound (NaN or infinity).', {
          action: 'Run it on the CPU, or choose a version of it with another precision.',
        });
      }
      const size = Math.abs(sample);
      peak = Math.max(peak, size);
      if (size < full) continue;
      clipped += 1;
      samples[at] = Math.min(1, Math.max(-1, sample));
    }
  }
  if (peak < quietest) {
    throw new AppError('model-output-invalid', 'The model gave silence.', { action: 'Try another seed, or other words.' });
  }
  const share = clipped / (first.length * channels.length);
  if (share > mostClipped) note(`The model overdrove: ${(share * 100).toFixed(1)} % of the samples are at full scale.`);
}
