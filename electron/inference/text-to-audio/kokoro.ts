/** Kokoro (StyleTTS 2, arXiv:2306.07691): phonemes and a voice's style for that many phonemes, to sound, in one graph. */
import { soundOf, lengthOf, type Architecture } from './opened-pack.ts';
import { readingFor } from './phonemes/phonemes.ts';
import { narrated } from './speak.ts';
import { voiceOf } from './voices.ts';

const styleWidth = 256;
/** "$" before and after. */
const ends = 2;
/** One row of a voice for each length, and the graph's own limit. */
const longestTokens = 510 + ends;

export const kokoro: Architecture = async (run) => {
  const { library, params, access, note } = run;
  const voice = await voiceOf(run, styleWidth);
  const rows = voice.length / styleWidth;
  const reading = await readingFor(params.text, params.voice ?? access.convention.voices[0] ?? '');
  const model = new library.StyleTextToSpeech2Model(new library.PretrainedConfig(run.config), { model: await run.graph('model') }, {});
  const sound = await narrated(run, {
    emptyTokens: ends,
    longestTokens,
    written: (text) => reading.symbols(text),
    async speak(tokens) {
      const row = Math.min(rows - 1, lengthOf(tokens) - ends);
      const style = new library.Tensor('float32', voice.slice(row * styleWidth, (row + 1) * styleWidth), [1, styleWidth]);
      const speed = new library.Tensor('float32', Float32Array.of(params.speed), [1]);
      return soundOf(library, await model({ input_ids: tokens.input_ids, style, speed }), 'waveform');
    },
  });
  if (reading.guesses.size > 0) {
    const words = [...reading.guesses].slice(0, 8).join(', ');
    note(`Not in the pronouncing dictionary, so guessed from their spelling: ${words}${reading.guesses.size > 8 ? ' ...' : ''}.`);
  }
  return sound;
};
