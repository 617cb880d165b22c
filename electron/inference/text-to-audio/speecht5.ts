/** SpeechT5 (arXiv:2110.07205): characters and a speaker's x-vector to mel frames, two at a time, then a vocoder. */
import { soundOf, lengthOf, configNumber, type Architecture } from './opened-pack.ts';
import { narrated } from './speak.ts';
import { voiceOf } from './voices.ts';

/** The library's own limit of frames a token, halved by frames that come in pairs. */
const mostFramesPerToken = 20;

export const speechT5: Architecture = async (run) => {
  const { library, params, note } = run;
  const speaker = await voiceOf(run, 1);
  if (params.speed !== 1) note('The pace of this voice is fixed: the speed was left at 1.');
  const decoder = await run.graph('decoder_model_merged', { encoder_hidden_states: 'encoder_outputs' });
  let onStep: () => void = () => undefined;
  const config = new library.PretrainedConfig(run.config);
  const model = new library.SpeechT5ForTextToSpeech(
    config,
    {
      model: await run.graph('encoder_model'),
      decoder_model_merged: {
        ...decoder,
        async run(feeds: Parameters<typeof decoder.run>[0]) {
          const outputs = await decoder.run(feeds);
          onStep();
          return outputs;
        },
      },
    },
    {},
  );
  const vocoder = new library.SpeechT5HifiGan(
    new library.PretrainedConfig({ model_type: 'hifigan' }),
    { model: await run.graph('vocoder') },
    {},
  );
  const embeddings = new library.Tensor('float32', speaker, [1, speaker.length]);
  return narrated(run, {
    // </s>, and the space that words begin with.
    emptyTokens: 2,
    longestTokens: configNumber(run.config, 'max_text_positions'),
    async speak(tokens, share) {
      const most = (lengthOf(tokens) / configNumber(run.config, 'reduction_factor')) * mostFramesPerToken;
      let step = 0;
      onStep = () => share((step += 1) / (most + 1));
      return soundOf(library, await model.generate_speech(tokens.input_ids, embeddings, { vocoder }), 'waveform');
    },
  });
};
