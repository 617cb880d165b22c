/** The pipelines' TextToAudio over transformers.js: one row an architecture. */
import type { TextToAudio } from '../../../models/pipeline.ts';
import { AppError } from '../../../shared/contract/errors.ts';
import type { AudioArchitecture } from '../../../shared/domain/music-convention.ts';
import { kokoro } from './kokoro.ts';
import { transformers } from './library.ts';
import { musicgen } from './musicgen.ts';
import { graphOf, jsonOf, tokenizerOf, type Architecture, type AudioPackAccess } from './opened-pack.ts';
import { speechT5 } from './speecht5.ts';
import { supertonic } from './supertonic.ts';
import { vits } from './vits.ts';

const architectures: Record<AudioArchitecture, Architecture> = {
  musicgen,
  vits,
  speecht5: speechT5,
  style_text_to_speech_2: kokoro,
  supertonic,
};

/** @param breathe lets waiting messages in, such as a cancel */
export async function openTextToAudio(
  access: AudioPackAccess,
  { note, breathe }: { note: (text: string) => void; breathe: () => Promise<void> },
): Promise<TextToAudio> {
  const library = await transformers();
  const config = await jsonOf(access, 'config.json');
  const { tokenizer, tokenizerConfig } = await tokenizerOf(library, access);
  const { architecture, sampleRate } = access.convention;
  return {
    async generate(params, { seed, signal, onProgress }) {
      const beforeRun = async (): Promise<void> => {
        await breathe();
        if (signal.aborted) throw new AppError('cancelled', 'The run was cancelled.');
      };
      const sound = await architectures[architecture]({
        params,
        seed,
        access,
        library,
        config,
        tokenizer,
        tokenizerConfig,
        graph: (name, renamed) => graphOf(access, seed, name, beforeRun, renamed),
        onProgress,
        note,
      });
      return { channels: [sound], sampleRate };
    },
  };
}
