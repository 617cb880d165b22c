/** Looks the whole library over: the database's integrity, and every file against its row. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat, statfs } from 'node:fs/promises';
import { z } from 'zod';
import type { LibraryHealth } from '../../../shared/contract/calls/system-calls.ts';
import { assetHashSchema } from '../../../shared/domain/ids.ts';
import type { SweepableAssetStore } from '../assets/assets.ts';
import { isReferenced } from '../assets/asset-records.ts';
import type { Library } from '../database/open-library.ts';
import type { LibraryHealthService } from '../service-types.ts';

const shownProblems = 100;
const assetRows = z.array(z.object({ hash: assetHashSchema, size: z.int() }));

export function createLibraryHealth(library: Library, assets: SweepableAssetStore): LibraryHealthService {
  const { db } = library;
  const count = (sql: string): number => z.object({ n: z.int().nullable() }).parse(db.prepare(sql).get()).n ?? 0;

  return {
    async check({ hashFiles }) {
      const problems: string[] = [];
      const integrity = z.array(z.object({ integrity_check: z.string() })).parse(db.raw.pragma('integrity_check(20)'));
      for (const { integrity_check: line } of integrity) if (line !== 'ok') problems.push(line);
      const brokenLinks = (db.raw.pragma('foreign_key_check') as unknown[]).length;
      if (brokenLinks > 0) problems.push(`${String(brokenLinks)} rows refer to rows that are gone.`);
      const databaseOk = problems.length === 0;

      let missingAssets = 0;
      let corruptAssets = 0;
      const known = new Set<string>();
      for (const { hash, size } of assetRows.parse(db.prepare(`SELECT hash, size_bytes AS size FROM assets`).all())) {
        known.add(hash);
        const state = await fileState(assets.filePath(hash), hash, size, hashFiles);
        if (state === 'sound') continue;
        // A missing file that nobody refers to is what an interrupted sweep leaves: harmless.
        if (state === 'missing' && !isReferenced(db, hash)) continue;
        if (state === 'missing') missingAssets += 1;
        else corruptAssets += 1;
        problems.push(`File ${hash.slice(0, 12)}… is ${state === 'missing' ? 'missing' : 'damaged'}.`);
      }
      let orphanFiles = 0;
      for await (const { hash } of assets.list()) if (!known.has(hash)) orphanFiles += 1;

      return {
        integrity: databaseOk && missingAssets === 0 && corruptAssets === 0 ? 'ok' : 'failed',
        problems: problems.slice(0, shownProblems),
        schemaVersion: library.schemaVersion,
        assetCount: known.size,
        assetBytes: count(`SELECT sum(size_bytes) AS n FROM assets`),
        missingAssets,
        corruptAssets,
        orphanFiles,
        generationCount: count(`SELECT count(*) AS n FROM generations`),
        freeDiskBytes: await freeBytes(library.folder),
      } satisfies LibraryHealth;
    },
  };
}

async function fileState(file: string, hash: string, sizeBytes: number, hashFile: boolean): Promise<'sound' | 'missing' | 'damaged'> {
  const found = await stat(file).catch(() => null);
  if (found === null) return 'missing';
  if (found.size !== sizeBytes) return 'damaged';
  if (!hashFile) return 'sound';
  const hasher = createHash('sha256');
  for await (const chunk of createReadStream(file)) hasher.update(chunk as Buffer);
  return hasher.digest('hex') === hash ? 'sound' : 'damaged';
}

async function freeBytes(folder: string): Promise<number | null> {
  try {
    const { bavail, bsize } = await statfs(folder);
    return bavail * bsize;
  } catch {
    return null;
  }
}
