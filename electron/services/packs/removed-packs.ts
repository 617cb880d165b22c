/** Removed packs lie aside for a while, so that removing can be undone; then, or at the next start, they are deleted. */
import { existsSync, readdirSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '../../../shared/contract/errors.ts';
import type { PackId } from '../../../shared/domain/ids.ts';
import { storageError } from '../database/storage-error.ts';
import type { Logger } from '../host.ts';

const keptMs = 5 * 60_000;
const prefix = '.removed-';
/** What an import or a removal left behind when Kiln was ended in its midst. */
const leftover = /^\.(removed|importing|linked)-/;

export interface RemovedPacks {
  put(id: PackId, folder: string): Promise<void>;
  /** @throws not-found when it is deleted already, conflict when its place is taken */
  restore(id: PackId): Promise<void>;
}

export function createRemovedPacks(userFolder: string, log: Logger): RemovedPacks {
  const aside = (id: PackId): string => join(userFolder, `${prefix}${id}`);
  const discard = (name: string): void => {
    rm(join(userFolder, name), { recursive: true, force: true }).catch((error: unknown) => log.warn('A removed pack stayed behind', error));
  };
  if (existsSync(userFolder)) for (const name of readdirSync(userFolder)) if (leftover.test(name)) discard(name);
  const timers = new Map<PackId, NodeJS.Timeout>();

  function forget(id: PackId): void {
    clearTimeout(timers.get(id));
    timers.delete(id);
  }

  return {
    async put(id, folder) {
      forget(id);
      await rm(aside(id), { recursive: true, force: true });
      await rename(folder, aside(id)).catch((error: unknown) => {
        throw storageError(error, 'removing the pack');
      });
      const timer = setTimeout(() => {
        timers.delete(id);
        discard(`${prefix}${id}`);
      }, keptMs);
      timer.unref();
      timers.set(id, timer);
    },
    async restore(id) {
      if (!timers.has(id) || !existsSync(aside(id))) {
        throw new AppError('not-found', 'The model has been deleted for good meanwhile.', { action: 'Import it again.' });
      }
      if (existsSync(join(userFolder, id))) throw new AppError('conflict', `Another model is called "${id}" now.`);
      await rename(aside(id), join(userFolder, id));
      forget(id);
    },
  };
}
