import { z } from 'zod';
import { generationDetailsSchema, generationOutputSchema, generationRequestSchema } from '../../domain/generation.ts';
import { sizeSchema } from '../../domain/geometry.ts';
import { livePictureIdSchema } from '../../domain/ids.ts';
import type { CallDefinition } from '../call.ts';

export const liveResultSchema = z.object({
  /** Each is at /live/<id> until the second next run of the slot. */
  pictures: z.array(
    z.object({
      role: generationOutputSchema.shape.role,
      id: livePictureIdSchema,
      /** Of pictures. */
      size: sizeSchema.nullable(),
    }),
  ),
  details: generationDetailsSchema,
  totalMs: z.number(),
});
export type LiveResult = z.infer<typeof liveResultSchema>;

export const liveCalls = {
  /**
   * Runs a request for the eye only, while a slider moves: nothing is kept, nothing is queued. Of the requests of one slot
   * that wait only the newest is run; the others fail with `cancelled`.
   */
  'live.run': {
    input: z.object({
      slot: z.enum(['upscale', 'stylize', 'palette', 'texture', 'diffusion', 'score', 'sound', 'self-test']),
      request: generationRequestSchema,
      /** Input pictures are used at this size at most (as their thumbnails); null = in full. */
      maxSidePx: z.union([z.literal(128), z.literal(256), z.literal(512)]).nullable(),
    }),
    output: liveResultSchema,
  },
} as const satisfies Record<string, CallDefinition>;
