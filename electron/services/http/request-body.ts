/** Reading request bodies with a limit that holds however much is sent and whatever the headers claim. */
import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream } from 'node:stream/web';
import { createInflateRaw } from 'node:zlib';
import { AppError } from '../../../shared/contract/errors.ts';
import { storageError } from '../database/storage-error.ts';

/** The body as a stream that fails with too-large past the limit. */
export function limitedBody(request: Request, limitBytes: number): { source: Readable; limiter: Transform } {
  const claimed = Number(request.headers.get('Content-Length') ?? '0');
  if (claimed > limitBytes) throw tooLarge(limitBytes);
  if (request.body === null) throw new AppError('invalid-request', 'The upload is empty.');
  let bytes = 0;
  const limiter = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.byteLength;
      if (bytes > limitBytes) done(tooLarge(limitBytes));
      else done(null, chunk);
    },
  });
  return { source: Readable.fromWeb(request.body as ReadableStream<Uint8Array>), limiter };
}

/** Writes the body to a file; nothing is left of it when that fails. */
export async function bodyToFile(request: Request, file: string, limitBytes: number): Promise<void> {
  const { source, limiter } = limitedBody(request, limitBytes);
  try {
    await pipeline(source, limiter, createWriteStream(file, { flags: 'wx', mode: 0o600 }));
  } catch (error) {
    await rm(file, { force: true });
    throw storageError(bodyError(error), 'storing the upload');
  }
}

export async function bodyToBytes(request: Request, limitBytes: number): Promise<Buffer> {
  const { source, limiter } = limitedBody(request, limitBytes);
  const chunks: Buffer[] = [];
  try {
    await pipeline(source, limiter, async (stream) => {
      for await (const chunk of stream) chunks.push(chunk as Buffer);
    });
  } catch (error) {
    throw bodyError(error);
  }
  return Buffer.concat(chunks);
}

/**
 * Inflates a raw-deflate body that must hold exactly `exactBytes`. Memory grows with what has really arrived, never past
 * that size, so neither a bomb nor an absurd claim costs more than the honest upload would.
 */
export async function inflateBody(request: Request, exactBytes: number, limitBytes: number): Promise<Buffer> {
  const { source, limiter } = limitedBody(request, limitBytes);
  return collectExactly(exactBytes, (collect) => pipeline(source, limiter, createInflateRaw({ chunkSize: 1 << 18 }), collect));
}

/** Checks bytes that stay deflated. */
export async function checkDeflated(bytes: Buffer, exactBytes: number): Promise<void> {
  await collectExactly(exactBytes, (collect) => pipeline(Readable.from([bytes]), createInflateRaw(), collect));
}

type Collect = (stream: AsyncIterable<Buffer>) => Promise<void>;

async function collectExactly(exactBytes: number, run: (collect: Collect) => Promise<void>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    await run(async (stream) => {
      for await (const chunk of stream) {
        bytes += chunk.byteLength;
        if (bytes > exactBytes) throw wrongSize(exactBytes, 'more');
        chunks.push(chunk);
      }
    });
  } catch (error) {
    throw bodyError(error);
  }
  if (bytes < exactBytes) throw wrongSize(exactBytes, 'fewer');
  return Buffer.concat(chunks, bytes);
}

function wrongSize(exactBytes: number, which: 'more' | 'fewer'): AppError {
  return new AppError('invalid-request', `The upload holds ${which} pixels than it says: ${String(exactBytes)} bytes were expected.`);
}

function tooLarge(limitBytes: number): AppError {
  const limit =
    limitBytes >= 1 << 20 ? `${String(Math.floor(limitBytes / (1 << 20)))} MiB` : `${String(Math.floor(limitBytes / 1024))} KiB`;
  return new AppError('too-large', `The upload is larger than ${limit}.`, { action: 'Choose a smaller file.' });
}

function bodyError(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof AppError) return error;
  const code = 'code' in error ? String(error.code) : '';
  if (code.startsWith('Z_')) {
    return new AppError('invalid-request', 'The upload is not what it says: it cannot be inflated.', { cause: error });
  }
  if (error.name === 'AbortError' || code === 'ABORT_ERR' || code === 'ERR_STREAM_PREMATURE_CLOSE' || code === 'ECONNRESET') {
    return new AppError('cancelled', 'The upload was broken off.', { cause: error });
  }
  return error;
}
