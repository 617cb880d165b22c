/**
 * Bytes by hash. A file appears under its hash only when it is whole and flushed: written under a temporary name on the
 * same disk, fsynced, renamed, and the folder fsynced. An interrupted write leaves at most a temporary file.
 */
import { createHash, randomUUID, type Hash } from 'node:crypto';
import { createReadStream, createWriteStream, mkdirSync, rmSync, statSync, unlinkSync, utimesSync } from 'node:fs';
import { copyFile, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Transform, type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { AppError } from '../../../shared/contract/errors.ts';
import { assetHashSchema, type AssetHash } from '../../../shared/domain/ids.ts';

export interface StoredFile {
  hash: AssetHash;
  sizeBytes: number;
}

export interface AssetFiles {
  path(hash: AssetHash): string;
  temporaryFile(extension: string): string;
  writeBytes(bytes: Uint8Array): Promise<StoredFile>;
  writeStream(stream: Readable, limitBytes: number): Promise<StoredFile>;
  /** The source is gone afterwards. */
  takeOver(file: string): Promise<StoredFile>;
  /** Every stored hash with its size and age. */
  list(): AsyncGenerator<{ hash: AssetHash; sizeBytes: number; modifiedAtMs: number }>;
  /** Last time these bytes were stored (again); null when there is no such file. */
  storedAtMs(hash: AssetHash): number | null;
  /** Synchronous, so that nothing can store the same bytes between a check and the removal. */
  removeSync(hash: AssetHash): void;
}

export function openAssetFiles(libraryFolder: string): AssetFiles {
  const root = join(libraryFolder, 'assets');
  const temporary = join(libraryFolder, 'temporary');
  rmSync(temporary, { recursive: true, force: true });
  mkdirSync(root, { recursive: true });
  mkdirSync(temporary, { recursive: true });

  const path = (hash: AssetHash): string => join(root, hash.slice(0, 2), hash);
  const temporaryFile = (extension: string): string => join(temporary, randomUUID() + extension);

  async function place(file: string, hash: AssetHash): Promise<void> {
    const target = path(hash);
    if (touch(target)) {
      await rm(file);
      return;
    }
    const handle = await open(file, 'r+');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
    const folder = dirname(target);
    if ((await mkdir(folder, { recursive: true })) !== undefined) await syncFolder(root);
    await rename(file, target);
    await syncFolder(folder);
  }

  async function writeThrough(stream: Readable, limitBytes: number): Promise<StoredFile> {
    const file = temporaryFile('.part');
    const hash = createHash('sha256');
    const counter = hashingLimiter(hash, limitBytes);
    try {
      await pipeline(stream, counter.transform, createWriteStream(file, { flags: 'wx' }));
      const name = assetHashSchema.parse(hash.digest('hex'));
      await place(file, name);
      return { hash: name, sizeBytes: counter.bytes() };
    } catch (error) {
      await rm(file, { force: true });
      throw error;
    }
  }

  return {
    path,
    temporaryFile,
    async writeBytes(bytes) {
      const hash = assetHashSchema.parse(createHash('sha256').update(bytes).digest('hex'));
      if (!touch(path(hash))) {
        const file = temporaryFile('.part');
        try {
          const handle = await open(file, 'wx');
          try {
            await handle.writeFile(bytes);
          } finally {
            await handle.close();
          }
          await place(file, hash);
        } catch (error) {
          await rm(file, { force: true });
          throw error;
        }
      }
      return { hash, sizeBytes: bytes.byteLength };
    },
    writeStream: writeThrough,
    async takeOver(file) {
      const hasher = createHash('sha256');
      for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20 })) hasher.update(chunk as Buffer);
      const hash = assetHashSchema.parse(hasher.digest('hex'));
      const { size } = await stat(file);
      try {
        await place(file, hash);
      } catch (error) {
        if (!isCrossDevice(error)) throw error;
        const copy = temporaryFile('.part');
        await copyFile(file, copy);
        await place(copy, hash);
        await rm(file, { force: true });
      }
      return { hash, sizeBytes: size };
    },
    async *list() {
      for (const folder of await readdir(root)) {
        for (const name of await readdir(join(root, folder))) {
          const hash = assetHashSchema.safeParse(name);
          if (!hash.success) continue;
          const { size, mtimeMs } = await stat(join(root, folder, name));
          yield { hash: hash.data, sizeBytes: size, modifiedAtMs: mtimeMs };
        }
      }
    },
    storedAtMs: (hash) => statSync(path(hash), { throwIfNoEntry: false })?.mtimeMs ?? null,
    removeSync: (hash) => unlinkSync(path(hash)),
  };
}

function hashingLimiter(hash: Hash, limitBytes: number): { transform: Transform; bytes(): number } {
  let bytes = 0;
  const transform = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.byteLength;
      if (bytes > limitBytes) {
        done(new AppError('too-large', `The file is larger than ${String(Math.floor(limitBytes / 1_048_576))} MiB.`));
        return;
      }
      hash.update(chunk);
      done(null, chunk);
    },
  });
  return { transform, bytes: () => bytes };
}

/** Renews a file's age, so that a sweep leaves it alone until its new owner is written. False when there is no such file. */
function touch(file: string): boolean {
  const now = new Date();
  try {
    utimesSync(file, now, now);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false;
    throw error;
  }
}

/** Makes renames in a folder durable. Windows has no such call, and needs none. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function isCrossDevice(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EXDEV';
}
