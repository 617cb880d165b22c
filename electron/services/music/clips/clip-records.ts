/** Rows of clips. The state is JSON in the row; what it names is linked in the same transaction. */
import { z } from 'zod';
import { AppError } from '../../../../shared/contract/errors.ts';
import { clipRecordSchema, clipStateSchema, type ClipRecord, type ClipState } from '../../../../shared/domain/clip.ts';
import type { AssetHash, ClipId, ProjectId } from '../../../../shared/domain/ids.ts';
import { linkAssets } from '../../assets/asset-records.ts';
import type { ReadDb, WriteDb } from '../../database/connection.ts';

const columns = `id, project_id AS projectId, name, revision, state_json AS stateJson, thumbnail,
  created_at_ms AS createdAtMs, updated_at_ms AS updatedAtMs, trashed_at_ms AS trashedAtMs`;

const rowSchema = clipRecordSchema.omit({ state: true }).extend({ stateJson: z.string() });

function recordOf(row: unknown): ClipRecord {
  const { stateJson, ...rest } = rowSchema.parse(row);
  return { ...rest, state: clipStateSchema.parse(JSON.parse(stateJson)) };
}

/** The scores that a state names, each once. */
export const scoresOfClip = ({ score, takes }: ClipState): AssetHash[] => [...new Set([score, ...takes.map((take) => take.score)])];

export function readClip(db: ReadDb, id: ClipId): ClipRecord {
  const row = db.prepare(`SELECT ${columns} FROM clips WHERE id = ?`).get(id);
  if (row === undefined) throw new AppError('not-found', 'That clip is not in the library.', { action: 'It may have been deleted.' });
  return recordOf(row);
}

/** Newest first. */
export function listClips(db: ReadDb, filter: { projectId: ProjectId | null; trashed: boolean; limit: number }): ClipRecord[] {
  const trash = filter.trashed ? 'IS NOT NULL' : 'IS NULL';
  const inProject = filter.projectId === null ? '' : 'AND project_id = ?';
  return db
    .prepare(`SELECT ${columns} FROM clips WHERE trashed_at_ms ${trash} ${inProject} ORDER BY updated_at_ms DESC, id DESC LIMIT ?`)
    .all(...(filter.projectId === null ? [] : [filter.projectId]), filter.limit)
    .map(recordOf);
}

function link(db: WriteDb, { id, state, thumbnail }: ClipRecord): void {
  linkAssets(db, 'clip', id, [...scoresOfClip(state), ...(thumbnail === null ? [] : [thumbnail])]);
}

export function insertClip(db: WriteDb, record: ClipRecord): void {
  db.prepare(
    `INSERT INTO clips (id, project_id, name, revision, state_json, thumbnail, created_at_ms, updated_at_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
  ).run(
    record.id,
    record.projectId,
    record.name,
    record.revision,
    JSON.stringify(record.state),
    record.thumbnail,
    record.createdAtMs,
    record.updatedAtMs,
  );
  link(db, record);
}

/** Writes the next revision over the one the caller saw. */
export function updateClip(db: WriteDb, record: ClipRecord): void {
  db.prepare(`UPDATE clips SET revision = ?, state_json = ?, thumbnail = ?, updated_at_ms = ? WHERE id = ?`).run(
    record.revision,
    JSON.stringify(record.state),
    record.thumbnail,
    record.updatedAtMs,
    record.id,
  );
  link(db, record);
}

export function renameClip(db: WriteDb, id: ClipId, name: string): void {
  db.prepare(`UPDATE clips SET name = ? WHERE id = ?`).run(name, id);
}

export function setClipTrashed(db: WriteDb, id: ClipId, atMs: number | null): void {
  db.prepare(`UPDATE clips SET trashed_at_ms = ? WHERE id = ?`).run(atMs, id);
}
