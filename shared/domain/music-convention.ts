/** Packs that make music: what their manifests say, and what the vocabulary file beside the graphs holds. */
import { z } from 'zod';
import { packPathSchema } from './pack-path.ts';

/** Graphs that write scores. Their names, sizes and vocabularies are in a JSON file of the pack. */
export const scoreConventionSchema = z.object({
  task: z.literal('score'),
  /** See {@link scoreVocabularySchema}. */
  vocabulary: packPathSchema,
});
export type ScoreConvention = z.infer<typeof scoreConventionSchema>;

/** Parameters of Kiln's sound-effect synthesiser. */
export const soundConventionSchema = z.object({
  task: z.literal('sound'),
  /** JSON: the parameters of each effect. */
  parameters: packPathSchema,
});
export type SoundConvention = z.infer<typeof soundConventionSchema>;

/** `model_type` in config.json; style_text_to_speech_2 is Kokoro. */
export const audioArchitectureSchema = z.enum(['musicgen', 'vits', 'speecht5', 'style_text_to_speech_2', 'supertonic']);
export type AudioArchitecture = z.infer<typeof audioArchitectureSchema>;

/**
 * A transformers.js folder that turns words into sound. config.json, tokenizer.json and tokenizer_config.json lie at the pack's
 * root, voices as voices/NAME.bin (raw little-endian float32).
 */
export const audioConventionSchema = z.object({
  task: z.literal('audio'),
  /** music: text-to-music; speech: narration. */
  makes: z.enum(['music', 'speech']),
  architecture: audioArchitectureSchema,
  /** Graphs by transformers.js's names for them: see models/pipelines/audio/README.md. */
  graphs: z.record(z.string().min(1).max(60), packPathSchema),
  /** Hz of what comes out. */
  sampleRate: z.int().min(8000).max(192_000),
  /** How the main graph's file name ends: '' = float32, or `_fp16`, `_quantized` ... as transformers.js names them. */
  precision: z.string().max(20).default(''),
  /** Names of the voices among the pack's files; empty: one voice. */
  voices: z.array(z.string().min(1).max(100)).max(500).default([]),
  /** Seconds that one run can make at most; null: no limit of its own. */
  longestSeconds: z.number().positive().nullable().default(null),
  /** Words that the model can read, to try it with. */
  sampleText: z.string().min(1).max(100).default('Good morning.'),
});
export type AudioConvention = z.infer<typeof audioConventionSchema>;

export const voiceFile = (name: string): string => `voices/${name}.bin`;

const sizesSchema = z.array(z.int().min(1).max(4096)).min(1).max(16);

/**
 * An autoregressive model of events, each a tuple of fields. `step` reads the previous events [batch, steps, fields] and gives
 * hidden states and a key/value cache; `head` gives the logits of all fields from one hidden state and the fields chosen so far.
 */
export const eventModelSchema = z.object({
  step: packPathSchema,
  head: packPathSchema,
  /** Values of each field; one past the last means "not chosen yet", and in `step` "the start". */
  fields: sizesSchema,
  /** Values of each condition; the last one means unknown. */
  conditions: sizesSchema,
  layers: z.int().min(1).max(64),
  heads: z.int().min(1).max(64),
  headWidth: z.int().min(1).max(256),
  width: z.int().min(1).max(4096),
  /** Events the model was trained to look back over. */
  window: z.int().min(8).max(16_384),
  /** Numbers of the latent that is added to every event; 0: none. */
  latent: z.int().min(0).max(4096).default(0),
});
export type EventModel = z.infer<typeof eventModelSchema>;

const vectorSchema = z.array(z.number()).min(1).max(4096);
const densitySchema = z.array(z.number()).length(4);

/** vocabulary.json of a score pack. The meaning of fields and conditions is in models/pipelines/score/README.md. */
export const scoreVocabularySchema = z.object({
  eventModels: z.object({ chorale: eventModelSchema, song: eventModelSchema, drums: eventModelSchema, bar: eventModelSchema }),
  masked: z.object({ file: packPathSchema, /** Sixteenths. */ window: z.int().min(16).max(4096) }),
  barEncoder: z.object({ file: packPathSchema, latent: z.int().min(1).max(4096) }),
  drumVae: z.object({ encoder: packPathSchema, decoder: packPathSchema, latent: z.int().min(1).max(4096) }),
  drumStyles: z.array(z.string().max(60)).max(100),
  /** Upper bounds of the first four of five classes of density. */
  densities: z.object({ chorale: densitySchema, song: densitySchema, drums: densitySchema }),
  /** Mean and the two widest directions of the latents of real bars, for the map. */
  barPlane: z.object({
    mean: vectorSchema,
    axes: z.tuple([vectorSchema, vectorSchema]),
    drumMean: vectorSchema,
    drumAxes: z.tuple([vectorSchema, vectorSchema]),
  }),
});
export type ScoreVocabulary = z.infer<typeof scoreVocabularySchema>;
