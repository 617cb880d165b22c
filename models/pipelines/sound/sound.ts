/** Sound effects by Kiln's synthesiser: a WAV and a picture of its waveform. No graph is run; the pack is its parameters. */
import { AppError } from '../../../shared/contract/errors.ts';
import { effectNames } from '../../../shared/music/effect-names.ts';
import { isEffectId, makeEffect } from '../../audio/effects/effects.ts';
import { effectParametersSchema, type EffectParameters } from '../../audio/effects/parameters.ts';
import { encodeWav24 } from '../../audio/wav.ts';
import type { Pipeline, PipelineContext } from '../../pipeline.ts';
import { waveformPicture } from '../score/picture/waveform-picture.ts';

export const soundSampleRate = 48_000;

export const sound: Pipeline<'sound'> = async (_inputs, { params, seed }, context) => {
  const { effect, seconds, variation, intensity, loop } = params;
  if (!isEffectId(effect)) {
    throw new AppError('invalid-request', `There is no sound effect "${effect}".`, {
      action: `Choose one of ${effectNames.map(({ id }) => id).join(', ')}.`,
    });
  }
  const parameters = await readParameters(context);
  context.progress('Making the sound', 0, 1, 0.05);
  await context.breathe?.();
  context.signal.throwIfAborted();
  const options = { sampleRate: soundSampleRate, lengthS: seconds, seed, variation, intensity, loop };
  const { left, right } = await context.time('run', () => makeEffect(effect, parameters, options));
  context.signal.throwIfAborted();
  context.progress('Making the sound', 1, 1, 0.8);
  await context.breathe?.();
  const image = await context.time('picture', () => waveformPicture([left, right], soundSampleRate));
  const bytes = await context.time('encode', () => encodeWav24([left, right], soundSampleRate));
  if (loop && effectNames.find(({ id }) => id === effect)?.loopable !== true) context.note('Only textures can loop: this sound ends.');
  context.progress('Making the sound', 1, 1, 1);
  return [
    { role: 'image', image, bounds: { x: 0, y: 0, width: image.width, height: image.height } },
    { role: 'audio', bytes, mediaType: 'audio/wav' },
  ];
};

/** @throws AppError pack-invalid saying what is wrong */
async function readParameters(context: PipelineContext<'sound'>): Promise<EffectParameters> {
  const { convention, manifest } = context;
  const invalid = (why: string, cause: unknown): AppError =>
    new AppError('pack-invalid', `The pack "${manifest.name}" cannot make sounds: its file "${convention.parameters}" ${why}`, {
      action: 'Install the pack again.',
      cause,
    });
  let value: unknown;
  try {
    value = JSON.parse(await context.packText(convention.parameters));
  } catch (error) {
    throw invalid('cannot be read.', error);
  }
  const parsed = effectParametersSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw invalid(`has a wrong entry ${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'it is damaged'}.`, parsed.error);
}
