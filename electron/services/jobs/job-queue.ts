/**
 * The queue: persistent, one job at a time, interactive before batch. A result's files are stored first; then one
 * transaction writes outputs, lineage and the job's end; only then is anyone told.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { AppError, toWireError } from '../../../shared/contract/errors.ts';
import { addOnsOfRequest, inputsOfRequest, type GenerationRequest } from '../../../shared/domain/generation.ts';
import { batchIdSchema, generationIdSchema, jobIdSchema, type BatchId, type GenerationId, type JobId } from '../../../shared/domain/ids.ts';
import { isFinished, type Job, type JobPriority, type JobState } from '../../../shared/domain/job.ts';
import type { WriteDb } from '../database/connection.ts';
import type { KeyValues } from '../database/key-values.ts';
import type { Logger } from '../host.ts';
import { newId } from '../ids.ts';
import type { AssetStore, EventBus, GenerationStore, InferenceService, PackService, PreviewStore, ResolvedPack } from '../service-types.ts';
import * as records from './job-records.ts';
import { forgetResume, resumeFile, sweepResumeFiles } from './resume-files.ts';
import { shapeOf } from './run-shape.ts';
import { expectedMs, remainingMs, rememberRun } from './time-left.ts';

const pausedKey = 'jobs.paused';
const progressEveryMs = 100;
const shownFinished = 100;

export interface JobQueueOptions {
  db: WriteDb;
  memory: KeyValues;
  assets: AssetStore;
  generations: GenerationStore;
  packs: PackService;
  inference: InferenceService;
  previews: PreviewStore;
  events: EventBus;
  log: Logger;
  /** Where runs write; on the library's disk, so that results are renamed rather than copied. */
  workFolder: string;
  /** Where runs keep the state they can go on from. */
  resumeFolder: string;
}

interface Running {
  id: JobId;
  generationId: GenerationId;
  controller: AbortController;
}

export class JobQueue {
  readonly #given: JobQueueOptions;
  #running: Running | null = null;
  #loop: Promise<void> = Promise.resolve();
  #stopping = false;

  constructor(options: JobQueueOptions) {
    this.#given = options;
  }

