/** Files on their way in (packs waiting for packs.import) and out (rendered exports waiting to be fetched). */
import { AppError } from '../../../shared/contract/errors.ts';
import { exportIdSchema, uploadIdSchema, type ExportId, type UploadId } from '../../../shared/domain/ids.ts';
import { newId } from '../ids.ts';
import type { TransferStore } from '../service-types.ts';
import { openOwnedFolder } from './owned-folder.ts';

export interface TransferStoreOptions {
  /** Owned by the store and emptied at start; best on the library's disk, so that files move in by a rename. */
  folder: string;
  /** How long an upload waits to be taken, and an export to be fetched, since it was last asked for. */
  lifetimeMs?: number;
  now?: () => number;
}

export interface DisposableTransferStore extends TransferStore {
  /** Deletes what has outlived its time; also runs whenever the store is used. */
  sweep(): void;
  dispose(): void;
}

interface Held<Details> {
  file: string;
  details: Details;
  expiresAtMs: number;
}

const hourMs = 3_600_000;

export function createTransferStore(options: TransferStoreOptions): DisposableTransferStore {
  const { lifetimeMs = hourMs, now = Date.now } = options;
  const folder = openOwnedFolder(options.folder);
  const uploads = new Map<UploadId, Held<{ name: string }>>();
  const exports = new Map<ExportId, Held<{ fileName: string; mediaType: string }>>();

  function sweep(): void {
    for (const held of [uploads, exports]) {
      for (const [id, { file, expiresAtMs }] of held) {
        if (expiresAtMs > now()) continue;
        folder.remove(file);
        (held as Map<string, unknown>).delete(id);
      }
    }
  }

  const timer = setInterval(sweep, Math.min(lifetimeMs, hourMs / 6));
  timer.unref();

  return {
    sweep,
    addUpload(file, name) {
      sweep();
      const id = newId(uploadIdSchema);
      uploads.set(id, { file: folder.takeOver(file), details: { name }, expiresAtMs: now() + lifetimeMs });
      return id;
    },
    takeUpload(id) {
      sweep();
      const held = uploads.get(id);
      if (held === undefined) {
        throw new AppError('not-found', 'The uploaded file is no longer here.', { action: 'Choose the file again.' });
      }
      uploads.delete(id);
      return { file: held.file, ...held.details };
    },
    addExport(file, fileName, mediaType) {
      sweep();
      const id = newId(exportIdSchema);
      exports.set(id, { file: folder.takeOver(file), details: { fileName, mediaType }, expiresAtMs: now() + lifetimeMs });
      return id;
    },
    exportFile(id) {
      sweep();
      const held = exports.get(id);
      if (held === undefined) return null;
      held.expiresAtMs = now() + lifetimeMs;
      return { file: held.file, ...held.details };
    },
    dispose() {
      clearInterval(timer);
      for (const { file } of [...uploads.values(), ...exports.values()]) folder.remove(file);
      uploads.clear();
      exports.clear();
    },
  };
}
