import Database from 'better-sqlite3';
import { AppError } from '../../../shared/contract/errors.ts';
import { storageError } from './storage-error.ts';

/**
 * One Kiln a library. The lock is an exclusive transaction on a small database of its own: the operating system drops it
 * when the process dies, however it dies, so no stale lock file is ever left behind.
 */
export function lockLibrary(file: string): { release(): void } {
  let db: Database.Database | null = null;
  try {
    db = new Database(file, { timeout: 0 });
    db.pragma('journal_mode = DELETE');
    db.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    db?.close();
    if (error instanceof Database.SqliteError && error.code.startsWith('SQLITE_BUSY')) {
      throw new AppError('library-locked', 'This library is open in another Kiln.', {
        action: 'Close the other Kiln, or start this one with another library folder.',
        cause: error,
      });
    }
    throw storageError(error, 'Opening the library');
  }
  const held = db;
  return {
    release() {
      if (held.inTransaction) held.exec('ROLLBACK');
      held.close();
    },
  };
}
