import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AppError } from '../../../shared/contract/errors.ts';
import type { RunResult } from '../../../shared/contract/inference.ts';
import type { GenerationRequest } from '../../../shared/domain/generation.ts';
import type { JobStateName } from '../../../shared/domain/job.ts';
import type { JobId } from '../../../shared/domain/ids.ts';
import { fakeManifest, fakeRequest } from '../../../models/testing/fake-diffusion.ts';
import { createKeyValues } from '../database/key-values.ts';
import { createGenerationStore } from '../history/generation-store.ts';
import type { InferenceService, PackService } from '../service-types.ts';
import { scratchLibrary, silentLog, type ScratchLibrary } from '../testing/scratch-library.ts';
import { createPreviewStore } from '../transfers/preview-store.ts';
import { JobQueue } from './job-queue.ts';
import { requireJob } from './job-records.ts';
import { shapeOf } from './run-shape.ts';

let scratch: ScratchLibrary;
beforeEach(async () => {
  scratch = await scratchLibrary();
});
afterEach(() => scratch.dispose());

/** A run of ten steps that keeps its state as the pipelines do, and stops where it is told. */
interface Script {
  /** Fails or waits for its cancel before this step; null: goes through. */
  stopBefore: number | null;
  how: 'fail' | 'wait';
}

function steppingInference(script: Script, ran: number[][]): InferenceService {
  const run: InferenceService['run'] = async ({ resumeFile, workFolder }, callbacks, signal) => {
    const state = resumeFile!;
    const from = await readFile(state, 'utf8').then(Number, () => 0);
    const steps: number[] = [];
    ran.push(steps);
    for (let step = from; step < 10; step += 1) {
      if (step === script.stopBefore) {
        if (script.how === 'fail') throw new AppError('out-of-memory', 'Too large.');
        if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
        throw new AppError('cancelled', 'Cancelled.');
      }
      steps.push(step);
      await mkdir(join(state, '..'), { recursive: true });
      await writeFile(state, String(step + 1));
      callbacks.onProgress({ phase: 'Denoising', step: step + 1, steps: 10, fraction: (step + 1) / 10, backend: 'cpu' });
    }
    const file = join(workFolder, 'image.png');
    await writeFile(file, `picture ${String(ran.length)}`);
    const result: RunResult = {
      outputs: [
        { role: 'image', file, mediaType: 'image/png', size: { width: 8, height: 8 }, bounds: { x: 0, y: 0, width: 8, height: 8 } },
      ],
      backend: 'cpu',
      totalMs: 50,
      phasesMs: {},
      notes: [],
      details: from > 0 ? { resumedAtStep: from } : {},
      failedBackends: [],
    };
    return result;
  };
  return { run } as Partial<InferenceService> as InferenceService;
}

const packs = {
  resolve: () => ({ folder: '/nowhere', manifest: fakeManifest(), packHash: 'a'.repeat(64), excludedBackends: [] }),
  requireLicence: () => undefined,
  excludeBackend: () => undefined,
} as Partial<PackService> as PackService;

function queueWith(inference: InferenceService): JobQueue {
  const { library, assets, events, folder } = scratch;
  return new JobQueue({
    db: library.db,
    memory: createKeyValues(library.db),
    assets,
    generations: createGenerationStore(library.db, events),
    packs,
    inference,
    previews: createPreviewStore(join(folder, 'previews')),
    events,
    log: silentLog,
    workFolder: folder,
    resumeFolder: join(folder, 'resume'),
  });
}

async function until(id: JobId, state: JobStateName): Promise<void> {
  for (let tries = 0; tries < 400; tries += 1) {
    if (requireJob(scratch.library.db, id).status.state === state) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`The job is ${requireJob(scratch.library.db, id).status.state}, not ${state}.`);
}

const stateOf = (id: JobId): string => join(scratch.folder, 'resume', `${id}.state`);
const request = (): GenerationRequest => fakeRequest({ prompt: 'a' });

function timings(): number {
  const row = scratch.library.db.prepare(`SELECT count(*) AS rows FROM phase_timings`).get() as { rows: number };
  return row.rows;
}

