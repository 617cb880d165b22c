/** Jobs as rows: the whole job as JSON beside the columns that order the queue. */
import { z } from 'zod';
import { AppError } from '../../../shared/contract/errors.ts';
import { inputsOfRequest } from '../../../shared/domain/generation.ts';
import { jobSchema, jobTransitions, type Job, type JobState, type JobStateName } from '../../../shared/domain/job.ts';
import type { JobId } from '../../../shared/domain/ids.ts';
import { linkAssets, unlinkAssets } from '../assets/asset-records.ts';
import type { ReadDb, WriteDb } from '../database/connection.ts';

const rowSchema = z.object({ job_json: z.string() });
const parse = (row: unknown): Job => jobSchema.parse(JSON.parse(rowSchema.parse(row).job_json));

/** Interactive before batch, then by position. */
const runningOrder = `CASE state WHEN 'running' THEN 0 ELSE 1 END, CASE priority WHEN 'interactive' THEN 0 ELSE 1 END, position, id`;

export function findJob(db: ReadDb, id: JobId): Job | null {
  const row = db.prepare(`SELECT job_json FROM jobs WHERE id = ?`).get(id);
  return row === undefined ? null : parse(row);
}

export function requireJob(db: ReadDb, id: JobId): Job {
  const job = findJob(db, id);
  if (job === null) throw new AppError('not-found', 'That job is no longer in the queue.');
  return job;
}

export function unfinishedJobs(db: ReadDb): Job[] {
  return db.prepare(`SELECT job_json FROM jobs WHERE state IN ('queued', 'running') ORDER BY ${runningOrder}`).all().map(parse);
}

export function latestFinishedJobs(db: ReadDb, limit: number): Job[] {
  return db
    .prepare(`SELECT job_json FROM jobs WHERE state NOT IN ('queued', 'running') ORDER BY updated_at_ms DESC LIMIT ?`)
    .all(limit)
    .map(parse);
}

export function nextQueuedJob(db: ReadDb): Job | null {
  const row = db.prepare(`SELECT job_json FROM jobs WHERE state = 'queued' ORDER BY ${runningOrder} LIMIT 1`).get();
  return row === undefined ? null : parse(row);
}

export function lastPosition(db: ReadDb): number {
  return z.object({ last: z.number().nullable() }).parse(db.prepare(`SELECT max(position) AS last FROM jobs`).get()).last ?? 0;
}

/** Writes the job and keeps its pictures alive for as long as it may still run. */
export function writeJob(db: WriteDb, job: Job): void {
  const now = Date.now();
  db.prepare(
    `INSERT INTO jobs (id, batch_id, revision, priority, position, state, job_json, created_at_ms, updated_at_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (id) DO UPDATE SET revision = excluded.revision, priority = excluded.priority, position = excluded.position,
       state = excluded.state, job_json = excluded.job_json, updated_at_ms = excluded.updated_at_ms`,
  ).run(job.id, job.batchId, job.revision, job.priority, job.position, job.status.state, JSON.stringify(job), job.createdAtMs, now);
  if (job.status.state === 'succeeded') unlinkAssets(db, 'job', job.id);
  else {
    const snapshot = job.request.placement?.snapshot;
    linkAssets(db, 'job', job.id, [...Object.values(inputsOfRequest(job.request)), ...(snapshot === undefined ? [] : [snapshot])]);
  }
}

export function deleteFinishedJobs(db: WriteDb): JobId[] {
  const gone = db.prepare(`SELECT job_json FROM jobs WHERE state NOT IN ('queued', 'running')`).all().map(parse);
  for (const { id } of gone) {
    unlinkAssets(db, 'job', id);
    db.prepare(`DELETE FROM jobs WHERE id = ?`).run(id);
  }
  return gone.map(({ id }) => id);
}

/** The job in its next state; a transition that is not legal is a bug and throws. */
export function transition(job: Job, status: JobState, changes: Partial<Pick<Job, 'message' | 'generationId' | 'attempts'>> = {}): Job {
  const allowed: readonly JobStateName[] = jobTransitions[job.status.state];
  if (!allowed.includes(status.state)) {
    throw new AppError('conflict', `A job that is ${job.status.state} cannot become ${status.state}.`);
  }
  return { ...job, ...changes, status, revision: job.revision + 1 };
}
