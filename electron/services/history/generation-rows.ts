/** Rows to generations and back. */
import { z } from 'zod';
import { wireErrorSchema } from '../../../shared/contract/errors.ts';
import {
  generationOutputSchema,
  generationRequestSchema,
  generationSchema,
  generationSummarySchema,
  generationTimingsSchema,
  type Generation,
  type GenerationSummary,
} from '../../../shared/domain/generation.ts';
import type { ReadDb } from '../database/connection.ts';

const rowSchema = z.object({
  id: z.string(),
  job_id: z.string().nullable(),
  batch_id: z.string().nullable(),
  request_json: z.string(),
  title: z.string(),
  pack_id: z.string(),
  pack_name: z.string(),
  pack_version: z.string(),
  pack_hash: z.string(),
  backend: z.string().nullable(),
  status: z.string(),
  error_json: z.string().nullable(),
  width: z.number().nullable(),
  height: z.number().nullable(),
  timings_json: z.string().nullable(),
  notes_json: z.string(),
  details_json: z.string(),
  favourite: z.number(),
  rating: z.number(),
  created_at_ms: z.number(),
  finished_at_ms: z.number().nullable(),
  trashed_at_ms: z.number().nullable(),
});

const outputRowSchema = z.object({
  role: z.string(),
  hash: z.string(),
  x: z.number(),
  y: z.number(),
  width: z.number(),
  height: z.number(),
});

function json<Value>(text: string | null, schema: z.ZodType<Value>): Value | null {
  return text === null ? null : schema.parse(JSON.parse(text));
}

export function readGeneration(db: ReadDb, id: string): Generation | null {
  const found = db.prepare(`SELECT * FROM generations WHERE id = ?`).get(id);
  if (found === undefined) return null;
  const row = rowSchema.parse(found);
  const outputs = db
    .prepare(`SELECT role, hash, x, y, width, height FROM generation_outputs WHERE generation_id = ? ORDER BY position`)
    .all(id)
    .map((output) => {
      const { role, hash, ...bounds } = outputRowSchema.parse(output);
      return generationOutputSchema.parse({ role, hash, bounds });
    });
  const tags = z
    .array(z.object({ tag: z.string() }))
    .parse(db.prepare(`SELECT tag FROM generation_tags WHERE generation_id = ? ORDER BY tag`).all(id));
  return generationSchema.parse({
    id: row.id,
    jobId: row.job_id,
    batchId: row.batch_id,
    request: { ...generationRequestSchema.parse(JSON.parse(row.request_json)), title: row.title },
    pack: { id: row.pack_id, name: row.pack_name, version: row.pack_version, packHash: row.pack_hash },
    backend: row.backend,
    status: row.status,
    error: json(row.error_json, wireErrorSchema),
    outputs,
    size: row.width === null || row.height === null ? null : { width: row.width, height: row.height },
    timings: json(row.timings_json, generationTimingsSchema),
    notes: JSON.parse(row.notes_json) as unknown,
    details: JSON.parse(row.details_json) as unknown,
    favourite: row.favourite === 1,
    rating: row.rating,
    tags: tags.map(({ tag }) => tag),
    createdAtMs: row.created_at_ms,
    finishedAtMs: row.finished_at_ms,
    trashedAtMs: row.trashed_at_ms,
  } satisfies Record<keyof Generation, unknown>);
}

/** Columns of a summary, for a FROM generations g. */
export const summaryColumns = `g.sequence, g.id, g.kind, g.title, g.pack_name AS packName, g.status, g.width, g.height, g.favourite, g.rating,
  g.created_at_ms AS createdAtMs,
  (SELECT o.hash FROM generation_outputs o WHERE o.generation_id = g.id AND o.role = 'image') AS image`;

export const summaryRowSchema = generationSummarySchema
  .omit({ size: true, favourite: true })
  .extend({ sequence: z.number(), width: z.number().nullable(), height: z.number().nullable(), favourite: z.number() });

export function summaryOf(row: z.infer<typeof summaryRowSchema>): GenerationSummary {
  const { id, kind, title, packName, status, image, rating, createdAtMs, width, height } = row;
  const size = width === null || height === null ? null : { width, height };
  return { id, kind, title, packName, status, image, size, favourite: row.favourite === 1, rating, createdAtMs };
}
