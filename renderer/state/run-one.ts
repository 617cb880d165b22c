/** One request through the queue, awaited: for tools that make something from nothing. */
import { studio } from '../api/studio.ts';
import { AppError } from '../../shared/contract/errors.ts';
import type { CallInput } from '../../shared/contract/calls.ts';
import type { Generation } from '../../shared/domain/generation.ts';
import { isFinished, type Job } from '../../shared/domain/job.ts';
import { studioState } from './studio-state.svelte.ts';

/** Rejects with the job's error, or `cancelled`. */
export async function runOne(request: CallInput<'jobs.enqueue'>['requests'][number], onJob: (job: Job) => void): Promise<Generation> {
  const [queued] = await studioState.enqueue([request]);
  if (queued === undefined) throw new AppError('internal', 'The queue took nothing.');
  const ended = await new Promise<Job>((resolve) => {
    const look = (job: Job): void => {
      onJob(job);
      if (!isFinished(job.status.state)) return;
      stop();
      resolve(job);
    };
    const stop = studio.subscribe((event) => {
      if (event.type === 'job.changed' && event.job.id === queued.id) look(event.job);
    });
    look(studioState.job(queued.id) ?? queued);
  });
  if (ended.status.state === 'failed') throw AppError.fromWire(ended.status.error);
  if (ended.status.state !== 'succeeded' || ended.generationId === null) throw new AppError('cancelled', 'The run was cancelled.');
  return (await studio.call('history.get', { id: ended.generationId })).generation;
}
