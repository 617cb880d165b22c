/** Words to sound: a model of the user's, run by its own runtime; what comes out is checked, brought to a loudness and drawn. */
import { normalise } from '../../audio/loudness/normalise.ts';
import { encodeWav24 } from '../../audio/wav.ts';
import type { Pipeline } from '../../pipeline.ts';
import { waveformPicture } from '../score/picture/waveform-picture.ts';
import { checkedSound } from './check-sound.ts';

/** Shares of the run: opening, making, then everything after. */
const opened = 0.05;
const made = 0.95;

export const audio: Pipeline<'audio'> = async (_inputs, { params, seed }, context) => {
  const { signal, convention } = context;
  const detail = (name: string, value: string | number): void => context.detail(name, value);
  context.progress('load', 0, 1, 0);
  const model = await context.textToAudio();
  signal.throwIfAborted();
  const { channels, sampleRate } = await context.time('run', () =>
    model.generate(params, {
      seed,
      signal,
      onProgress: (step, steps) => context.progress('run', step, steps, opened + (made - opened) * (step / steps)),
    }),
  );
  signal.throwIfAborted();
  context.progress('finish', 0, 1, made);
  const finished = await context.time('finish', () => {
    checkedSound(channels, (text) => context.note(text));
    return params.normalise ? loudened(channels, sampleRate) : { channels, loudnessLufs: null };
  });
  detail('seconds', (channels[0]?.length ?? 0) / sampleRate);
  detail('sampleRate', sampleRate);
  detail('channels', channels.length);
  detail('makes', convention.makes);
  if (finished.loudnessLufs !== null) detail('loudnessLufs', finished.loudnessLufs);
  const image = waveformPicture(finished.channels, sampleRate);
  context.progress('finish', 1, 1, 1);
  return [
    { role: 'audio', bytes: encodeWav24(finished.channels, sampleRate), mediaType: 'audio/wav' },
    { role: 'image', image, bounds: { x: 0, y: 0, width: image.width, height: image.height } },
  ];
};

function loudened(channels: Float32Array[], sampleRate: number): { channels: Float32Array[]; loudnessLufs: number | null } {
  const [left = new Float32Array(), right = left] = channels;
  const result = normalise(left, right, { sampleRate });
  return {
    channels: channels.length === 1 ? [result.left] : [result.left, result.right],
    loudnessLufs: Number.isFinite(result.loudnessLufs) ? result.loudnessLufs : null,
  };
}
