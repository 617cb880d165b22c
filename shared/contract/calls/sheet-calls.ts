import { z } from 'zod';
import { assetHashSchema, exportIdSchema, generationIdSchema } from '../../domain/ids.ts';
import { sizeSchema } from '../../domain/geometry.ts';
import type { CallDefinition } from '../call.ts';

const labels = z.array(z.string().max(12_000)).min(1).max(400);

export const sheetResultSchema = z.object({
  /** The picture itself, to be shown or opened on the canvas. Nothing holds it there: what is to stay is saved or opened. */
  image: assetHashSchema,
  /** The same file, to be downloaded from /export/<id>. */
  exportId: exportIdSchema,
  fileName: z.string(),
  mediaType: z.string(),
  sizeBytes: z.int(),
  size: sizeSchema,
  /** The generations in it, in order; those whose pictures are gone are left out. */
  generationIds: z.array(generationIdSchema),
  /** Remarks for the user: pictures that are missing, cells that were made smaller. */
  notes: z.array(z.string()),
});
export type SheetResult = z.infer<typeof sheetResultSchema>;

export const sheetCalls = {
  /**
   * A labelled contact sheet as PNG. Cells go page by page, each row by row; null leaves one empty. Its metadata names every
   * generation in it.
   */
  'sheets.make': {
    input: z
      .object({
        cells: z.array(generationIdSchema.nullable()).min(1).max(400),
        /** '' = no label. */
        columns: labels,
        rows: labels,
        pages: labels,
        /** Above everything: the prompt, say. '' = none. */
        title: z.string().max(12_000),
        name: z.string().min(1).max(200),
        /** Longest side of a cell; null: the pictures' own, as far as the sheet can hold it. */
        cellPx: z.int().min(32).max(2048).nullable().default(null),
        theme: z.enum(['light', 'dark']).default('light'),
        embedMetadata: z.boolean().default(true),
      })
      .refine(({ cells, columns, rows, pages }) => cells.length === columns.length * rows.length * pages.length, {
        message: 'there must be one cell for each column, row and page',
      }),
    output: sheetResultSchema,
  },
  /** Frames in order as one animated file. All are brought to the first one's size. */
  'sheets.animate': {
    input: z.object({
      frames: z.array(generationIdSchema).min(2).max(480),
      framesPerSecond: z.number().min(1).max(60),
      /** Back again after the last frame. */
      pingPong: z.boolean().default(false),
      format: z.enum(['webp', 'gif']),
      /** 1..100, WebP only; 100 is without loss. */
      quality: z.int().min(1).max(100).default(90),
      name: z.string().min(1).max(200),
    }),
    output: sheetResultSchema,
  },
} as const satisfies Record<string, CallDefinition>;
