import { z } from 'zod';
import { generationRequestSchema } from '../../domain/generation.ts';
import { batchIdSchema, jobIdSchema } from '../../domain/ids.ts';
import { jobPrioritySchema, jobSchema } from '../../domain/job.ts';
import type { CallDefinition } from '../call.ts';

export const queueStateSchema = z.object({ paused: z.boolean(), jobs: z.array(jobSchema) });
export type QueueState = z.infer<typeof queueStateSchema>;

export const jobCalls = {
  /** Several requests become one batch: candidates of one press of the button. */
  'jobs.enqueue': {
    input: z.object({ requests: z.array(generationRequestSchema).min(1).max(1000), priority: jobPrioritySchema.default('interactive') }),
    output: z.object({ batchId: batchIdSchema, jobs: z.array(jobSchema) }),
  },
  /** Unfinished jobs in running order, then the latest finished ones. */
  'jobs.list': { input: z.void(), output: queueStateSchema },
  'jobs.cancel': { input: z.object({ id: jobIdSchema }), output: jobSchema },
  'jobs.cancelAll': { input: z.void(), output: z.void() },
  /** Failed, cancelled or interrupted jobs go back into the queue. */
  'jobs.retry': { input: z.object({ id: jobIdSchema }), output: jobSchema },
  /** Puts a queued job right before another one, or last when `before` is null. */
  'jobs.move': { input: z.object({ id: jobIdSchema, before: jobIdSchema.nullable() }), output: jobSchema },
  'jobs.setPriority': { input: z.object({ id: jobIdSchema, priority: jobPrioritySchema }), output: jobSchema },
  'jobs.pauseQueue': { input: z.void(), output: z.void() },
  'jobs.resumeQueue': { input: z.void(), output: z.void() },
  'jobs.clearFinished': { input: z.void(), output: z.void() },
} as const satisfies Record<string, CallDefinition>;
