/** A job is one request in the queue; its generation row appears when it starts. */
import { z } from 'zod';
import { wireErrorSchema } from '../contract/errors.ts';
import { generationRequestSchema } from './generation.ts';
import { backendSchema } from './backend.ts';
import { batchIdSchema, generationIdSchema, jobIdSchema } from './ids.ts';

export const jobPrioritySchema = z.enum(['interactive', 'batch']);
export type JobPriority = z.infer<typeof jobPrioritySchema>;

export const jobProgressSchema = z.object({
  phase: z.string(),
  step: z.int().min(0),
  steps: z.int().min(1),
  /** 0..1 over the whole job. */
  fraction: z.number().min(0).max(1),
  /** Time left learned from earlier runs; null until something is known. */
  remainingMs: z.number().min(0).nullable(),
});
export type JobProgress = z.infer<typeof jobProgressSchema>;

export const jobStateSchema = z.discriminatedUnion('state', [
  z.object({ state: z.literal('queued') }),
  z.object({ state: z.literal('running'), startedAtMs: z.int(), backend: backendSchema.nullable(), progress: jobProgressSchema }),
  z.object({ state: z.literal('succeeded'), startedAtMs: z.int(), finishedAtMs: z.int() }),
  z.object({ state: z.literal('failed'), finishedAtMs: z.int(), error: wireErrorSchema }),
  z.object({ state: z.literal('cancelled'), finishedAtMs: z.int() }),
  /** Kiln stopped while it ran; it can be resumed (jobs.retry). */
  z.object({ state: z.literal('interrupted'), finishedAtMs: z.int() }),
]);
export type JobState = z.infer<typeof jobStateSchema>;
export type JobStateName = JobState['state'];

export const jobSchema = z.object({
  id: jobIdSchema,
  batchId: batchIdSchema.nullable(),
  /** Rises with every change of this job: a client drops anything older than what it has. */
  revision: z.int().min(0),
  priority: jobPrioritySchema,
  /** Order within its priority, lowest first. */
  position: z.number(),
  request: generationRequestSchema,
  status: jobStateSchema,
  generationId: generationIdSchema.nullable(),
  attempts: z.int().min(0),
  /** For the user: fallback to another backend, restart of the process ... */
  message: z.string().nullable(),
  createdAtMs: z.int(),
});
export type Job = z.infer<typeof jobSchema>;

/** The only legal transitions; anything else is a bug and throws. */
export const jobTransitions: Record<JobStateName, readonly JobStateName[]> = {
  queued: ['running', 'cancelled', 'failed'],
  running: ['running', 'succeeded', 'failed', 'cancelled', 'interrupted', 'queued'],
  succeeded: [],
  failed: ['queued'],
  cancelled: ['queued'],
  interrupted: ['queued'],
};

export function isFinished(state: JobStateName): boolean {
  return state !== 'queued' && state !== 'running';
}
