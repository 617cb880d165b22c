/** `kiln.json`: what a model pack says of itself. Packs are data only and untrusted: everything here is checked before use. */
import { z } from 'zod';
import { diffusionConventionSchema, embeddingConventionSchema, loraConventionSchema } from './diffusion-convention.ts';
import { packIdSchema } from './ids.ts';
import { packPathSchema } from './pack-path.ts';
import { audioConventionSchema, scoreConventionSchema, soundConventionSchema } from './music-convention.ts';

export const packFormatVersion = 1;

/** What a pipeline does; each is a kind of generation. */
export const pipelineTaskSchema = z.enum(['inpaint', 'upscale', 'stylize', 'palette', 'texture', 'diffusion', 'score', 'sound', 'audio']);
export type PipelineTask = z.infer<typeof pipelineTaskSchema>;
/** Packs that change what another pack makes. */
export const addOnTaskSchema = z.enum(['lora', 'embedding']);
export type AddOnTask = z.infer<typeof addOnTaskSchema>;

export const packTaskSchema = z.enum([...pipelineTaskSchema.options, ...addOnTaskSchema.options]);
export type PackTask = z.infer<typeof packTaskSchema>;

export const modelFamilySchema = z.enum(['gan', 'vae', 'diffusion', 'autoregressive', 'masked', 'flow', 'other']);
export type ModelFamily = z.infer<typeof modelFamilySchema>;

export const packFileSchema = z.object({
  path: packPathSchema,
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  sizeBytes: z.int().min(1),
});

/**
 * How an inpainting graph is called. Pixels are RGB, NCHW; H and W are `modelSize` (fixed) or any `sizeMultiple`.
 * The fields are data, so that a user can correct what the importer guessed.
 */
export const inpaintConventionSchema = z.object({
  task: z.literal('inpaint'),
  /** Input and output names in the graph. maskInput null: one 4-channel input (masked RGB, mask). */
  imageInput: z.string(),
  maskInput: z.string().nullable(),
  output: z.string(),
  imageType: z.enum(['float32', 'float16', 'uint8']),
  maskType: z.enum(['float32', 'float16', 'uint8']),
  /** Value range of image pixels going in. */
  imageRange: z.enum(['0..1', '-1..1', '0..255']),
  /** Whether hole pixels of the image must be zeroed before the run. */
  zeroHole: z.boolean(),
  /** With one 4-channel input: (mask, RGB) as MI-GAN's generator has it, instead of (RGB, mask). */
  maskFirst: z.boolean().default(false),
  /** What the mask holds inside the hole and outside it. */
  maskHoleValue: z.number(),
  maskKnownValue: z.number(),
  outputRange: z.enum(['0..1', '-1..1', '0..255']),
  outputType: z.enum(['float32', 'float16', 'uint8']),
  /** Fixed sides of the graph, or null when H and W are free. */
  fixedSize: z.object({ width: z.int().min(8).max(4096), height: z.int().min(8).max(4096) }).nullable(),
  /** Sides are padded to a multiple of this when free. */
  sizeMultiple: z.int().min(1).max(256),
  /** The side the model was trained for: crops are resized towards it. */
  modelSize: z.int().min(32).max(4096),
});
export type InpaintConvention = z.infer<typeof inpaintConventionSchema>;

/** How an upscaling graph is called. Pixels NCHW; the output is `factor` times the input. */
export const upscaleConventionSchema = z.object({
  task: z.literal('upscale'),
  input: z.string(),
  output: z.string(),
  valueType: z.enum(['float32', 'float16']),
  inputRange: z.enum(['0..1', '-1..1', '0..255']),
  outputRange: z.enum(['0..1', '-1..1', '0..255']),
  /** 1: each plane is run by itself. */
  channels: z.union([z.literal(1), z.literal(3)]),
  factor: z.int().min(1).max(16),
  fixedSize: z.object({ width: z.int().min(8).max(4096), height: z.int().min(8).max(4096) }).nullable(),
  /** Sides are padded to a multiple of this when free. */
  sizeMultiple: z.int().min(1).max(256),
  /** Pixels of context a tile needs on each side for its inside to equal the untiled result. */
  overlap: z.int().min(0).max(256),
  /** Pixels the picture is widened by on every side, by reflection, before the run. */
  prePad: z.int().min(0).max(64).default(0),
  /** Side in input pixels of the tiles large pictures are cut into, without their overlap; null: Kiln's guess. */
  tileSize: z.int().min(16).max(4096).nullable().default(null),
  /**
   * Other graphs of the pack with the same call, by what they are for: `sharp` and `clean` have the same factor; `x2`,
   * `x3` ... are faithful graphs of that factor.
   */
  variants: z.record(z.string().max(40), packPathSchema).default({}),
});
export type UpscaleConvention = z.infer<typeof upscaleConventionSchema>;

