import { describe, expect, it } from 'vitest';
import { jobSchema, type Job, type JobState } from '../../shared/domain/job.ts';
import { batchProgress } from './run-progress.ts';

const batchId = '01ARZ3NDEKTSV4RRFFQ69G5FAV';
const hash = 'a'.repeat(64);
let last = 0;

function job(status: JobState): Job {
  last += 1;
  return jobSchema.parse({
    id: `01ARZ3NDEKTSV4RRFFQ69G5FA${String(last)}`,
    batchId,
    revision: 0,
    priority: 'interactive',
    position: last,
    request: {
      kind: 'inpaint',
      projectId: null,
      packId: 'kiln-inpaint',
      seed: 0,
      backend: 'auto',
      placement: null,
      parentId: null,
      inputs: { image: hash, mask: hash },
      params: {},
    },
    status,
    generationId: null,
    attempts: 0,
    message: null,
    createdAtMs: 0,
  });
}
const running = (fraction: number, remainingMs: number | null): JobState => ({
  state: 'running',
  startedAtMs: 0,
  backend: null,
  progress: { phase: 'Inpainting', step: 0, steps: 1, fraction, remainingMs },
});
const done: JobState = { state: 'succeeded', startedAtMs: 0, finishedAtMs: 1 };

describe('progress of a batch', () => {
  it('counts what is done, what runs and what waits', () => {
    last = 0;
    const progress = batchProgress([job(done), job(running(0.5, 1000)), job({ state: 'queued' }), job({ state: 'queued' })], false);
    expect(progress).toEqual({ fraction: 0.375, label: 'Inpainting (2 of 4)', remainingMs: 1000 + 2 * 2000 });
  });

  it('names the phase of a single job, and knows no time before there is one', () => {
    last = 0;
    expect(batchProgress([job(running(0.25, null))], false)).toEqual({ fraction: 0.25, label: 'Inpainting', remainingMs: null });
  });

  it('says why nothing moves', () => {
    last = 0;
    const waiting = [job({ state: 'queued' })];
    expect(batchProgress(waiting, false)).toMatchObject({ fraction: null, label: 'Waiting in the queue' });
    expect(batchProgress(waiting, true)?.label).toBe('The queue is paused');
    expect(batchProgress([job(done)], false)).toBeNull();
  });
});
