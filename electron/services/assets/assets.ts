/** The asset store: files and rows as one thing, and the sweep of what nobody refers to any more. */
import { AppError } from '../../../shared/contract/errors.ts';
import type { Asset } from '../../../shared/domain/asset.ts';
import type { Size } from '../../../shared/domain/geometry.ts';
import type { AssetHash } from '../../../shared/domain/ids.ts';
import type { Library } from '../database/open-library.ts';
import { guardStorageAsync } from '../database/storage-error.ts';
import type { AssetStore } from '../service-types.ts';
import { openAssetFiles, type StoredFile } from './asset-files.ts';
import { deleteIfUnreferenced, findAsset, forgetUnusedSnapshots, insertAsset } from './asset-records.ts';

/** Files younger than this are never swept: their owner may be about to be written. */
const graceMs = 60 * 60 * 1000;

export interface SweepResult {
  removedFiles: number;
  freedBytes: number;
}

export interface SweepableAssetStore extends AssetStore {
  /** Every stored hash with its size. */
  list(): AsyncGenerator<{ hash: AssetHash; sizeBytes: number }>;
  /** Removes files that nothing refers to and that have been there for a while. */
  sweepOrphans(options?: { graceMs?: number }): Promise<SweepResult>;
}

export function createAssetStore(library: Library): SweepableAssetStore {
  const { db } = library;
  const files = openAssetFiles(library.folder);

  async function put(store: () => Promise<StoredFile>, details: { mediaType: string; size: Size | null }): Promise<Asset> {
    return guardStorageAsync('Storing a file', async () => {
      const stored = await store();
      const known = findAsset(db, stored.hash);
      if (known !== null) return known;
      const asset: Asset = {
        ...stored,
        mediaType: details.mediaType,
        width: details.size?.width ?? null,
        height: details.size?.height ?? null,
        createdAtMs: Date.now(),
      };
      db.transaction('Storing a file', () => insertAsset(db, asset));
      return asset;
    });
  }

  return {
    filePath: (hash) => files.path(hash),
    record: (hash) => findAsset(db, hash),
    requireAll(hashes) {
      for (const hash of hashes) {
        if (findAsset(db, hash) === null) {
          throw new AppError('not-found', `The library has no file ${hash.slice(0, 12)}….`, { action: 'Open the picture again.' });
        }
      }
    },
    putBytes: (bytes, details) => put(() => files.writeBytes(bytes), details),
    putStream: (stream, details) => put(() => files.writeStream(stream, details.limitBytes), details),
    putFile: (file, details) => put(() => files.takeOver(file), details),
    temporaryFile: (extension) => files.temporaryFile(extension),
    list: () => files.list(),
    async sweepOrphans(options = {}) {
      const olderThanMs = Date.now() - (options.graceMs ?? graceMs);
      forgetUnusedSnapshots(db);
      const result: SweepResult = { removedFiles: 0, freedBytes: 0 };
      for await (const file of files.list()) {
        // From here to the removal nothing else runs: a put in between would have renewed the file's age.
        const storedAtMs = files.storedAtMs(file.hash);
        if (storedAtMs === null || storedAtMs > olderThanMs || !deleteIfUnreferenced(db, file.hash)) continue;
        files.removeSync(file.hash);
        result.removedFiles += 1;
        result.freedBytes += file.sizeBytes;
      }
      return result;
    },
  };
}
