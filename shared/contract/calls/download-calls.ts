import { z } from 'zod';
import { downloadPlanSchema, downloadSchema, repositoryNameSchema, revisionSchema } from '../../domain/download.ts';
import { downloadIdSchema } from '../../domain/ids.ts';
import type { CallDefinition } from '../call.ts';

/** All but `list` and `cancel` fail with `offline` while the settings say so. */
export const downloadCalls = {
  /** What a repository holds for Kiln, in which variants, how large, under which licence. */
  'downloads.plan': {
    input: z.object({ repository: repositoryNameSchema, revision: revisionSchema.default('main') }),
    output: downloadPlanSchema,
  },
  /** One variant of a plan. Licences that are not permissive must be accepted first, or it fails with `licence-needed`. */
  'downloads.start': {
    input: z.object({
      repository: repositoryNameSchema,
      commit: z.string().regex(/^[0-9a-f]{40}$/),
      variantId: z.string().max(300),
      name: z.string().trim().min(1).max(100).optional(),
      licenceAccepted: z.boolean().default(false),
    }),
    output: downloadSchema,
  },
  'downloads.pause': { input: z.object({ id: downloadIdSchema }), output: downloadSchema },
  /** Paused and failed ones; what has arrived is kept. */
  'downloads.resume': { input: z.object({ id: downloadIdSchema }), output: downloadSchema },
  /** Deletes what has arrived, or takes a finished one off the list. */
  'downloads.cancel': { input: z.object({ id: downloadIdSchema }), output: z.void() },
  'downloads.list': { input: z.void(), output: z.array(downloadSchema) },
} as const satisfies Record<string, CallDefinition>;
