/** `kiln.json`: what a model pack says of itself. Packs are data only and untrusted: everything here is checked before use. */
import { z } from 'zod';
import { packIdSchema } from './ids.ts';

export const packFormatVersion = 1;

export const packTaskSchema = z.enum(['inpaint']);
export type PackTask = z.infer<typeof packTaskSchema>;

export const modelFamilySchema = z.enum(['gan', 'vae', 'diffusion', 'autoregressive', 'masked', 'flow', 'other']);
export type ModelFamily = z.infer<typeof modelFamilySchema>;

/** A path inside the pack: forward slashes, no "..", not absolute, no drive letters, no control characters. */
export const packPathSchema = z
  .string()
  .min(1)
  .max(200)
  .refine(
    // eslint-disable-next-line no-control-regex -- control characters are what must not be in a path
    (path) => !/^[/\\]|^[a-zA-Z]:|[\\\0-\x1f]/.test(path) && path.split('/').every((part) => part !== '' && part !== '.' && part !== '..'),
    'must be a plain path inside the pack',
  );

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

export const packConventionSchema = z.discriminatedUnion('task', [inpaintConventionSchema]);
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
  /** The graph file among `files` that the convention describes. */
  model: packPathSchema,
  files: z.array(packFileSchema).min(1).max(200),
  convention: packConventionSchema,
});
export type PackManifest = z.infer<typeof packManifestSchema>;
