/** Whether something large fits onto the disk, asked before it is begun. */
import { statfs } from 'node:fs/promises';
import { AppError } from '../../../shared/contract/errors.ts';

/** Kept free beside it. */
const spareBytes = 64 * 1024 ** 2;

/** @throws disk-full, saying how much is missing */
export async function requireDiskSpace(folder: string, bytes: number, what: string): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  const freeBytes = bavail * bsize;
  if (freeBytes >= bytes + spareBytes) return;
  throw new AppError('disk-full', `${what} takes ${gibibytes(bytes)}; the disk has ${gibibytes(freeBytes)} free.`, {
    action: `Free ${gibibytes(bytes + spareBytes - freeBytes)} or more, then try again.`,
  });
}

const gibibytes = (bytes: number): string =>
  bytes < 1024 ** 3 ? `${String(Math.ceil(bytes / 1024 ** 2))} MiB` : `${(bytes / 1024 ** 3).toFixed(1)} GiB`;
