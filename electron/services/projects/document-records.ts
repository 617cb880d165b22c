import { z } from 'zod';
import { AppError } from '../../../shared/contract/errors.ts';
import { documentRecordSchema, type DocumentRecord } from '../../../shared/domain/document.ts';
import type { DocumentId, ProjectId } from '../../../shared/domain/ids.ts';
import type { ReadDb, WriteDb } from '../database/connection.ts';

const columns = `id, project_id AS projectId, name, revision, width, height, snapshot, thumbnail,
  created_at_ms AS createdAtMs, updated_at_ms AS updatedAtMs, trashed_at_ms AS trashedAtMs`;

const rowSchema = documentRecordSchema.omit({ canvas: true }).extend({ width: z.number(), height: z.number() });

function recordOf(row: unknown): DocumentRecord {
  const { width, height, ...rest } = rowSchema.parse(row);
  return { ...rest, canvas: { width, height } };
}

export function readDocument(db: ReadDb, id: DocumentId): DocumentRecord {
  const row = db.prepare(`SELECT ${columns} FROM documents WHERE id = ?`).get(id);
  if (row === undefined) throw new AppError('not-found', 'That document is not in the library.', { action: 'It may have been deleted.' });
  return recordOf(row);
}

export function listDocuments(
  db: ReadDb,
  filter: { projectId: ProjectId | null; trashed: boolean; text: string; limit: number },
): DocumentRecord[] {
  const trash = filter.trashed ? 'IS NOT NULL' : 'IS NULL';
  const inProject = filter.projectId === null ? '' : 'AND project_id = ?';
  const rows = db
    .prepare(`SELECT ${columns} FROM documents WHERE trashed_at_ms ${trash} ${inProject} ORDER BY updated_at_ms DESC`)
    .iterate(...(filter.projectId === null ? [] : [filter.projectId]));
  // SQLite's LIKE ignores case for ASCII only.
  const wanted = filter.text.trim().toLocaleLowerCase();
  const found: DocumentRecord[] = [];
  for (const row of rows) {
    const record = recordOf(row);
    if (!record.name.toLocaleLowerCase().includes(wanted)) continue;
    found.push(record);
    if (found.length === filter.limit) break;
  }
  return found;
}

export function insertDocument(db: WriteDb, record: DocumentRecord): void {
  db.prepare(
    `INSERT INTO documents (id, project_id, name, revision, width, height, snapshot, thumbnail, created_at_ms, updated_at_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  ).run(
    record.id,
    record.projectId,
    record.name,
    record.revision,
    record.canvas.width,
    record.canvas.height,
    record.snapshot,
    record.thumbnail,
    record.createdAtMs,
    record.updatedAtMs,
  );
}

/** Writes the next revision over the one the caller saw. */
export function updateDocument(db: WriteDb, record: DocumentRecord): void {
  db.prepare(
    `UPDATE documents SET revision = ?, width = ?, height = ?, snapshot = ?, thumbnail = coalesce(?, thumbnail), updated_at_ms = ? WHERE id = ?`,
  ).run(record.revision, record.canvas.width, record.canvas.height, record.snapshot, record.thumbnail, record.updatedAtMs, record.id);
}

export function renameDocument(db: WriteDb, id: DocumentId, name: string): void {
  db.prepare(`UPDATE documents SET name = ? WHERE id = ?`).run(name, id);
}

export function moveDocument(db: WriteDb, id: DocumentId, projectId: ProjectId): void {
  db.prepare(`UPDATE documents SET project_id = ? WHERE id = ?`).run(projectId, id);
}

/** @returns how many there were */
export function deleteTrashedDocuments(db: WriteDb): number {
  return db.prepare(`DELETE FROM documents WHERE trashed_at_ms IS NOT NULL`).run().changes;
}

export function setDocumentTrashed(db: WriteDb, id: DocumentId, atMs: number | null): void {
  db.prepare(`UPDATE documents SET trashed_at_ms = ? WHERE id = ?`).run(atMs, id);
}
