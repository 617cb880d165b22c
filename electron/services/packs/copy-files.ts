/** Copies or moves files into a pack, hashing on the way: cloned where the disk can, else streamed; cancelled at any byte. */
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream, constants } from 'node:fs';
import { copyFile, mkdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { AppError } from '../../../shared/contract/errors.ts';
import { storageError } from '../database/storage-error.ts';
import { refuseLfsPointer } from './lfs-pointer.ts';
import type { SourceFile } from './source-files.ts';

export interface CopyOptions {
  /** The files are given away: a rename is enough. */
  move: boolean;
  signal: AbortSignal;
  /** Bytes done of all of them. */
  onBytes: (doneBytes: number) => void;
}

const chunkBytes = 1 << 20;

/** @returns SHA-256 by target path. @throws cancelled, disk-full, pack-invalid for Git LFS pointers */
export async function copyFiles(
  files: readonly { from: SourceFile; to: string }[],
  root: string,
  { move, signal, onBytes }: CopyOptions,
): Promise<Map<string, string>> {
  const hashes = new Map<string, string>();
  let doneBytes = 0;
  const count = (bytes: number): void => {
    doneBytes += bytes;
    onBytes(doneBytes);
  };
  for (const { from, to } of files) {
    cancelledBy(signal);
    await refuseLfsPointer(from.file, from.path);
    const target = join(root, to);
    await mkdir(dirname(target), { recursive: true });
    try {
      const there = move ? await renamed(from.file, target) : await cloned(from.file, target);
      hashes.set(to, there ? await hashed(target, null, signal, count) : await hashed(from.file, target, signal, count));
      if (move && !there) await rm(from.file, { force: true });
    } catch (error) {
      cancelledBy(signal);
      throw storageError(error, `copying ${from.path}`);
    }
  }
  return hashes;
}

function cancelledBy(signal: AbortSignal): void {
  if (signal.aborted) throw new AppError('cancelled', 'The import was stopped.');
}

/** False on another disk. */
async function renamed(file: string, target: string): Promise<boolean> {
  return rename(file, target).then(
    () => true,
    () => false,
  );
}

/** Copy-on-write, where the file system has it: no bytes move. */
async function cloned(file: string, target: string): Promise<boolean> {
  return copyFile(file, target, constants.COPYFILE_FICLONE_FORCE).then(
    () => true,
    () => rm(target, { force: true }).then(() => false),
  );
}

/** Reads every byte, and writes them to `target` when there is one. */
async function hashed(file: string, target: string | null, signal: AbortSignal, count: (bytes: number) => void): Promise<string> {
  const hash = createHash('sha256');
  const watch = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      count(chunk.byteLength);
      done(null, target === null ? undefined : chunk);
    },
  });
  const source = createReadStream(file, { highWaterMark: chunkBytes });
  if (target === null) {
    // Every chunk ends in the watch.
    watch.resume();
    await pipeline(source, watch, { signal });
  } else await pipeline(source, watch, createWriteStream(target, { flags: 'wx' }), { signal });
  return hash.digest('hex');
}
