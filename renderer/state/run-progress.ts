/** One line of progress for several jobs. */
import { isFinished, type Job } from '../../shared/domain/job.ts';

export interface RunProgress {
  /** 0..1 over the whole batch; null while it waits. */
  fraction: number | null;
  label: string;
  remainingMs: number | null;
}

/** Null when nothing of it is left to do. Time left counts the running job and, at its pace, those that wait. */
export function batchProgress(jobs: readonly Job[], paused: boolean): RunProgress | null {
  const open = jobs.filter((job) => !isFinished(job.status.state));
  if (open.length === 0) return null;
  const running = open.find((job) => job.status.state === 'running');
  if (running?.status.state !== 'running') {
    return { fraction: null, label: paused ? 'The queue is paused' : 'Waiting in the queue', remainingMs: null };
  }
  // Earlier batches that finished are no part of what is going on now.
  const batch = jobs.filter((job) => job.batchId === running.batchId);
  const done = batch.filter((job) => isFinished(job.status.state)).length;
  const { phase, fraction, remainingMs } = running.status.progress;
  const waiting = open.length - 1;
  const wholeMs = remainingMs === null || fraction >= 1 ? null : remainingMs / (1 - fraction);
  return {
    fraction: batch.length === 0 ? fraction : (done + fraction) / batch.length,
    label: batch.length > 1 ? `${phase} (${String(done + 1)} of ${String(batch.length)})` : phase,
    remainingMs: remainingMs === null ? null : remainingMs + waiting * (wholeMs ?? 0),
  };
}
