/** VITS (arXiv:2106.06103) and the MMS voices: characters to sound in one graph. The pace is fixed when it is exported. */
import { z } from 'zod';
import { AppError } from '../../../shared/contract/errors.ts';
import { soundOf, type Architecture } from './opened-pack.ts';
import { narrated } from './speak.ts';

const longestTokens = 2000;

export const vits: Architecture = async (run) => {
  const { library, params, tokenizerConfig, note } = run;
  const romanised = z.boolean().catch(false).parse(tokenizerConfig['is_uroman']);
  if (romanised && /[^\p{Script=Latin}\p{Script=Common}\p{Script=Inherited}]/u.test(params.text)) {
    throw new AppError('unsupported', 'This voice reads its language in Latin letters (uroman); the text is in another script.', {
      action: 'Write the text as it sounds, in Latin letters.',
    });
  }
  if (params.speed !== 1) note('The pace of this voice is fixed: the speed was left at 1.');
  const model = new library.VitsModel(new library.PretrainedConfig(run.config), { model: await run.graph('model') }, {});
  return narrated(run, {
    // A lone blank is what no character at all becomes.
    emptyTokens: 1,
    longestTokens,
    speak: async (tokens) => soundOf(library, await model(tokens), 'waveform'),
  });
};
