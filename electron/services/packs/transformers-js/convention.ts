/** From configuration files and opened graphs to a convention. */
import { AppError } from '../../../../shared/contract/errors.ts';
import type { GraphSignature } from '../../../../shared/contract/inference.ts';
import { audioConventionSchema, type AudioConvention } from '../../../../shared/domain/music-convention.ts';
import { z } from 'zod';
import { architectures, unsupportedSound, type GraphShape } from './architectures.ts';
import type { AudioLayout } from './layout.ts';
import { numberIn, type AudioPlan } from './plan.ts';

const kokoroSampleRate = 24_000;
const speechT5SampleRate = 16_000;
/** MusicGen was trained on half a minute. */
const usualMusicgenTokens = 1500;
const englishSample = 'Good morning.';

const musicgenSchema = z.object({
  audio_encoder: z.object({
    sampling_rate: z.int().min(8000).max(192_000),
    upsampling_ratios: z.array(z.int().min(1).max(4096)).min(1).max(16),
    audio_channels: z.int().optional().catch(undefined),
  }),
  decoder: z.object({
    num_codebooks: z.int().min(1).max(64),
    num_hidden_layers: z.int().min(1).max(1000),
    max_position_embeddings: z.int().min(16).optional().catch(undefined),
    audio_channels: z.int().optional().catch(undefined),
  }),
});

export interface ConventionSources {
  layout: AudioLayout;
  plan: AudioPlan;
  signatures: ReadonlyMap<string, GraphSignature>;
  /** Parsed files of the model beside its configuration; null: not there, or no JSON. */
  generationConfig: Record<string, unknown> | null;
  preprocessorConfig: Record<string, unknown> | null;
  tokenizer: Record<string, unknown> | null;
}

/** @throws model-mismatch for graphs that are not what their names say, unsupported, pack-invalid for configurations without sense */
export function conventionOf(sources: ConventionSources): AudioConvention {
  const { layout, plan, signatures } = sources;
  const { architecture, config } = layout;
  const facts = architectures[architecture];
  for (const [name, shape] of Object.entries(facts.graphs)) checkGraph(plan.graphs[name] ?? name, shape, signatures.get(name));
  const { sampleRate, longestSeconds } = lengths(sources);
  const found = audioConventionSchema.safeParse({
    task: 'audio',
    makes: facts.makes,
    architecture,
    graphs: plan.graphs,
    sampleRate,
    precision: layout.graphs.get(facts.main)?.precision ?? '',
    voices: plan.voices,
    longestSeconds,
    sampleText: sampleText(sources),
  });
  if (found.success) return found.data;
  throw new AppError('pack-invalid', `config.json of this ${facts.name} has no usable values (${String(config['sampling_rate'])} Hz).`, {
    action: 'Download the model again.',
    cause: found.error,
  });
}

function checkGraph(path: string, { inputs, outputs, either = [] }: GraphShape, signature: GraphSignature | undefined): void {
  if (signature === undefined) throw new Error(`No signature came back for ${path}.`);
  const namesOf = (values: GraphSignature['inputs']): Set<string> => new Set(values.map(({ name }) => name));
  const [has, gives] = [namesOf(signature.inputs), namesOf(signature.outputs)];
  const lacks = inputs.find((name) => !has.has(name)) ?? either.find(([one, other]) => !has.has(one) && !has.has(other))?.[0];
  if (lacks !== undefined) throw mismatch(path, `input "${lacks}"`, [...has]);
  const silent = outputs.find((name) => !gives.has(name));
  if (silent !== undefined) throw mismatch(path, `output "${silent}"`, [...gives]);
}

function mismatch(path: string, what: string, names: readonly string[]): AppError {
  return new AppError('model-mismatch', `${path} has no ${what}. It has: ${names.slice(0, 12).join(', ')}.`, {
    action: 'The files may be of different models, or exported by another program: get the version for transformers.js.',
  });
}

function lengths({ layout, signatures, generationConfig, preprocessorConfig }: ConventionSources): {
  sampleRate: number | null;
  longestSeconds: number | null;
} {
  const { architecture, config } = layout;
  switch (architecture) {
    case 'musicgen': {
      const parsed = musicgenSchema.safeParse(config);
      if (!parsed.success) {
        throw new AppError('pack-invalid', 'config.json of this MusicGen lacks what is needed of its decoder and its audio encoder.', {
          action: 'Download config.json again.',
          cause: parsed.error,
        });
      }
      const { audio_encoder: codec, decoder } = parsed.data;
      if (codec.audio_channels === 2 || decoder.audio_channels === 2)
        throw unsupportedSound('a stereo MusicGen', 'Take its mono version: transformers.js knows no stereo.');
      const last = `past_key_values.${String(decoder.num_hidden_layers - 1)}.decoder.key`;
      if (signatures.get('decoder_model_merged')?.inputs.some(({ name }) => name === last) !== true) {
        throw new AppError(
          'model-mismatch',
          `config.json says that the decoder has ${String(decoder.num_hidden_layers)} layers; its graph has not.`,
          {
            action: 'The files are of models of different sizes: download one whole.',
          },
        );
      }
      const samplesPerFrame = codec.upsampling_ratios.reduce((product, ratio) => product * ratio, 1);
      const trained = (generationConfig === null ? null : numberIn(generationConfig, 'max_length')) ?? usualMusicgenTokens;
      const frames = Math.min(trained, (decoder.max_position_embeddings ?? Infinity) - decoder.num_codebooks);
      return { sampleRate: codec.sampling_rate, longestSeconds: (frames * samplesPerFrame) / codec.sampling_rate };
    }
    case 'style_text_to_speech_2':
      return { sampleRate: kokoroSampleRate, longestSeconds: null };
    case 'speecht5':
      return {
        sampleRate: (preprocessorConfig === null ? null : numberIn(preprocessorConfig, 'sampling_rate')) ?? speechT5SampleRate,
        longestSeconds: null,
      };
    case 'vits':
    case 'supertonic':
      return { sampleRate: numberIn(config, 'sampling_rate'), longestSeconds: null };
  }
}

/** Words that the model can read: a voice of another script knows no English letters. */
function sampleText({ layout, plan, tokenizer }: ConventionSources): string {
  if (layout.architecture === 'style_text_to_speech_2') return /^[ef-z]/.test(plan.voices[0] ?? '') ? '/həlˈO/' : englishSample;
  const model = tokenizer?.['model'];
  const vocabulary = typeof model === 'object' && model !== null && 'vocab' in model ? model.vocab : null;
  if (typeof vocabulary !== 'object' || vocabulary === null || Array.isArray(vocabulary)) return englishSample;
  const letters = Object.keys(vocabulary).filter((symbol) => /^\p{L}$/u.test(symbol));
  return letters.length === 0 || letters.some((letter) => /[a-z]/i.test(letter)) ? englishSample : letters.slice(0, 12).join('');
}
