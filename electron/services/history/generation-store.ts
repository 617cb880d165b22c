/** Writes generations as jobs run them. Outputs are stored before; rows, lineage and the job change in one transaction. */
import { AppError } from '../../../shared/contract/errors.ts';
import { inputsOfRequest } from '../../../shared/domain/generation.ts';
import type { GenerationId } from '../../../shared/domain/ids.ts';
import { linkAssets } from '../assets/asset-records.ts';
import type { WriteDb } from '../database/connection.ts';
import type { EventBus, GenerationStore } from '../service-types.ts';
import { readGeneration } from './generation-rows.ts';
import { indexGeneration } from './search-index.ts';

export function createGenerationStore(db: WriteDb, events: EventBus): GenerationStore {
  function requireRunning(id: GenerationId): void {
    const row = db.prepare(`SELECT status FROM generations WHERE id = ?`).get(id) as { status: string } | undefined;
    if (row?.status !== 'running') throw new AppError('conflict', `Generation ${id} is not running.`);
  }

  return {
    start({ id, jobId, batchId, request, pack }) {
      db.transaction('Recording a generation', () => {
        db.prepare(
          `INSERT INTO generations (id, project_id, job_id, batch_id, parent_id, kind, title, request_json, pack_id, pack_name, pack_version, pack_hash, status, created_at_ms)
           VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'running', ?)`,
        ).run(
          id,
          request.projectId,
          jobId,
          batchId,
          request.parentId,
          request.kind,
          request.title,
          JSON.stringify(request),
          pack.id,
          pack.name,
          pack.version,
          pack.packHash,
          Date.now(),
        );
        const snapshot = request.placement?.snapshot;
        linkAssets(db, 'generation', id, [...Object.values(inputsOfRequest(request)), ...(snapshot === undefined ? [] : [snapshot])]);
        indexGeneration(db, id);
      });
      events.publish({ type: 'history.changed' });
    },
    succeed(id, result, alsoInTransaction) {
      db.transaction('Recording a result', () => {
        requireRunning(id);
        db.prepare(
          `UPDATE generations SET status = 'succeeded', backend = ?, width = ?, height = ?, timings_json = ?, notes_json = ?, details_json = ?, finished_at_ms = ? WHERE id = ?`,
        ).run(
          result.backend,
          result.size.width,
          result.size.height,
          JSON.stringify(result.timings),
          JSON.stringify(result.notes),
          JSON.stringify(result.details),
          Date.now(),
          id,
        );
        const insert = db.prepare(
          `INSERT INTO generation_outputs (generation_id, position, role, hash, x, y, width, height) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
        );
        result.outputs.forEach(({ role, hash, bounds }, position) =>
          insert.run(id, position, role, hash, bounds.x, bounds.y, bounds.width, bounds.height),
        );
        alsoInTransaction();
      });
      events.publish({ type: 'history.changed' });
    },
    end(id, status, error, alsoInTransaction) {
      db.transaction('Recording how a generation ended', () => {
        requireRunning(id);
        db.prepare(`UPDATE generations SET status = ?, error_json = ?, finished_at_ms = ? WHERE id = ?`).run(
          status,
          error === null ? null : JSON.stringify(error),
          Date.now(),
          id,
        );
        alsoInTransaction();
      });
      events.publish({ type: 'history.changed' });
    },
    get: (id) => readGeneration(db, id),
  };
}
