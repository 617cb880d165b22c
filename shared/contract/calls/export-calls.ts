import { z } from 'zod';
import { assetHashSchema, exportIdSchema, generationIdSchema } from '../../domain/ids.ts';
import { rectSchema, sizeSchema } from '../../domain/geometry.ts';
import type { CallDefinition } from '../call.ts';

export const exportFormats = ['png', 'jpeg', 'webp', 'avif', 'tiff'] as const;
export const exportFormatSchema = z.enum(exportFormats);
export type ExportFormat = z.infer<typeof exportFormatSchema>;

export const exportScaleSchema = z.discriminatedUnion('kind', [
  /** @1x, @2x, @3x: one file each; 1 = the picture's own size. */
  z.object({ kind: z.literal('factors'), factors: z.array(z.number().min(0.05).max(8)).min(1).max(6) }),
  /** Fits inside; a missing side follows the aspect ratio. */
  z.object({ kind: z.literal('pixels'), width: z.int().min(1).max(32_768).nullable(), height: z.int().min(1).max(32_768).nullable() }),
]);

export const exportOptionsSchema = z.object({
  /** What is exported: a generation's image, or pictures the canvas flattened and uploaded (one a layer, or one in all). */
  items: z
    .array(
      z.object({
        name: z.string().min(1).max(200),
        image: assetHashSchema,
        /** What made this one picture, where items differ; the list below goes for items without. */
        generationIds: z.array(generationIdSchema).max(1000).optional(),
      }),
    )
    .min(1)
    .max(200),
  /** Generations that went into the picture, for the embedded metadata. */
  generationIds: z.array(generationIdSchema).max(1000).default([]),
  /** Name of the zip, without its ending, when there are several files; the first item's when absent. */
  archiveName: z.string().min(1).max(200).optional(),
  format: exportFormatSchema,
  /** 1..100; ignored by png and tiff. */
  quality: z.int().min(1).max(100).default(90),
  /** webp and avif without loss. */
  lossless: z.boolean().default(false),
  scale: exportScaleSchema.default({ kind: 'factors', factors: [1] }),
  embedMetadata: z.boolean().default(true),
  /** Behind transparent pixels, for formats without alpha. */
  background: z
    .string()
    .regex(/^#[0-9a-f]{6}$/)
    .default('#ffffff'),
});
export type ExportOptions = z.infer<typeof exportOptionsSchema>;

export const exportedFileSchema = z.object({
  exportId: exportIdSchema,
  fileName: z.string(),
  mediaType: z.string(),
  sizeBytes: z.int(),
  size: sizeSchema,
});
export type ExportedFile = z.infer<typeof exportedFileSchema>;

export const exportCalls = {
  /** Size in bytes of each file these options would make; exact for small pictures, from a sample of large ones. */
  'export.estimate': {
    input: exportOptionsSchema,
    output: z.array(z.object({ fileName: z.string(), sizeBytes: z.int(), size: sizeSchema, exact: z.boolean() })),
  },
  /**
   * The middle of the first picture as it would come out, to look at: a cut-out of at most 512 pixels a side at its exported
   * size, fetched from /export/<id>. `crop` is where it lies in the exported picture, `original` the same cut-out without loss.
   */
  'export.preview': {
    input: exportOptionsSchema,
    output: z.object({ exportId: exportIdSchema, original: exportIdSchema, crop: rectSchema }),
  },
  /** Writes the files to a temporary place; they are downloaded from /export/<id>. More than one file is also offered as one zip. */
  'export.render': {
    input: exportOptionsSchema,
    output: z.object({ files: z.array(exportedFileSchema), archive: exportedFileSchema.nullable() }),
  },
} as const satisfies Record<string, CallDefinition>;
