/** One run of a pipeline and all that is needed to run it again. */
import { z } from 'zod';
import { audioParamsSchema } from '../pipelines/audio.ts';
import { diffusionParamsSchema } from '../pipelines/diffusion.ts';
import { inpaintParamsSchema } from '../pipelines/inpaint.ts';
import { paletteParamsSchema } from '../pipelines/palette.ts';
import { scoreParamsSchema } from '../pipelines/score.ts';
import { soundParamsSchema } from '../pipelines/sound.ts';
import { stylizeParamsSchema } from '../pipelines/stylize.ts';
import { textureParamsSchema } from '../pipelines/texture.ts';
import { upscaleParamsSchema } from '../pipelines/upscale.ts';
import {
  assetHashSchema,
  batchIdSchema,
  documentIdSchema,
  generationIdSchema,
  jobIdSchema,
  packIdSchema,
  projectIdSchema,
  type PackId,
} from './ids.ts';
import { backendPreferenceSchema, backendSchema } from './backend.ts';
import { rectSchema, sizeSchema } from './geometry.ts';
import { pipelineTaskSchema } from './pack-manifest.ts';
import { wireErrorSchema } from '../contract/errors.ts';

/** Seeds are unsigned 32-bit, so that they survive JSON and mean the same everywhere. */
export const seedSchema = z.int().min(0).max(0xffff_ffff);

/** Where the input crop lay when it was made from a canvas. */
export const placementSchema = z.object({
  documentId: documentIdSchema,
  /** The document's saved state at that moment: "restore document". */
  snapshot: assetHashSchema,
  /** The crop that was sent, in canvas pixels. */
  region: rectSchema,
});
export type Placement = z.infer<typeof placementSchema>;

const requestBase = {
  projectId: projectIdSchema.nullable(),
  packId: packIdSchema,
  seed: seedSchema,
  backend: backendPreferenceSchema,
  placement: placementSchema.nullable(),
  /** The generation this one continues or repeats. */
  parentId: generationIdSchema.nullable(),
  /** The user's own words; searched with everything else. */
  title: z.string().max(200).default(''),
};

/** image: RGBA or RGB picture; mask: single channel of the same size, above 127 = repaint. */
export const inpaintRequestSchema = z.object({
  kind: z.literal('inpaint'),
  ...requestBase,
  inputs: z.object({ image: assetHashSchema, mask: assetHashSchema }),
  params: inpaintParamsSchema,
});
export type InpaintRequest = z.infer<typeof inpaintRequestSchema>;

export const upscaleRequestSchema = z.object({
  kind: z.literal('upscale'),
  ...requestBase,
  inputs: z.object({ image: assetHashSchema }),
  params: upscaleParamsSchema,
});
export type UpscaleRequest = z.infer<typeof upscaleRequestSchema>;

/**
 * style, style2, style3: pictures whose look is taken (none for graphs that hold one style); mask: single channel of the
 * image's size, how far each pixel is restyled.
 */
export const stylizeRequestSchema = z.object({
  kind: z.literal('stylize'),
  ...requestBase,
  inputs: z.object({
    image: assetHashSchema,
    style: assetHashSchema.optional(),
    style2: assetHashSchema.optional(),
    style3: assetHashSchema.optional(),
    mask: assetHashSchema.optional(),
  }),
  params: stylizeParamsSchema,
});
export type StylizeRequest = z.infer<typeof stylizeRequestSchema>;

/** With an image: it is recoloured, or its own palette is the start, as the parameters say. */
export const paletteRequestSchema = z.object({
  kind: z.literal('palette'),
  ...requestBase,
  inputs: z.object({ image: assetHashSchema.optional() }),
  params: paletteParamsSchema,
});
export type PaletteRequest = z.infer<typeof paletteRequestSchema>;

export const textureRequestSchema = z.object({
  kind: z.literal('texture'),
  ...requestBase,
  inputs: z.object({}),
  params: textureParamsSchema,
});
export type TextureRequest = z.infer<typeof textureRequestSchema>;

/**
 * From words alone, or from an image (image-to-image). mask: single channel of the image's size, repainted where it is white,
 * by degrees where it is grey. control1, control2: pictures for the pack's ControlNets. region1..region4: single-channel masks of
 * the picture's proportions, where the region's own prompt holds.
 */
export const diffusionRequestSchema = z.object({
  kind: z.literal('diffusion'),
  ...requestBase,
  inputs: z.object({
    image: assetHashSchema.optional(),
    mask: assetHashSchema.optional(),
    control1: assetHashSchema.optional(),
    control2: assetHashSchema.optional(),
    region1: assetHashSchema.optional(),
    region2: assetHashSchema.optional(),
    region3: assetHashSchema.optional(),
    region4: assetHashSchema.optional(),
  }),
  params: diffusionParamsSchema,
});
export type DiffusionRequest = z.infer<typeof diffusionRequestSchema>;

/** score: the piece that is worked on; other: where a morph ends. Both are score assets (shared/music/score.ts). */
export const scoreRequestSchema = z.object({
  kind: z.literal('score'),
  ...requestBase,
  inputs: z.object({ score: assetHashSchema.optional(), other: assetHashSchema.optional() }),
  params: scoreParamsSchema,
});
export type ScoreRequest = z.infer<typeof scoreRequestSchema>;

