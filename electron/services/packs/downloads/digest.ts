/** Hashes as the hub tells them: SHA-256 of large files, git's blob hash (SHA-1 over "blob <size>\0" and the content) of small ones. */
import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import type { FileDigest } from '../../../../shared/domain/download.ts';

export function startDigest(digest: FileDigest, sizeBytes: number): Hash {
  return digest.kind === 'sha256' ? createHash('sha256') : createHash('sha1').update(`blob ${String(sizeBytes)}\0`);
}

export async function digestFile(file: string, into: Hash, signal: AbortSignal): Promise<void> {
  for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20, signal })) into.update(chunk as Buffer);
}
