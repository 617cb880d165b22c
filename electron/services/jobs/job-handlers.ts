import type { Handlers } from '../../../shared/contract/calls.ts';
import type { jobCalls } from '../../../shared/contract/calls/job-calls.ts';
import type { JobQueue } from './job-queue.ts';

export function jobHandlers(queue: JobQueue): Handlers<keyof typeof jobCalls> {
  return {
    'jobs.enqueue': ({ requests, priority }) => queue.enqueue(requests, priority),
    'jobs.list': () => queue.list(),
    'jobs.cancel': ({ id }) => queue.cancel(id),
    'jobs.cancelAll': () => queue.cancelAll(),
    'jobs.retry': ({ id }) => queue.retry(id),
    'jobs.move': ({ id, before }) => queue.move(id, before),
    'jobs.setPriority': ({ id, priority }) => queue.setPriority(id, priority),
    'jobs.pauseQueue': () => queue.setPaused(true),
    'jobs.resumeQueue': () => queue.setPaused(false),
    'jobs.clearFinished': () => queue.clearFinished(),
  };
}
