import { AppError } from '../../../shared/contract/errors.ts';

function codeOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return '';
  if ('code' in error && typeof error.code === 'string') return error.code;
  // libvips, behind sharp, gives the system's words only.
  const words = 'message' in error && typeof error.message === 'string' ? error.message : '';
  return Object.entries(codesByWords).find(([phrase]) => words.includes(phrase))?.[1] ?? '';
}

const codesByWords: Record<string, string> = {
  'system error: No space left on device': 'ENOSPC',
  'system error: Disk quota exceeded': 'EDQUOT',
  'system error: Read-only file system': 'EROFS',
  'system error: Permission denied': 'EACCES',
};

export function isCorruption(error: unknown): boolean {
  return /^SQLITE_(CORRUPT|NOTADB)/.test(codeOf(error));
}

/** SQLite's and the file system's failures as errors the user can act on; anything else comes back unchanged. */
export function storageError(error: unknown, doing: string): unknown {
  if (error instanceof AppError) return error;
  const code = codeOf(error);
  if (code === 'SQLITE_FULL' || code === 'ENOSPC' || code === 'EDQUOT') {
    return new AppError('disk-full', `The disk is full: ${doing} failed.`, {
      action: 'Free some space, then try again. Nothing that was saved before is lost.',
      cause: error,
    });
  }
  if (code.startsWith('SQLITE_READONLY') || code === 'SQLITE_CANTOPEN' || code === 'EROFS' || code === 'EACCES' || code === 'EPERM') {
    return new AppError('read-only', `Kiln may not write to its library: ${doing} failed.`, {
      action: "Make the library's folder writable, or choose another one.",
      cause: error,
    });
  }
  // A full or read-only disk can also surface as an I/O error of the write-ahead log.
  if (code.startsWith('SQLITE_IOERR')) {
    return new AppError('disk-full', `The disk refused to write: ${doing} failed.`, {
      action: 'Check the free space and the health of the disk, then try again.',
      cause: error,
    });
  }
  if (isCorruption(error)) {
    return new AppError('library-corrupt', `The library's database is damaged: ${doing} failed.`, {
      action: 'Restart Kiln: it repairs the library from its latest backup.',
      cause: error,
    });
  }
  return error;
}

/** Runs storage work and turns its failures into AppErrors. */
export function guardStorage<Result>(doing: string, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    throw storageError(error, doing);
  }
}

export async function guardStorageAsync<Result>(doing: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw storageError(error, doing);
  }
}
