/**
 * A damaged database is never repaired in place and never deleted: it is moved aside, the newest sound backup takes its
 * place, and every row that can still be read from the damaged file is added to it.
 */
import { copyFileSync, existsSync, mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import type { Migration } from './migration.ts';
import { migrate } from './migrate.ts';
import { isSound, listBackups } from './backups.ts';

/** Parents before children, so that foreign keys hold while rows are copied. Jobs and key_values have none. */
const salvagedTables = [
  'assets',
  'projects',
  'documents',
  'generations',
  'generation_outputs',
  'generation_tags',
  'clips',
  'asset_links',
  'jobs',
  'key_values',
] as const;

export interface Recovery {
  /** Where the damaged file is kept. */
  damagedFile: string;
  restoredFromMs: number | null;
  salvagedRows: number;
}

export function recoverDatabase(
  databaseFile: string,
  backupFolder: string,
  damagedFolder: string,
  migrations: readonly Migration[],
): Recovery {
  mkdirSync(damagedFolder, { recursive: true });
  const damagedFile = join(damagedFolder, `library-${String(Date.now())}.db`);
  for (const suffix of ['', '-wal', '-shm']) {
    if (existsSync(databaseFile + suffix)) renameSync(databaseFile + suffix, damagedFile + suffix);
  }
  const backup = listBackups(backupFolder).find(({ file }) => isSound(file));
  // Built under another name and renamed at the end: a crash half-way leaves a library that is recovered again.
  const rebuilt = `${databaseFile}.rebuilt`;
  if (backup !== undefined) copyFileSync(backup.file, rebuilt);
  const db = new Database(rebuilt);
  let salvagedRows: number;
  try {
    db.pragma('journal_mode = DELETE');
    db.pragma('synchronous = FULL');
    migrate(db, migrations);
    db.pragma('foreign_keys = ON');
    salvagedRows = salvage(damagedFile, db);
    rebuildSearch(db);
  } finally {
    db.close();
  }
  renameSync(rebuilt, databaseFile);
  return { damagedFile, restoredFromMs: backup?.takenAtMs ?? null, salvagedRows };
}

function salvage(damagedFile: string, into: Database.Database): number {
  let damaged: Database.Database;
  try {
    damaged = new Database(damagedFile, { fileMustExist: true });
  } catch {
    return 0;
  }
  let rows = 0;
  try {
    for (const table of salvagedTables) rows += salvageTable(damaged, into, table);
  } finally {
    damaged.close();
  }
  return rows;
}

function salvageTable(damaged: Database.Database, into: Database.Database, table: string): number {
  let copied = 0;
  // Both directions: a bad page in the middle stops each scan, but hides only itself.
  for (const direction of ['ASC', 'DESC']) {
    try {
      const key =
        into.prepare<[string], { name: string }>(`SELECT name FROM pragma_table_info(?) WHERE pk = 1`).get(table)?.name ?? 'rowid';
      for (const row of damaged.prepare<[], Record<string, unknown>>(`SELECT * FROM ${table} ORDER BY ${key} ${direction}`).iterate()) {
        copied += insertRow(into, table, row);
      }
      break;
    } catch {
      // Unreadable from here on; try from the other end.
    }
  }
  return copied;
}

function insertRow(into: Database.Database, table: string, row: Record<string, unknown>): number {
  const columns = Object.keys(row);
  try {
    return into
      .prepare(`INSERT OR IGNORE INTO ${table} (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`)
      .run(...Object.values(row)).changes;
  } catch {
    // A row that breaks a constraint came from the damage.
    return 0;
  }
}

function rebuildSearch(db: Database.Database): void {
  db.exec(`
    DELETE FROM generation_search;
    INSERT INTO generation_search(rowid, title, tags, pack, kind, parameters)
    SELECT g.sequence, g.title,
      coalesce((SELECT group_concat(t.tag, ' ') FROM generation_tags t WHERE t.generation_id = g.id), ''),
      g.pack_name || ' ' || g.pack_id, g.kind,
      (SELECT group_concat(p.key || ' ' || p.value, ' ') FROM json_each(g.request_json, '$.params') p) || ' seed ' || json_extract(g.request_json, '$.seed')
    FROM generations g;
  `);
}
