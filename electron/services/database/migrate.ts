import type Database from 'better-sqlite3';
import { AppError } from '../../../shared/contract/errors.ts';
import type { Migration } from './migration.ts';

export function schemaVersionOf(db: Database.Database): number {
  return Number(db.pragma('user_version', { simple: true }));
}

export function newestVersion(migrations: readonly Migration[]): number {
  return migrations.at(-1)?.version ?? 0;
}

/** Refuses a library made by a newer Kiln. */
export function requireKnownVersion(db: Database.Database, migrations: readonly Migration[]): void {
  const version = schemaVersionOf(db);
  const newest = newestVersion(migrations);
  if (version > newest) {
    throw new AppError(
      'library-newer',
      `This library was made by a newer Kiln (format ${String(version)}; this one knows ${String(newest)}).`,
      {
        action: 'Update Kiln, or open another library folder.',
      },
    );
  }
}

/** Brings the schema up to date, each step in its own transaction together with its version number. */
export function migrate(db: Database.Database, migrations: readonly Migration[], upTo = newestVersion(migrations)): void {
  let previous = 0;
  for (const migration of migrations) {
    if (migration.version <= previous) throw new Error(`Migration ${String(migration.version)} is out of order.`);
    previous = migration.version;
    if (migration.version <= schemaVersionOf(db) || migration.version > upTo) continue;
    db.transaction(() => {
      migration.up(db);
      db.pragma(`user_version = ${String(migration.version)}`);
    })();
  }
}
