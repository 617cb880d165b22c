/**
 * One file from the hub to the disk. Bytes go to "<name>.part", which outlives a cut, a pause and a restart; what is there is
 * hashed again and the rest is asked for. The file takes its name only when its hash fits.
 */
import { mkdir, open, rename, rm, stat } from 'node:fs/promises';
import type { Hash } from 'node:crypto';
import { dirname, join } from 'node:path';
import { AppError } from '../../../../shared/contract/errors.ts';
import type { RemoteFile } from '../../../../shared/domain/download.ts';
import { storageError } from '../../database/storage-error.ts';
import type { HubResponse } from './connection.ts';
import { digestFile, startDigest } from './digest.ts';
import type { HubApi } from './hub-api.ts';
import { connectionError, Passing } from './network-error.ts';

/** Flushed to the disk this often, so that a power cut costs little. */
const syncEveryBytes = 64 * 1024 * 1024;

export interface FetchFileOptions {
  hub: HubApi;
  repository: string;
  commit: string;
  file: RemoteFile;
  /** The pack's folder, and the one that unfinished files are in. */
  folder: string;
  partsFolder: string;
  signal: AbortSignal;
  /** How much of this file is here; may fall when it has to start again. */
  onBytes: (receivedBytes: number) => void;
  onNote: (note: string | null) => void;
}

export const partOf = (partsFolder: string, file: RemoteFile): string => join(partsFolder, `${file.target}.part`);

/** Whether it is here and has its size; its hash was checked before it took its name. */
export async function isHere(folder: string, file: RemoteFile): Promise<boolean> {
  const found = await stat(join(folder, file.target)).catch(() => null);
  return found !== null && found.isFile() && found.size === file.sizeBytes;
}

/** What is here of files that are not finished. */
export async function partBytes(partsFolder: string, files: readonly RemoteFile[]): Promise<number> {
  let bytes = 0;
  for (const file of files) bytes += (await stat(partOf(partsFolder, file)).catch(() => null))?.size ?? 0;
  return bytes;
}

/**
 * One attempt.
 * @throws Passing when trying again may help; pack-invalid when the bytes are not those the hub announced (the part is gone then)
 */
export async function fetchFile(options: FetchFileOptions): Promise<void> {
  const { file, folder, partsFolder, signal, onBytes, onNote } = options;
  const part = partOf(partsFolder, file);
  const target = join(folder, file.target);
  try {
    await mkdir(dirname(part), { recursive: true });
    await mkdir(dirname(target), { recursive: true });
    const digest = startDigest(file.digest, file.sizeBytes);
    let received = (await stat(part).catch(() => null))?.size ?? 0;
    if (received > file.sizeBytes) {
      await rm(part, { force: true });
      received = 0;
    }
    if (received > 0) {
      onNote(`Checking what is here of ${file.target}`);
      await digestFile(part, digest, signal);
      onNote(null);
    }
    onBytes(received);
    const hash = received < file.sizeBytes ? await receiveRest(options, part, received, digest) : digest;
    if (hash.digest('hex') !== file.digest.hex) {
      await rm(part, { force: true });
      onBytes(0);
      throw new AppError('pack-invalid', `What arrived as ${file.target} is not the file the hub describes: its hash is another.`, {
        action: 'Resume to fetch it again. If it stays, the repository or the mirror is damaged.',
      });
    }
    await rename(part, target);
  } catch (error) {
    throw storageError(error, 'storing the download');
  }
}

/** Gives the digest over the whole file. */
async function receiveRest(options: FetchFileOptions, part: string, from: number, digest: Hash): Promise<Hash> {
  const { hub, repository, commit, file, signal } = options;
  const response = await hub.file(repository, commit, file.path, from, signal);
  try {
    if (response.status === 416) {
      await rm(part, { force: true });
      throw new Passing(`${hub.host()} has no rest of ${file.target}.`, 'the rest of the file was refused', {
        action: 'Resume: it is fetched from the start.',
      });
    }
    const continues = response.status === 206;
    checkAnnouncement(response, continues ? from : 0, file, hub.host());
    // Without 206 the whole file comes: mirrors may not know ranges.
    const fresh = continues ? digest : startDigest(file.digest, file.sizeBytes);
    await write(options, response, part, continues ? from : 0, fresh);
    return fresh;
  } finally {
    response.body.destroy();
  }
}

function checkAnnouncement(response: HubResponse, from: number, file: RemoteFile, host: string): void {
  const wrong = (what: string): Passing =>
    new Passing(`${host} sends another piece of ${file.target} than was asked for (${what}).`, 'the hub sent the wrong piece', {
      action: 'Resume, or try again later.',
    });
  if (response.status === 206) {
    const range = /^bytes (\d+)-(\d+)\/(\d+|\*)$/.exec(response.header('content-range') ?? '');
    if (range === null || Number(range[1]) !== from) throw wrong(response.header('content-range') ?? 'no range');
    if (range[3] !== '*' && Number(range[3]) !== file.sizeBytes) throw wrong(`${String(range[3])} bytes in all`);
  }
  const linked = response.header('x-linked-etag')?.replace(/^W\//, '').replaceAll('"', '') ?? '';
  if (file.digest.kind === 'sha256' && /^[0-9a-f]{64}$/.test(linked) && linked !== file.digest.hex) {
    throw new AppError('pack-invalid', `${host} has another ${file.target} now than its list says.`, {
      action: 'Cancel this download and add the repository again.',
    });
  }
}

async function write(
  { hub, file, onBytes }: FetchFileOptions,
  response: HubResponse,
  part: string,
  from: number,
  digest: Hash,
): Promise<void> {
  const handle = await open(part, from > 0 ? 'r+' : 'w', 0o600);
  let at = from;
  let unsynced = 0;
  try {
    try {
      for await (const piece of response.body) {
        const chunk = piece as Buffer;
        if (at + chunk.byteLength > file.sizeBytes) {
          throw new AppError('pack-invalid', `${hub.host()} sends more of ${file.target} than it announced.`, {
            action: 'Do not use this mirror.',
          });
        }
        await writeAll(handle, chunk, at);
        digest.update(chunk);
        at += chunk.byteLength;
        unsynced += chunk.byteLength;
        onBytes(at);
        if (unsynced >= syncEveryBytes) {
          await handle.datasync();
          unsynced = 0;
        }
      }
    } catch (error) {
      throw connectionError(error, hub.host());
    }
    if (at < file.sizeBytes) {
      throw new Passing(`The connection to ${hub.host()} ended in the middle of ${file.target}.`, 'the connection was cut', {
        action: 'Resume: what has arrived is kept.',
      });
    }
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function writeAll(handle: Awaited<ReturnType<typeof open>>, chunk: Buffer, at: number): Promise<void> {
  for (let written = 0; written < chunk.byteLength;) {
    written += (await handle.write(chunk, written, chunk.byteLength - written, at + written)).bytesWritten;
  }
}
