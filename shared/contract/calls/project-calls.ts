import { z } from 'zod';
import { documentRecordSchema, documentStateSchema } from '../../domain/document.ts';
import { assetHashSchema, documentIdSchema, projectIdSchema } from '../../domain/ids.ts';
import { projectSchema } from '../../domain/project.ts';
import type { CallDefinition } from '../call.ts';

const nameSchema = z.string().trim().min(1).max(200);

export const documentWithStateSchema = z.object({ record: documentRecordSchema, state: documentStateSchema });
export type DocumentWithState = z.infer<typeof documentWithStateSchema>;

export const projectCalls = {
  'projects.list': { input: z.void(), output: z.array(projectSchema) },
  'projects.create': { input: z.object({ name: nameSchema }), output: projectSchema },
  'projects.rename': { input: z.object({ id: projectIdSchema, name: nameSchema }), output: projectSchema },

  /** Newest first. `trashed` lists only the trash. projectId null: every project. */
  'documents.list': {
    input: z.object({
      projectId: projectIdSchema.nullable(),
      trashed: z.boolean().default(false),
      /** Part of the name, in any case; empty: all. */
      text: z.string().max(200).default(''),
      limit: z.int().min(1).max(500).default(100),
    }),
    output: z.array(documentRecordSchema),
  },
  'documents.get': { input: z.object({ id: documentIdSchema }), output: documentWithStateSchema },
  /** A past state by its snapshot asset, for "restore document". */
  'documents.snapshot': { input: z.object({ snapshot: assetHashSchema }), output: documentStateSchema },
  'documents.create': {
    input: z.object({ projectId: projectIdSchema.nullable(), name: nameSchema, state: documentStateSchema }),
    output: documentRecordSchema,
  },
  /** Refused with `conflict` when baseRevision is not the current one, and with `not-found` when an asset is missing. */
  'documents.save': {
    input: z.object({
      id: documentIdSchema,
      baseRevision: z.int().min(0),
      state: documentStateSchema,
      thumbnail: assetHashSchema.nullable().default(null),
    }),
    output: documentRecordSchema,
  },
  'documents.rename': { input: z.object({ id: documentIdSchema, name: nameSchema }), output: documentRecordSchema },
  'documents.move': { input: z.object({ id: documentIdSchema, projectId: projectIdSchema }), output: documentRecordSchema },
  'documents.trash': { input: z.object({ id: documentIdSchema }), output: z.void() },
  'documents.restore': { input: z.object({ id: documentIdSchema }), output: z.void() },
  /** Deletes trashed documents for good; generations made in them, and the states those name, stay. */
  'documents.emptyTrash': { input: z.void(), output: z.object({ removed: z.int() }) },
} as const satisfies Record<string, CallDefinition>;