  /** Call once after opening: marks what a crash left running, then goes on with the queue. */
  start(): void {
    const { db, generations, resumeFolder } = this.#given;
    db.transaction('Reading the queue', () => {
      for (const job of records.unfinishedJobs(db)) {
        if (job.status.state !== 'running') continue;
        const finishedAtMs = Date.now();
        const write = (): void =>
          records.writeJob(
            db,
            records.transition(job, { state: 'interrupted', finishedAtMs }, { message: 'Kiln stopped while this ran.' }),
          );
        if (job.generationId === null || generations.get(job.generationId)?.status !== 'running') write();
        else generations.end(job.generationId, 'interrupted', null, write);
      }
      // A generation without a job (or whose job is gone) cannot be running either.
      db.prepare(`UPDATE generations SET status = 'interrupted', finished_at_ms = ? WHERE status = 'running'`).run(Date.now());
    });
    // Before anything runs, so that no state is swept while it is written.
    this.#loop = this.#loop
      .then(() => sweepResumeFiles(resumeFolder, (id) => records.findJob(db, id) !== null))
      .catch((error: unknown) => this.#given.log.warn('States of old runs stayed behind', error));
    this.#wake();
  }

  get paused(): boolean {
    return this.#given.memory.get(pausedKey, z.boolean()) ?? false;
  }

  setPaused(paused: boolean): void {
    this.#given.memory.set(pausedKey, paused);
    this.#given.events.publish({ type: 'queue.changed', paused });
    this.#wake();
  }

  list(): { paused: boolean; jobs: Job[] } {
    const { db } = this.#given;
    return { paused: this.paused, jobs: [...records.unfinishedJobs(db), ...records.latestFinishedJobs(db, shownFinished)] };
  }

  enqueue(requests: readonly GenerationRequest[], priority: JobPriority): { batchId: BatchId; jobs: Job[] } {
    const { db, assets, packs } = this.#given;
    for (const request of requests) {
      for (const id of [request.packId, ...addOnsOfRequest(request)]) {
        packs.resolve(id);
        packs.requireLicence(id);
      }
      assets.requireAll(Object.values(inputsOfRequest(request)));
      requireSameSize(assets, request);
    }
    const batchId = newId(batchIdSchema);
    const jobs = db.transaction('Adding to the queue', () => {
      let position = records.lastPosition(db);
      return requests.map((request) => {
        position += 1;
        const job: Job = {
          id: newId(jobIdSchema),
          batchId,
          revision: 0,
          priority,
          position,
          request,
          status: { state: 'queued' },
          generationId: null,
          attempts: 0,
          message: null,
          createdAtMs: Date.now(),
        };
        records.writeJob(db, job);
        return job;
      });
    });
    for (const job of jobs) this.#tell(job);
    this.#wake();
    return { batchId, jobs };
  }

  cancel(id: JobId): Job {
    const job = records.requireJob(this.#given.db, id);
    if (isFinished(job.status.state)) return job;
    if (this.#running?.id === id) {
      this.#running.controller.abort();
      return job;
    }
    return this.#write(records.transition(job, { state: 'cancelled', finishedAtMs: Date.now() }));
  }

  cancelAll(): void {
    for (const job of records.unfinishedJobs(this.#given.db)) this.cancel(job.id);
  }

  retry(id: JobId): Job {
    const { db } = this.#given;
    const job = records.requireJob(db, id);
    const queued = records.transition(job, { state: 'queued' }, { message: null, generationId: null });
    const written = this.#write({ ...queued, position: records.lastPosition(db) + 1 });
    this.#wake();
    return written;
  }

  move(id: JobId, before: JobId | null): Job {
    const { db } = this.#given;
    const job = this.#requireQueued(id);
    if (before === null || before === id) return before === id ? job : this.#place(job, records.lastPosition(db) + 1);
    const target = this.#requireQueued(before);
    const positions = records
      .unfinishedJobs(db)
      .filter((other) => other.id !== id && other.position < target.position)
      .map((other) => other.position);
    const previous = positions.length === 0 ? target.position - 2 : Math.max(...positions);
    return this.#place({ ...job, priority: target.priority }, (previous + target.position) / 2);
  }

  setPriority(id: JobId, priority: JobPriority): Job {
    const job = this.#requireQueued(id);
    return this.#write({ ...job, priority, revision: job.revision + 1 });
  }

  clearFinished(): void {
    const { db, events } = this.#given;
    const gone = db.transaction('Clearing the queue', () => records.deleteFinishedJobs(db));
    for (const id of gone) {
      events.publish({ type: 'job.removed', id });
      void forgetResume(this.#given.resumeFolder, id);
    }
  }

  /** Resolves when nothing is running and nothing more will be started. Unfinished jobs stay queued or become interrupted. */
  async stop(): Promise<void> {
    this.#stopping = true;
    this.#running?.controller.abort();
    await this.#loop;
  }

  #requireQueued(id: JobId): Job {
    const job = records.requireJob(this.#given.db, id);
    if (job.status.state !== 'queued') throw new AppError('conflict', 'Only jobs that wait can be moved.');
    return job;
  }

  #place(job: Job, position: number): Job {
    return this.#write({ ...job, position, revision: job.revision + 1 });
  }

  #write(job: Job): Job {
    const { db } = this.#given;
    db.transaction('Writing the queue', () => records.writeJob(db, job));
    this.#tell(job);
    return job;
  }

  #tell(job: Job): void {
    this.#given.events.publish({ type: 'job.changed', job });
  }

  #wake(): void {
    this.#loop = this.#loop.then(() => this.#runAll()).catch((error: unknown) => this.#given.log.error('The queue stopped', error));
  }

  async #runAll(): Promise<void> {
    for (;;) {
      if (this.#stopping || this.paused) return;
      const job = records.nextQueuedJob(this.#given.db);
      if (job === null) return;
      await this.#run(job);
    }
  }

  async #run(queued: Job): Promise<void> {
    const { db, generations, inference, packs, assets, previews, log, workFolder, resumeFolder } = this.#given;
    const startedAtMs = Date.now();
    const generationId = newId(generationIdSchema);
    const controller = new AbortController();
    let pack: ResolvedPack;
    let addOns: ResolvedPack[];
    try {
      pack = packs.resolve(queued.request.packId);
      addOns = addOnsOfRequest(queued.request).map((id) => packs.resolve(id));
    } catch (error) {
      this.#write(records.transition(queued, { state: 'failed', finishedAtMs: Date.now(), error: toWireError(error) }));
      return;
    }
    const starting: JobState = {
      state: 'running',
      startedAtMs,
      backend: null,
      progress: { phase: 'Starting', step: 0, steps: 1, fraction: 0, remainingMs: null },
    };
    let job = records.transition(queued, starting, { generationId, attempts: queued.attempts + 1, message: null });
    db.transaction('Starting a job', () => {
      records.writeJob(db, job);
      const { id, name, version } = pack.manifest;
      generations.start({
        id: generationId,
        jobId: job.id,
        batchId: job.batchId,
        request: job.request,
        pack: { id, name, version, packHash: pack.packHash },
      });
    });
    this.#running = { id: job.id, generationId, controller };
    this.#tell(job);

    const shape = shapeOf(assets, job.request, pack.manifest);
    const folder = await mkdtemp(join(workFolder, 'run-'));
    let toldAt = 0;
    let previewRevision = 0;
    try {
      const inputFiles: Record<string, string> = {};
      for (const [role, hash] of Object.entries(inputsOfRequest(job.request))) inputFiles[role] = assets.filePath(hash);
      const result = await inference.run(
        { request: job.request, inputFiles, pack, addOns, resumeFile: resumeFile(resumeFolder, job.id), workFolder: folder },
        {
          onProgress: ({ phase, step, steps, fraction, backend }) => {
            const elapsedMs = Date.now() - startedAtMs;
            const expected = backend === null ? null : expectedMs(db, shape, backend);
            const progress = { phase, step, steps, fraction, remainingMs: remainingMs(elapsedMs, fraction, expected) };
            job = records.transition(job, { state: 'running', startedAtMs, backend, progress });
            if (Date.now() - toldAt < progressEveryMs) return;
            toldAt = Date.now();
            this.#tell(job);
          },
          onPreview: (file, mediaType) => {
            previewRevision += 1;
            previews.set(job.id, file, mediaType);
            this.#given.events.publish({ type: 'job.preview', jobId: job.id, revision: previewRevision });
          },
        },
        controller.signal,
      );
      const outputs = [];
      for (const { role, file, mediaType, size, bounds } of result.outputs) {
        outputs.push({ role, hash: (await assets.putFile(file, { mediaType, size })).hash, bounds });
      }
      const image = result.outputs.find((output) => output.role === 'image') ?? result.outputs[0];
      if (image?.size == null) throw new AppError('model-output-invalid', 'The run gave no picture.');
      const message = result.notes[0] ?? null;
      const done = records.transition(job, { state: 'succeeded', startedAtMs, finishedAtMs: Date.now() }, { message });
      const timings = { totalMs: result.totalMs, phasesMs: result.phasesMs };
      generations.succeed(
        generationId,
        { outputs, size: image.size, backend: result.backend, timings, notes: result.notes, details: result.details },
        () => {
          records.writeJob(db, done);
          // The rest of an interrupted run says nothing about a whole one.
          if (!('resumedAtStep' in result.details)) rememberRun(db, { ...shape, backend: result.backend, totalMs: result.totalMs });
        },
      );
      await forgetResume(resumeFolder, job.id);
      for (const { backend, reason } of result.failedBackends) packs.excludeBackend(job.request.packId, backend, reason);
      this.#tell(done);
    } catch (error) {
      this.#end(job, generationId, error, controller.signal.aborted);
    } finally {
      this.#running = null;
      previews.clear(job.id);
      await rm(folder, { recursive: true, force: true }).catch((error: unknown) => log.warn('A work folder stayed behind', error));
    }
  }

  #end(job: Job, generationId: GenerationId, error: unknown, aborted: boolean): void {
    const { db, generations, log } = this.#given;
    const finishedAtMs = Date.now();
    const wire = toWireError(error);
    let status: JobState;
    if (aborted) status = this.#stopping ? { state: 'interrupted', finishedAtMs } : { state: 'cancelled', finishedAtMs };
    else {
      log.error('A job failed', error);
      status = { state: 'failed', finishedAtMs, error: wire };
    }
    const ended = records.transition(job, status);
    const reached = status.state === 'failed' || status.state === 'cancelled' ? status.state : 'interrupted';
    generations.end(generationId, reached, aborted ? null : wire, () => records.writeJob(db, ended));
    this.#tell(ended);
  }
}

/** A mask belongs to its image pixel by pixel. */
function requireSameSize(assets: AssetStore, request: GenerationRequest): void {
  const inputs = inputsOfRequest(request);
  if (inputs.image === undefined || inputs.mask === undefined) return;
  const image = assets.record(inputs.image);
  const mask = assets.record(inputs.mask);
  if (image?.width === mask?.width && image?.height === mask?.height) return;
  throw new AppError('invalid-request', 'The mask does not have the size of the image.', {
    action: 'Use a mask of the same size as the image.',
  });
}
