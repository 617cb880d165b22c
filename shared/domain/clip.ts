/** A music clip: the score that is worked on, its takes and what is locked. Scores are assets, so every state is kept whole. */
import { z } from 'zod';
import { assetHashSchema, clipIdSchema, generationIdSchema, projectIdSchema } from './ids.ts';

export const clipTakeSchema = z.object({
  id: z.string().min(1).max(40),
  name: z.string().max(200),
  score: assetHashSchema,
  /** What made it; null: the user's own hand, or a file. */
  generationId: generationIdSchema.nullable(),
});
export type ClipTake = z.infer<typeof clipTakeSchema>;

export const clipStateSchema = z.object({
  formatVersion: z.literal(1).default(1),
  /** The score as it stands in the piano roll. */
  score: assetHashSchema,
  /** The generations that went into it, newest last. */
  madeWith: z.array(generationIdSchema).max(1000).default([]),
  takes: z.array(clipTakeSchema).max(500).default([]),
  chosenTake: z.string().max(40).nullable().default(null),
  /** Bar numbers from 0 that no model may change. */
  lockedBars: z.array(z.int().min(0)).max(10_000).default([]),
  /** In ticks; null: no loop. */
  loop: z
    .object({ start: z.int().min(0), end: z.int().min(1) })
    .nullable()
    .default(null),
  /** A SoundFont of the user's that plays it instead of the built-in instruments. */
  soundFontId: z.string().max(64).nullable().default(null),
});
export type ClipState = z.infer<typeof clipStateSchema>;

export const clipRecordSchema = z.object({
  id: clipIdSchema,
  projectId: projectIdSchema.nullable(),
  name: z.string(),
  /** Rises by one with each save. */
  revision: z.int().min(0),
  state: clipStateSchema,
  /** A picture of its piano roll. */
  thumbnail: assetHashSchema.nullable(),
  createdAtMs: z.int(),
  updatedAtMs: z.int(),
  trashedAtMs: z.int().nullable(),
});
export type ClipRecord = z.infer<typeof clipRecordSchema>;
