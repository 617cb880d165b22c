/** A folder of short-lived files that nobody else touches: emptied at start, files moved in and deleted when their time is up. */
import { randomUUID } from 'node:crypto';
import { copyFileSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';

export interface OwnedFolder {
  /** Moves a file in and returns its new path. */
  takeOver(file: string): string;
  remove(file: string): void;
}

export function openOwnedFolder(folder: string): OwnedFolder {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return {
    takeOver(file) {
      const target = join(folder, randomUUID());
      try {
        renameSync(file, target);
      } catch (error) {
        if (!(error instanceof Error) || !('code' in error) || error.code !== 'EXDEV') throw error;
        copyFileSync(file, target);
        rmSync(file, { force: true });
      }
      return target;
    },
    remove(file) {
      try {
        rmSync(file, { force: true });
      } catch {
        // Windows refuses while somebody still reads it; the next start empties the folder.
      }
    },
  };
}
