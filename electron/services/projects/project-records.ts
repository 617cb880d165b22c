import { AppError } from '../../../shared/contract/errors.ts';
import { projectIdSchema, type ProjectId } from '../../../shared/domain/ids.ts';
import { projectSchema, type Project } from '../../../shared/domain/project.ts';
import type { ReadDb, WriteDb } from '../database/connection.ts';
import { newId } from '../ids.ts';

const columns = `p.id, p.name, p.created_at_ms AS createdAtMs, p.updated_at_ms AS updatedAtMs,
  (SELECT count(*) FROM documents d WHERE d.project_id = p.id AND d.trashed_at_ms IS NULL) AS documentCount,
  (SELECT count(*) FROM generations g WHERE g.project_id = p.id) AS generationCount`;

export function listProjects(db: ReadDb): Project[] {
  return projectSchema.array().parse(db.prepare(`SELECT ${columns} FROM projects p ORDER BY p.updated_at_ms DESC`).all());
}

export function readProject(db: ReadDb, id: ProjectId): Project {
  const row = db.prepare(`SELECT ${columns} FROM projects p WHERE p.id = ?`).get(id);
  if (row === undefined) throw new AppError('not-found', 'That project is not in the library.');
  return projectSchema.parse(row);
}

export function insertProject(db: WriteDb, name: string): ProjectId {
  const id = newId(projectIdSchema);
  const now = Date.now();
  db.prepare(`INSERT INTO projects (id, name, created_at_ms, updated_at_ms) VALUES (?, ?, ?, ?)`).run(id, name, now, now);
  return id;
}

/** Where work goes when the user has named no project: the oldest one, made when there is none. */
export function defaultProject(db: WriteDb): ProjectId {
  const row = db.prepare(`SELECT id FROM projects ORDER BY id LIMIT 1`).get() as { id: string } | undefined;
  return row === undefined ? insertProject(db, 'My project') : projectIdSchema.parse(row.id);
}

export function touchProject(db: WriteDb, id: ProjectId): void {
  db.prepare(`UPDATE projects SET updated_at_ms = ? WHERE id = ?`).run(Date.now(), id);
}

export function renameProject(db: WriteDb, id: ProjectId, name: string): void {
  db.prepare(`UPDATE projects SET name = ?, updated_at_ms = ? WHERE id = ?`).run(name, Date.now(), id);
}
