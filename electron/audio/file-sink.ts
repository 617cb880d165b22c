/** A file as it is written: under another name until it is whole and flushed, so that nothing half-written is ever found. */
import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { AppError } from '../../shared/contract/errors.ts';
import type { ByteSink } from './files/audio-source.ts';

const bufferBytes = 1 << 20;

/** The system's refusal to write, in words the user can act on; anything else comes back unchanged. */
export function writingError(error: unknown): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : null;
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new AppError('disk-full', 'The disk is full: writing the sound failed.', {
      action: 'Free some space, then export again. Nothing that was saved before is lost.',
      cause: error,
    });
  }
  if (code === 'EROFS' || code === 'EACCES' || code === 'EPERM') {
    return new AppError('read-only', 'Kiln may not write there: writing the sound failed.', {
      action: "Make the library's folder writable, or choose another one.",
      cause: error,
    });
  }
  return error;
}

export function guarded<Result>(work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    throw writingError(error);
  }
}

/** All of a buffer at a place of a file: the system may take less at a time. */
export function writeAll(handle: number, bytes: Uint8Array, position: number): void {
  for (let done = 0; done < bytes.length;) done += writeSync(handle, bytes, done, bytes.length - done, position + done);
}

export class FileSink implements ByteSink {
  readonly #file: string;
  readonly #part: string;
  readonly #handle: number;
  readonly #buffer = new Uint8Array(bufferBytes);
  #buffered = 0;
  #written = 0;
  #open = true;

  /** @throws AppError disk-full, read-only */
  constructor(file: string) {
    this.#file = file;
    this.#part = `${file}.part`;
    this.#handle = guarded(() => openSync(this.#part, 'wx', 0o600));
  }

  write(bytes: Uint8Array): void {
    for (let done = 0; done < bytes.length;) {
      const count = Math.min(bufferBytes - this.#buffered, bytes.length - done);
      this.#buffer.set(bytes.subarray(done, done + count), this.#buffered);
      this.#buffered += count;
      done += count;
      if (this.#buffered === bufferBytes) this.#flush();
    }
  }

  patch(offset: number, bytes: Uint8Array): void {
    this.#flush();
    if (offset + bytes.length > this.#written) throw new RangeError('A patch reaches past the end of the file.');
    guarded(() => {
      writeAll(this.#handle, bytes, offset);
    });
  }

  /** Puts the file in its place. @returns its size in bytes */
  finish(): number {
    this.#flush();
    guarded(() => {
      fsyncSync(this.#handle);
      closeSync(this.#handle);
      this.#open = false;
      renameSync(this.#part, this.#file);
    });
    return this.#written;
  }

  /** Leaves nothing behind. */
  discard(): void {
    if (this.#open) closeSync(this.#handle);
    this.#open = false;
    rmSync(this.#part, { force: true });
  }

  #flush(): void {
    if (this.#buffered === 0) return;
    guarded(() => {
      writeAll(this.#handle, this.#buffer.subarray(0, this.#buffered), this.#written);
    });
    this.#written += this.#buffered;
    this.#buffered = 0;
  }
}