export const soundRequestSchema = z.object({
  kind: z.literal('sound'),
  ...requestBase,
  inputs: z.object({}),
  params: soundParamsSchema,
});
export type SoundRequest = z.infer<typeof soundRequestSchema>;

export const audioRequestSchema = z.object({
  kind: z.literal('audio'),
  ...requestBase,
  inputs: z.object({}),
  params: audioParamsSchema,
});
export type AudioRequest = z.infer<typeof audioRequestSchema>;

export const generationRequestSchema = z.discriminatedUnion('kind', [
  inpaintRequestSchema,
  upscaleRequestSchema,
  stylizeRequestSchema,
  paletteRequestSchema,
  textureRequestSchema,
  diffusionRequestSchema,
  scoreRequestSchema,
  soundRequestSchema,
  audioRequestSchema,
]);
export type GenerationRequest = z.infer<typeof generationRequestSchema>;
export const generationKindSchema = pipelineTaskSchema;
export type GenerationKind = GenerationRequest['kind'];

/** Generations that are heard; their picture only stands for them. */
export type MusicKind = 'score' | 'sound' | 'audio';
export const isMusicKind = (kind: GenerationKind): kind is MusicKind => kind === 'score' || kind === 'sound' || kind === 'audio';

/** The input assets of any request, by role. */
export function inputsOfRequest(request: GenerationRequest): Record<string, z.infer<typeof assetHashSchema>> {
  const given = Object.entries(request.inputs as Record<string, z.infer<typeof assetHashSchema> | undefined>);
  return Object.fromEntries(given.flatMap(([role, hash]) => (hash === undefined ? [] : [[role, hash]])));
}

/** Inputs that are read as pictures; others reach the pipeline as bytes. */
export const isPictureRole = (role: string): boolean => role !== 'score' && role !== 'other';

/** Packs beside the main one that the run needs: the LoRAs and embeddings it names. */
export function addOnsOfRequest(request: GenerationRequest): PackId[] {
  return request.kind === 'diffusion'
    ? [...new Set([...request.params.loras.map(({ packId }) => packId), ...request.params.embeddings])]
    : [];
}

/**
 * `image`: the picture itself; every generation has one. For inpainting the whole input with the patch composited: every
 * pixel the patch does not touch is bit-identical.
 * `patch`: RGBA straight alpha, the new pixels and their blend mask, at `bounds` of the input image.
 * `normal`, `roughness`, `height`: maps that belong to a texture.
 * `score`: a score asset; `audio`: a WAV file. Their `image` is a picture of the piano roll or of the waveform; their bounds are its.
 */
export const generationOutputSchema = z.object({
  role: z.enum(['image', 'patch', 'normal', 'roughness', 'height', 'score', 'audio']),
  hash: assetHashSchema,
  bounds: rectSchema,
});
export type GenerationOutput = z.infer<typeof generationOutputSchema>;

export const generationTimingsSchema = z.object({
  totalMs: z.number().min(0),
  /** By phase name: decode, load, run, blend, encode ... */
  phasesMs: z.record(z.string(), z.number().min(0)),
});

export type GenerationTimings = z.infer<typeof generationTimingsSchema>;

/** Each pipeline says in its parameter file which names it writes and what they hold. */
export const generationDetailsSchema = z.record(z.string().max(60), z.json());
export type GenerationDetails = z.infer<typeof generationDetailsSchema>;

export const generationStatusSchema = z.enum(['running', 'succeeded', 'failed', 'cancelled', 'interrupted']);
export type GenerationStatus = z.infer<typeof generationStatusSchema>;

export const generationSchema = z.object({
  id: generationIdSchema,
  jobId: jobIdSchema.nullable(),
  batchId: batchIdSchema.nullable(),
  request: generationRequestSchema,
  /** What actually ran. */
  pack: z.object({ id: packIdSchema, name: z.string(), version: z.string(), packHash: z.string() }),
  backend: backendSchema.nullable(),
  status: generationStatusSchema,
  error: wireErrorSchema.nullable(),
  outputs: z.array(generationOutputSchema),
  /** Size of the `image` output. */
  size: sizeSchema.nullable(),
  timings: generationTimingsSchema.nullable(),
  /** Remarks for the user, such as a fallback to another backend. */
  notes: z.array(z.string()),
  /** Results that are not pictures, by name: the colours of a palette, say. */
  details: generationDetailsSchema,
  favourite: z.boolean(),
  rating: z.int().min(0).max(5),
  tags: z.array(z.string()),
  createdAtMs: z.int(),
  finishedAtMs: z.int().nullable(),
  trashedAtMs: z.int().nullable(),
});
export type Generation = z.infer<typeof generationSchema>;

/** What the history grid needs of a row: small, so that pages are quick. */
export const generationSummarySchema = z.object({
  id: generationIdSchema,
  kind: generationKindSchema,
  title: z.string(),
  packName: z.string(),
  status: generationStatusSchema,
  /** The `image` output, for the thumbnail. */
  image: assetHashSchema.nullable(),
  size: sizeSchema.nullable(),
  favourite: z.boolean(),
  rating: z.int(),
  createdAtMs: z.int(),
});
export type GenerationSummary = z.infer<typeof generationSummarySchema>;