describe('jobs that were stopped', () => {
  it('go on where they were after a failure, and leave nothing behind when they have succeeded', async () => {
    const ran: number[][] = [];
    const script: Script = { stopBefore: 6, how: 'fail' };
    const queue = queueWith(steppingInference(script, ran));
    queue.start();
    const job = queue.enqueue([request()], 'interactive').jobs[0]!;
    await until(job.id, 'failed');
    expect(existsSync(stateOf(job.id))).toBe(true);
    script.stopBefore = null;
    queue.retry(job.id);
    await until(job.id, 'succeeded');
    await queue.stop();
    expect(ran).toEqual([
      [0, 1, 2, 3, 4, 5],
      [6, 7, 8, 9],
    ]);
    expect(existsSync(stateOf(job.id))).toBe(false);
    // Half a run teaches nothing about the time of a whole one.
    expect(timings()).toBe(0);
  });

  it('go on after a cancel', async () => {
    const ran: number[][] = [];
    const script: Script = { stopBefore: 3, how: 'wait' };
    const queue = queueWith(steppingInference(script, ran));
    queue.start();
    const job = queue.enqueue([request()], 'interactive').jobs[0]!;
    while (ran[0]?.length !== 3) await new Promise((resolve) => setTimeout(resolve, 10));
    queue.cancel(job.id);
    await until(job.id, 'cancelled');
    script.stopBefore = null;
    queue.retry(job.id);
    await until(job.id, 'succeeded');
    await queue.stop();
    expect(ran[1]).toEqual([3, 4, 5, 6, 7, 8, 9]);
  });

  it('go on after the studio was closed, whose start sweeps only the states of jobs that are gone', async () => {
    const ran: number[][] = [];
    const first = queueWith(steppingInference({ stopBefore: 4, how: 'wait' }, ran));
    first.start();
    const job = first.enqueue([request()], 'batch').jobs[0]!;
    while (ran[0]?.length !== 4) await new Promise((resolve) => setTimeout(resolve, 10));
    await first.stop();
    expect(requireJob(scratch.library.db, job.id).status.state).toBe('interrupted');
    await writeFile(join(scratch.folder, 'resume', '01ARZ3NDEKTSV4RRFFQ69G5FAV.state'), '3');
    await writeFile(`${stateOf(job.id)}.part`, 'half');

    const second = queueWith(steppingInference({ stopBefore: null, how: 'fail' }, ran));
    second.start();
    second.retry(job.id);
    await until(job.id, 'succeeded');
    await second.stop();
    expect(ran[1]).toEqual([4, 5, 6, 7, 8, 9]);
    expect(await readdir(join(scratch.folder, 'resume'))).toEqual([]);
  });

  it('forget their state with the queue’s finished jobs', async () => {
    const queue = queueWith(steppingInference({ stopBefore: 2, how: 'fail' }, []));
    queue.start();
    const job = queue.enqueue([request()], 'interactive').jobs[0]!;
    await until(job.id, 'failed');
    queue.clearFinished();
    await queue.stop();
    for (let tries = 0; tries < 100 && existsSync(stateOf(job.id)); tries += 1) await new Promise((resolve) => setTimeout(resolve, 10));
    expect(existsSync(stateOf(job.id))).toBe(false);
  });

  it('teach the time of whole runs', async () => {
    const queue = queueWith(steppingInference({ stopBefore: null, how: 'fail' }, []));
    queue.start();
    const job = queue.enqueue([request()], 'interactive').jobs[0]!;
    await until(job.id, 'succeeded');
    await queue.stop();
    expect(timings()).toBe(1);
  });
});

describe('the shape of a diffusion run', () => {
  const assets = { record: () => null };
  const pixels = (params: Record<string, unknown>): number => shapeOf(assets, fakeRequest(params), fakeManifest()).pixels;

  it('is pixels times steps, of both sides of guidance', () => {
    expect(pixels({ steps: 10, guidanceScale: 1 })).toBe(64 * 64 * 10);
    expect(pixels({ steps: 10, guidanceScale: 5 })).toBe(64 * 64 * 20);
    expect(pixels({ steps: 10, guidanceScale: 1, width: 128, height: 32 })).toBe(128 * 32 * 10);
    expect(pixels({ steps: 10, guidanceScale: 1, highResScale: 2, highResStrength: 0.5 })).toBe(64 * 64 * 10 + 64 * 64 * 4 * 5);
  });
});
