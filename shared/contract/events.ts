/** Everything a client is told without asking. Events name what changed; big things are fetched by call or URL. */
import { z } from 'zod';
import { jobSchema } from '../domain/job.ts';
import { jobIdSchema } from '../domain/ids.ts';
import { settingsSchema } from '../domain/settings.ts';

export const eventSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('job.changed'), job: jobSchema }),
  z.object({ type: z.literal('job.removed'), id: jobIdSchema }),
  /** A preview frame is at /preview/<jobId>?revision=<revision>. */
  z.object({ type: z.literal('job.preview'), jobId: jobIdSchema, revision: z.int() }),
  z.object({ type: z.literal('queue.changed'), paused: z.boolean() }),
  /** Rows changed: lists that show them ask again. */
  z.object({ type: z.literal('history.changed') }),
  z.object({ type: z.literal('documents.changed') }),
  z.object({ type: z.literal('projects.changed') }),
  z.object({ type: z.literal('packs.changed') }),
  z.object({ type: z.literal('settings.changed'), settings: settingsSchema }),
  z.object({
    type: z.literal('inference.changed'),
    state: z.enum(['starting', 'ready', 'restarting', 'stopped']),
    message: z.string().nullable(),
  }),
  /** Something the user should see once. */
  z.object({ type: z.literal('notice'), level: z.enum(['info', 'warning', 'error']), message: z.string(), action: z.string().nullable() }),
]);
export type StudioEvent = z.infer<typeof eventSchema>;
export type StudioEventType = StudioEvent['type'];
