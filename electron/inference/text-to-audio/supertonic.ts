/** Supertonic (arXiv:2503.23108): characters to sound by flow matching in a few steps. */
import { configNumber, soundOf, type Architecture } from './opened-pack.ts';
import { seedChance } from './library.ts';
import { narrated } from './speak.ts';
import { voiceOf } from './voices.ts';

/** What its makers call the voice's own pace. */
const ownPace = 1.05;
const steps = 5;
const longestTokens = 1000;

export const supertonic: Architecture = async (run) => {
  const { library, params, seed } = run;
  const width = configNumber(run.config, 'style_dim');
  const voice = await voiceOf(run, width);
  const denoiser = await run.graph('latent_denoiser');
  let onStep: () => void = () => undefined;
  const model = new library.SupertonicForConditionalGeneration(
    new library.PretrainedConfig(run.config),
    {
      text_encoder: await run.graph('text_encoder'),
      voice_decoder: await run.graph('voice_decoder'),
      latent_denoiser: {
        ...denoiser,
        async run(feeds: Parameters<typeof denoiser.run>[0]) {
          const outputs = await denoiser.run(feeds);
          onStep();
          return outputs;
        },
      },
    },
    {},
  );
  const style = new library.Tensor('float32', voice, [1, voice.length / width, width]);
  seedChance(library, seed);
  return narrated(run, {
    emptyTokens: 0,
    longestTokens,
    async speak(tokens, share) {
      let step = 0;
      onStep = () => share((step += 1) / (steps + 1));
      const spoken = await model.generate_speech({ ...tokens, style, num_inference_steps: steps, speed: ownPace * params.speed });
      const sound = soundOf(library, spoken, 'waveform');
      const [length = sound.length] = soundOf(library, spoken, 'durations');
      return sound.slice(0, Math.ceil(length));
    },
  });
};
