import { z } from 'zod';
import { packIdSchema, uploadIdSchema } from '../../domain/ids.ts';
import { packConventionSchema } from '../../domain/pack-manifest.ts';
import { packSchema } from '../../domain/pack.ts';
import type { CallDefinition } from '../call.ts';

export const packCalls = {
  'packs.list': { input: z.void(), output: z.array(packSchema) },
  /** From an upload (a .onnx or .zip sent with purpose `pack`) or, on hosts with file paths, a path. */
  'packs.import': {
    input: z.object({
      from: z.discriminatedUnion('kind', [
        z.object({ kind: z.literal('upload'), uploadId: uploadIdSchema }),
        z.object({ kind: z.literal('path'), path: z.string().min(1).max(4096) }),
      ]),
      name: z.string().max(100).optional(),
      licence: z.string().max(200).nullable().default(null),
    }),
    output: packSchema,
  },
  /** Reads every byte and compares hashes. */
  'packs.verify': { input: z.object({ id: packIdSchema }), output: packSchema },
  'packs.rename': { input: z.object({ id: packIdSchema, name: z.string().trim().min(1).max(100) }), output: packSchema },
  /** Lets a user correct what the importer guessed; tried on a test image before it is kept. */
  'packs.setConvention': { input: z.object({ id: packIdSchema, convention: packConventionSchema }), output: packSchema },
  /** Forgets per-backend failures, so that the next run tries them again. */
  'packs.clearExclusions': { input: z.object({ id: packIdSchema }), output: packSchema },
  /** User packs only. */
  'packs.remove': { input: z.object({ id: packIdSchema }), output: z.void() },
} as const satisfies Record<string, CallDefinition>;
