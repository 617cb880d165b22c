/**
 * Changed copies of graphs on disk, found again by what went into them. A copy is put together aside and renamed, so that a kill
 * leaves nothing half-made under a key; the least recently used go when all together grow too large.
 */
import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { AppError } from '../../../shared/contract/errors.ts';

export interface CachedGraph {
  /** null: the changes leave this graph as it is. */
  file: string | null;
  notes: string[];
}

const recordSchema = z.object({ changed: z.boolean(), notes: z.array(z.string()) });
const recordName = 'changes.json';
export const graphName = 'model.onnx';
const unfinished = '.part-';
/** Two SDXL UNets in single precision. */
const defaultLimitBytes = 24 * 1024 ** 3;

export const graphKey = (parts: unknown): string => createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 40);

export class GraphCache {
  readonly #folder: string;
  readonly #limitBytes: number;
  #begun: Promise<void> | null = null;

  constructor(folder: string, limitBytes = defaultLimitBytes) {
    this.#folder = folder;
    this.#limitBytes = limitBytes;
  }

  /** @param make writes the graph to the path it is given, and says whether it did. Its failure leaves nothing behind. */
  async get(key: string, make: (file: string) => Promise<{ changed: boolean; notes: string[] }>): Promise<CachedGraph> {
    this.#begun ??= this.#begin();
    await this.#begun;
    const found = await this.#find(key);
    if (found !== null) return found;
    const aside = join(this.#folder, `${unfinished}${randomUUID()}`);
    await mkdir(aside);
    try {
      const record = await make(join(aside, graphName));
      await writeFile(join(aside, recordName), JSON.stringify(record), { flush: true });
      // What is there under the key is damaged, or it would have been found.
      await rm(join(this.#folder, key), { recursive: true, force: true });
      await rename(aside, join(this.#folder, key));
    } catch (error) {
      await rm(aside, { recursive: true, force: true });
      throw asDiskError(error);
    }
    await this.#prune(key);
    const made = await this.#find(key);
    if (made === null) throw new AppError('internal', 'A changed model was lost from the cache.', { action: 'Try again.' });
    return made;
  }

  async #begin(): Promise<void> {
    await mkdir(this.#folder, { recursive: true });
    // One inference process works for a library: what is unfinished belongs to one that was ended.
    for (const name of await readdir(this.#folder)) {
      if (name.startsWith(unfinished)) await rm(join(this.#folder, name), { recursive: true, force: true });
    }
  }

  async #find(key: string): Promise<CachedGraph | null> {
    const folder = join(this.#folder, key);
    try {
      const record = recordSchema.parse(JSON.parse(await readFile(join(folder, recordName), 'utf8')));
      const file = join(folder, graphName);
      if (record.changed) await stat(file);
      const now = new Date();
      await utimes(join(folder, recordName), now, now);
      return { file: record.changed ? file : null, notes: record.notes };
    } catch {
      return null;
    }
  }

  async #prune(kept: string): Promise<void> {
    const entries: { name: string; bytes: number; usedMs: number }[] = [];
    for (const name of await readdir(this.#folder)) {
      if (name.startsWith(unfinished)) continue;
      const folder = join(this.#folder, name);
      const used = await stat(join(folder, recordName)).catch(() => null);
      entries.push({ name, bytes: await sizeOf(folder), usedMs: used?.mtimeMs ?? 0 });
    }
    let total = entries.reduce((sum, { bytes }) => sum + bytes, 0);
    for (const { name, bytes } of entries.sort((one, other) => one.usedMs - other.usedMs)) {
      if (total <= this.#limitBytes) return;
      if (name === kept) continue;
      // Windows refuses while a session still reads it; then it goes the next time.
      await rm(join(this.#folder, name), { recursive: true, force: true }).catch(() => undefined);
      total -= bytes;
    }
  }
}

/** Files that are second names of a pack's own take no room of their own. */
async function sizeOf(folder: string): Promise<number> {
  let bytes = 0;
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const { size, nlink } = await stat(join(entry.parentPath, entry.name));
    if (nlink === 1) bytes += size;
  }
  return bytes;
}

function asDiskError(error: unknown): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : null;
  if (code !== 'ENOSPC' && code !== 'EDQUOT') return error;
  return new AppError('disk-full', 'The disk is too full for a copy of the model with its add-ons merged in.', {
    action: 'Free some space, or leave the LoRA out.',
    cause: error,
  });
}
