/**
 * MusicGen (arXiv:2306.05284): words to codes of EnCodec, four a frame, each codebook one frame later than the one before; then
 * EnCodec's decoder.
 */
import { z } from 'zod';
import { AppError } from '../../../shared/contract/errors.ts';
import { jsonOf, lengthOf, tokensOf, type Architecture } from './opened-pack.ts';
import { seedChance } from './library.ts';

const configSchema = z.object({
  audio_encoder: z.object({ sampling_rate: z.int().positive(), upsampling_ratios: z.array(z.int().positive()).min(1) }),
  decoder: z.object({ num_codebooks: z.int().min(1).max(64) }),
});
/** What the T5 encoder was trained on. */
const usualLongestText = 512;

export const musicgen: Architecture = async (run) => {
  const { library, params, seed, access, onProgress, note } = run;
  const { decoder, audio_encoder: codec } = configSchema.parse(run.config);
  const inputs = tokensOf(run, params.text);
  const longest = z.number().max(100_000).catch(usualLongestText).parse(run.tokenizerConfig['model_max_length']);
  if (lengthOf(inputs) > longest) {
    throw new AppError('invalid-request', `The description has ${String(lengthOf(inputs))} tokens; the model reads ${String(longest)}.`, {
      action: 'Describe the music in fewer words.',
    });
  }
  const allowed = access.convention.longestSeconds ?? params.seconds;
  const seconds = Math.min(params.seconds, allowed);
  if (seconds < params.seconds) note(`This model makes ${String(allowed)} seconds at most: that is how long the music is.`);

  const samplesPerFrame = codec.upsampling_ratios.reduce((product, ratio) => product * ratio, 1);
  const samples = Math.round(seconds * codec.sampling_rate);
  const steps = Math.ceil(samples / samplesPerFrame) + decoder.num_codebooks - 1;
  let step = 0;
  const counted = await run.graph('decoder_model_merged');
  const model = new library.MusicgenForConditionalGeneration(
    new library.PretrainedConfig(run.config),
    {
      model: await run.graph('text_encoder'),
      encodec_decode: await run.graph('encodec_decode'),
      decoder_model_merged: {
        ...counted,
        async run(feeds: Parameters<typeof counted.run>[0]) {
          const outputs = await counted.run(feeds);
          step += 1;
          onProgress(Math.min(step, steps), steps + 1);
          return outputs;
        },
      },
    },
    { generation_config: access.has('generation_config.json') ? await jsonOf(access, 'generation_config.json') : {} },
  );
  seedChance(library, seed);
  const sound = await model.generate({
    ...inputs,
    max_new_tokens: steps,
    // Codes have no end of their own: it is told by their number.
    eos_token_id: [],
    do_sample: true,
    num_beams: 1,
    guidance_scale: params.guidanceScale,
    temperature: params.temperature,
    top_k: params.topK,
  });
  const tensor = sound instanceof library.Tensor ? sound.to('float32') : null;
  if (tensor === null || !(tensor.data instanceof Float32Array) || tensor.dims.at(1) !== 1) {
    throw new AppError('model-output-invalid', 'The model gave no sound.', { action: 'Download the model again.' });
  }
  onProgress(steps + 1, steps + 1);
  return tensor.data.slice(0, samples);
};
