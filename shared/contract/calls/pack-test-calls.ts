import { z } from 'zod';
import { generationRequestSchema } from '../../domain/generation.ts';
import { packIdSchema } from '../../domain/ids.ts';
import { packBenchmarkSchema } from '../../domain/pack-benchmark.ts';
import type { CallDefinition } from '../call.ts';

export const packTestCalls = {
  /** The pictures of the self-test put into the library, and what to run on them with live.run; null: an add-on. */
  'packs.selfTestRequest': { input: z.object({ id: packIdSchema }), output: generationRequestSchema.nullable() },
  /**
   * Runs the self-test twice on every backend that works here and remembers how long the second run took. Backends that fail
   * are noted with why; they are not excluded by it.
   */
  'packs.benchmark': { input: z.object({ id: packIdSchema }), output: packBenchmarkSchema },
  /** The benchmark then fails with `cancelled`. */
  'packs.cancelBenchmark': { input: z.object({ id: packIdSchema }), output: z.void() },
  /** Null: never measured with these weights. */
  'packs.benchmarkResult': { input: z.object({ id: packIdSchema }), output: packBenchmarkSchema.nullable() },
} as const satisfies Record<string, CallDefinition>;
