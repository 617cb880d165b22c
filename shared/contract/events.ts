/** Everything a client is told without asking. Events name what changed; big things are fetched by call or URL. */
import { z } from 'zod';
import { jobSchema } from '../domain/job.ts';
import { downloadSchema } from '../domain/download.ts';
import { downloadIdSchema, jobIdSchema } from '../domain/ids.ts';
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
  z.object({ type: z.literal('clips.changed') }),
  z.object({ type: z.literal('soundFonts.changed') }),
  z.object({ type: z.literal('projects.changed') }),
  z.object({ type: z.literal('packs.changed') }),
  /** copy: bytes into place; check: graphs opened; try: a first run. fraction: of the phase. */
  z.object({
    type: z.literal('packs.importing'),
    importId: z.string(),
    phase: z.enum(['copy', 'check', 'try']),
    fraction: z.number().min(0).max(1),
  }),
  /** Of `music.export`. fraction: of all its files. */
  z.object({ type: z.literal('music.progress'), runId: z.string(), fraction: z.number().min(0).max(1) }),
  z.object({ type: z.literal('download.changed'), download: downloadSchema }),
  z.object({ type: z.literal('download.removed'), id: downloadIdSchema }),
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
