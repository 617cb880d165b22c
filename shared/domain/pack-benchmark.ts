/** How quickly a pack runs on this machine, on each backend, measured with the request of its self-test. */
import { z } from 'zod';
import { backendSchema } from './backend.ts';

export const packBenchmarkSchema = z.object({
  measuredAtMs: z.int(),
  /** What the time is for: a denoising step, a megapixel of the result, or the whole run. */
  unit: z.enum(['step', 'megapixel', 'run']),
  results: z.array(
    z.discriminatedUnion('worked', [
      z.object({
        worked: z.literal(true),
        backend: backendSchema,
        /** Of the second run, when everything is loaded. */
        msPerUnit: z.number().min(0),
        totalMs: z.number().min(0),
        /** Reading the model, in the first run. */
        loadMs: z.number().min(0),
      }),
      z.object({ worked: z.literal(false), backend: backendSchema, reason: z.string() }),
    ]),
  ),
});
export type PackBenchmark = z.infer<typeof packBenchmarkSchema>;
