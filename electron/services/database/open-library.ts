/** The library's database, opened safely: locked, checked, recovered when damaged, backed up before it is migrated. */
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type Database from 'better-sqlite3';
import { AppError } from '../../../shared/contract/errors.ts';
import type { Logger } from '../host.ts';
import { brandConnection, openConnection, type WriteDb } from './connection.ts';
import { listBackups, takeBackup } from './backups.ts';
import { lockLibrary } from './library-lock.ts';
import { migrate, newestVersion, requireKnownVersion, schemaVersionOf } from './migrate.ts';
import type { Migration } from './migration.ts';
import { migrations as shippedMigrations } from './migrations/index.ts';
import { recoverDatabase } from './recovery.ts';
import { guardStorage, isCorruption, storageError } from './storage-error.ts';

const backupEveryMs = 12 * 60 * 60 * 1000;

export interface Library {
  readonly db: WriteDb;
  readonly folder: string;
  readonly schemaVersion: number;
  /** What opening had to repair, for the user. */
  readonly notices: readonly string[];
  /** Takes a copy when the newest one is half a day old; runs beside other work. */
  backUpWhenDue(): Promise<void>;
  close(): void;
}

/** Throws library-locked, library-newer, read-only, disk-full. A damaged database is recovered and noted, not thrown. */
export async function openLibrary(folder: string, log: Logger, migrations: readonly Migration[] = shippedMigrations): Promise<Library> {
  guardStorage('Creating the library', () => mkdirSync(folder, { recursive: true }));
  const lock = lockLibrary(join(folder, 'library.lock'));
  const databaseFile = join(folder, 'library.db');
  const backupFolder = join(folder, 'backups');
  const notices: string[] = [];
  let db: Database.Database | null = null;
  try {
    db = openSound(databaseFile);
    if (db === null) {
      const recovery = recoverDatabase(databaseFile, backupFolder, join(folder, 'damaged'), migrations);
      const source =
        recovery.restoredFromMs === null ? 'no backup was found' : `the backup of ${new Date(recovery.restoredFromMs).toISOString()}`;
      notices.push(
        `The library was damaged and has been rebuilt (${source}; ${String(recovery.salvagedRows)} newer rows were read back). ` +
          `The damaged file is kept at ${recovery.damagedFile}.`,
      );
      log.warn('Library recovered', recovery);
      db = openSound(databaseFile);
      if (db === null)
        throw new AppError('library-corrupt', 'The library could not be rebuilt.', { action: 'Restore the library folder from a copy.' });
    }
    requireKnownVersion(db, migrations);
    const version = schemaVersionOf(db);
    if (version > 0 && version < newestVersion(migrations)) await takeBackup(db, backupFolder);
    migrate(db, migrations);
  } catch (error) {
    db?.close();
    lock.release();
    throw storageError(error, 'Opening the library');
  }
  const connection = db;
  let backup: Promise<unknown> = Promise.resolve();
  return {
    db: brandConnection(connection, log),
    folder,
    schemaVersion: schemaVersionOf(connection),
    notices,
    async backUpWhenDue() {
      const newest = listBackups(backupFolder)[0];
      if (newest !== undefined && Date.now() - newest.takenAtMs < backupEveryMs) return;
      backup = takeBackup(connection, backupFolder).catch((error: unknown) => log.warn('The library backup failed', error));
      await backup;
    },
    close() {
      if (!connection.open) return;
      // Leaves one file behind, which is easier to copy by hand.
      connection.pragma('wal_checkpoint(TRUNCATE)');
      connection.close();
      lock.release();
    },
  };
}

/** Null when the file is damaged. A missing file is created. */
function openSound(file: string): Database.Database | null {
  const existed = existsSync(file);
  let db: Database.Database | null = null;
  try {
    db = openConnection(file);
    if (!existed || db.pragma('quick_check(1)', { simple: true }) === 'ok') return db;
  } catch (error) {
    if (!isCorruption(error)) {
      db?.close();
      throw error;
    }
  }
  db?.close();
  return null;
}