/**
 * Three graphs: pictures to features; a picture's features and a style's statistics and patches to the style's features at
 * the picture's places; features (mixed as the user likes) to a picture.
 */
export const stylizeByStatisticsConventionSchema = z.object({
  task: z.literal('stylize'),
  kind: z.literal('statistics'),
  encoder: packPathSchema,
  matcher: packPathSchema,
  decoder: packPathSchema,
  /** Values of a feature, and pixels of a side that share one. */
  featureChannels: z.int().min(1).max(1024),
  featureStride: z.int().min(1).max(64),
  /** Pixels of context a tile needs on each side for its inside to equal the untiled result. */
  overlap: z.int().min(0).max(512),
  /** Sides are padded to a multiple of this. */
  sizeMultiple: z.int().min(1).max(256),
  /** The longer side styles are encoded at when the style scale is 1. */
  styleSize: z.int().min(32).max(2048),
});
export type StylizeByStatisticsConvention = z.infer<typeof stylizeByStatisticsConventionSchema>;
/** One graph that holds one style (fast neural style): a picture in, the restyled picture out. */
export const stylizeFixedConventionSchema = z.object({
  task: z.literal('stylize'),
  kind: z.literal('fixed-style'),
  input: z.string(),
  output: z.string(),
  valueType: z.enum(['float32', 'float16']),
  inputRange: z.enum(['0..1', '-1..1', '0..255']),
  outputRange: z.enum(['0..1', '-1..1', '0..255']),
  fixedSize: z.object({ width: z.int().min(8).max(4096), height: z.int().min(8).max(4096) }).nullable(),
  sizeMultiple: z.int().min(1).max(256),
});
export type StylizeFixedConvention = z.infer<typeof stylizeFixedConventionSchema>;
export const stylizeConventionSchema = z.discriminatedUnion('kind', [stylizeByStatisticsConventionSchema, stylizeFixedConventionSchema]);
export type StylizeConvention = z.infer<typeof stylizeConventionSchema>;

/** An invertible network over palettes: `sampler` takes latents to colours, `scorer` colours to latents and log-likelihood. */
export const paletteConventionSchema = z.object({
  task: z.literal('palette'),
  sampler: packPathSchema,
  scorer: packPathSchema,
  /** Colours in a palette; latents have three numbers for each. */
  colours: z.int().min(2).max(16),
});
export type PaletteConvention = z.infer<typeof paletteConventionSchema>;

/** A decoder of latents to tiles that repeat without a seam, and the map the user moves over. */
export const textureConventionSchema = z.object({
  task: z.literal('texture'),
  decoder: packPathSchema,
  /** JSON: a grid of latents over the map. */
  map: packPathSchema,
  latentSize: z.int().min(1).max(4096),
  /** Pixels of output for each cell of the decoder's grid. */
  cellSize: z.int().min(1).max(256),
});
export type TextureConvention = z.infer<typeof textureConventionSchema>;

export const packConventionSchema = z.discriminatedUnion('task', [
  inpaintConventionSchema,
  upscaleConventionSchema,
  stylizeConventionSchema,
  paletteConventionSchema,
  textureConventionSchema,
  diffusionConventionSchema,
  scoreConventionSchema,
  soundConventionSchema,
  audioConventionSchema,
  loraConventionSchema,
  embeddingConventionSchema,
]);
export type PackConvention = z.infer<typeof packConventionSchema>;

export const packManifestSchema = z.object({
  formatVersion: z.literal(packFormatVersion),
  id: packIdSchema,
  name: z.string().min(1).max(100),
  version: z.string().regex(/^\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?$/),
  description: z.string().max(1000).default(''),
  task: packTaskSchema,
  family: modelFamilySchema,
  /** SPDX identifier or free text; null means unknown, and is shown as such. */
  licence: z.string().max(200).nullable(),
  authors: z.array(z.string().max(200)).max(50).default([]),
  /** Where it comes from, for people. */
  source: z.string().max(500).nullable().default(null),
  attribution: z.array(z.string().max(1000)).max(100).default([]),
  /** The graph (or weights) file among `files` that the convention describes; of several, the largest part. */
  model: packPathSchema,
  /** Some exporters write a file for every tensor. */
  files: z.array(packFileSchema).min(1).max(4000),
  convention: packConventionSchema,
});
export type PackManifest = z.infer<typeof packManifestSchema>;
