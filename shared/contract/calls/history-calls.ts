import { z } from 'zod';
import { generationKindSchema, generationSchema, generationStatusSchema, generationSummarySchema } from '../../domain/generation.ts';
import { generationIdSchema, packIdSchema, projectIdSchema } from '../../domain/ids.ts';
import type { CallDefinition } from '../call.ts';

export const historyFilterSchema = z.object({
  /** Words; all must match, as prefixes, over title, tags, pack, pipeline and parameters. Quoted phrases allowed. */
  text: z.string().max(500).default(''),
  projectId: projectIdSchema.nullable().default(null),
  kinds: z.array(generationKindSchema).default([]),
  packIds: z.array(packIdSchema).default([]),
  statuses: z.array(generationStatusSchema).default([]),
  tags: z.array(z.string()).default([]),
  favouriteOnly: z.boolean().default(false),
  minRating: z.int().min(0).max(5).default(0),
  createdFromMs: z.int().nullable().default(null),
  createdToMs: z.int().nullable().default(null),
  trashed: z.boolean().default(false),
});
export type HistoryFilter = z.infer<typeof historyFilterSchema>;

export const historyPageSchema = z.object({
  items: z.array(generationSummarySchema),
  /** How many match in all, so that the grid can size its scroll bar. */
  total: z.int().min(0),
  nextCursor: z.string().nullable(),
});
export type HistoryPage = z.infer<typeof historyPageSchema>;

export const generationDetailSchema = z.object({
  generation: generationSchema,
  /** What it was made from. */
  parents: z.array(generationSummarySchema),
  /** What was made from it. */
  children: z.array(generationSummarySchema),
});
export type GenerationDetail = z.infer<typeof generationDetailSchema>;

export const historySortSchema = z.enum(['newest', 'oldest', 'rating']);
export type HistorySort = z.infer<typeof historySortSchema>;

/** Most ids a call about several generations takes; callers with more send several calls. */
export const mostHistoryIds = 10_000;
const idsSchema = z.array(generationIdSchema).min(1).max(mostHistoryIds);
export const tagSchema = z.string().trim().min(1).max(60);

export const historyCalls = {
  /** Newest first; cursor is opaque. */
  'history.list': {
    input: z.object({
      filter: historyFilterSchema.prefault({}),
      sort: historySortSchema.default('newest'),
      cursor: z.string().max(200).nullable().default(null),
      /** Rows left out after the cursor: a scroll bar dragged far down jumps. */
      skip: z.int().min(0).max(10_000_000).default(0),
      limit: z.int().min(1).max(500).default(100),
    }),
    output: historyPageSchema,
  },
  /** Ids in the same order, for selecting what is not on the screen. */
  'history.ids': {
    input: z.object({
      filter: historyFilterSchema.prefault({}),
      sort: historySortSchema.default('newest'),
      skip: z.int().min(0).max(10_000_000).default(0),
      limit: z.int().min(1).max(200_000),
    }),
    output: z.object({ ids: z.array(generationIdSchema) }),
  },
  'history.get': { input: z.object({ id: generationIdSchema }), output: generationDetailSchema },
  'history.facets': {
    input: z.void(),
    output: z.object({
      packs: z.array(z.object({ id: packIdSchema, name: z.string(), count: z.int() })),
      tags: z.array(z.object({ tag: z.string(), count: z.int() })),
      kinds: z.array(z.object({ kind: generationKindSchema, count: z.int() })),
      trashedCount: z.int(),
    }),
  },
  'history.setFavourite': { input: z.object({ ids: idsSchema, favourite: z.boolean() }), output: z.void() },
  'history.setRating': { input: z.object({ ids: idsSchema, rating: z.int().min(0).max(5) }), output: z.void() },
  'history.setTitle': { input: z.object({ id: generationIdSchema, title: z.string().max(200) }), output: z.void() },
  'history.addTag': { input: z.object({ ids: idsSchema, tag: tagSchema }), output: z.void() },
  'history.removeTag': { input: z.object({ ids: idsSchema, tag: tagSchema }), output: z.void() },
  'history.trash': { input: z.object({ ids: idsSchema }), output: z.void() },
  'history.restore': { input: z.object({ ids: idsSchema }), output: z.void() },
  /** Deletes trashed rows for good; their files go with the next sweep when nothing else refers to them. */
  'history.emptyTrash': { input: z.void(), output: z.object({ removed: z.int() }) },
} as const satisfies Record<string, CallDefinition>;
