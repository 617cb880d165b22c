import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, open, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { linkAssets } from '../assets/asset-records.ts';
import { createAssetStore } from '../assets/assets.ts';
import { insertProject, listProjects } from '../projects/project-records.ts';
import { inpaintRequest, silentLog } from '../testing/scratch-library.ts';
import { listBackups, takeBackup } from './backups.ts';
import { migrate } from './migrate.ts';
import { migrations } from './migrations/index.ts';
import { openLibrary } from './open-library.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kiln-database-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const anyHash = 'a'.repeat(64) as Parameters<typeof inpaintRequest>[0];

describe('migrations', () => {
  it.each(migrations.slice(0, -1).map((migration) => migration.version))('brings rows of version %i along', async (version) => {
    const old = new Database(join(folder, 'library.db'));
    migrate(old, migrations, version);
    old
      .prepare(
        `INSERT INTO generations (id, kind, title, request_json, pack_id, pack_name, pack_version, pack_hash, status, created_at_ms)
         VALUES ('G', 'inpaint', 'red barn', ?, 'p', 'Pack', '1.0.0', 'h', 'succeeded', 1)`,
      )
      .run(JSON.stringify(inpaintRequest(anyHash, anyHash, { seed: 31 })));
    // From version 20 on, Kiln itself writes the search row beside the generation.
    if (version >= 20) old.exec(`INSERT INTO generation_search(rowid, title, parameters) VALUES (1, 'red barn', 'seed 31')`);
    old.prepare(`INSERT INTO assets (hash, media_type, size_bytes, created_at_ms) VALUES (?, 'image/png', 1, 1)`).run(anyHash);
    for (const owner of ['generation', 'job', 'snapshot'])
      old.prepare(`INSERT INTO asset_links (owner_kind, owner_id, hash) VALUES (?, 'G', ?)`).run(owner, anyHash);
    old.close();
    const library = await openLibrary(folder, silentLog);
    expect(library.schemaVersion).toBe(migrations.at(-1)?.version);
    const found = library.db.prepare(`SELECT rowid FROM generation_search WHERE generation_search MATCH 'barn seed 31'`).all();
    expect(found).toHaveLength(1);
    expect(library.db.prepare(`SELECT details_json FROM generations`).get()).toEqual({ details_json: '{}' });
    const links = library.db.prepare(`SELECT owner_kind AS owner, owner_id AS id, hash FROM asset_links ORDER BY owner_kind`).all();
    expect(links).toEqual(['generation', 'job', 'snapshot'].map((owner) => ({ owner, id: 'G', hash: anyHash })));
    linkAssets(library.db, 'clip', 'C', [anyHash]);
    // Links of an owner that the table does not know would be left out without a word.
    expect(library.db.prepare(`SELECT hash FROM asset_links WHERE owner_kind = 'clip'`).all()).toEqual([{ hash: anyHash }]);
    expect(library.db.raw.pragma('foreign_key_check')).toEqual([]);
    expect(library.db.prepare(`SELECT count(*) AS clips FROM clips`).get()).toEqual({ clips: 0 });
    // What was there before is kept as it was.
    expect(listBackups(join(folder, 'backups'))).toHaveLength(1);
    library.close();
  });

  it('refuses a library made by a newer Kiln and leaves it alone', async () => {
    const newer = new Database(join(folder, 'library.db'));
    newer.pragma('user_version = 99999');
    newer.close();
    await expect(openLibrary(folder, silentLog)).rejects.toMatchObject({ code: 'library-newer' });
    const again = new Database(join(folder, 'library.db'));
    expect(again.pragma('user_version', { simple: true })).toBe(99999);
    again.close();
  });
});

describe('opening', () => {
  it('lets one Kiln in at a time', async () => {
    const first = await openLibrary(folder, silentLog);
    await expect(openLibrary(folder, silentLog)).rejects.toMatchObject({ code: 'library-locked' });
    first.close();
    (await openLibrary(folder, silentLog)).close();
  });

  it.each(['with', 'without'])('rebuilds a damaged database %s a backup and says so', async (backup) => {
    const library = await openLibrary(folder, silentLog);
    for (let number = 0; number < 500; number += 1) insertProject(library.db, `Project ${String(number)}`);
    if (backup === 'with') await takeBackup(library.db.raw, join(folder, 'backups'));
    insertProject(library.db, 'Made after the backup');
    library.close();
    const file = await open(join(folder, 'library.db'), 'r+');
    // A page in the middle is overwritten, as a failing disk does.
    const middle = Math.floor((await file.stat()).size / 4096 / 2) * 4096;
    await file.write(Buffer.alloc(4096, 0xa5), 0, 4096, middle);
    await file.write(Buffer.alloc(2048, 0x5a), 0, 2048, 4096 * 3);
    await file.close();
    const repaired = await openLibrary(folder, silentLog);
    expect(repaired.notices[0]).toContain('has been rebuilt');
    expect((await readdir(join(folder, 'damaged'))).length).toBeGreaterThan(0);
    expect(repaired.db.raw.pragma('integrity_check', { simple: true })).toBe('ok');
    if (backup === 'with') expect(listProjects(repaired.db).length).toBeGreaterThanOrEqual(500);
    repaired.close();
    expect((await openLibrary(folder, silentLog)).notices).toEqual([]);
  });

  it('keeps only the latest backups', async () => {
    const library = await openLibrary(folder, silentLog);
    for (let number = 0; number < 7; number += 1) await takeBackup(library.db.raw, join(folder, 'backups'));
    expect(listBackups(join(folder, 'backups'))).toHaveLength(4);
    library.close();
  });
});

function mountTmpfs(at: string, megabytes: number): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${String(megabytes)}m`, 'tmpfs', at], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

describe('a disk that refuses', () => {
  it('is named when full, and nothing that was stored is lost', async (context) => {
    const disk = join(folder, 'disk');
    await mkdir(disk);
    if (!mountTmpfs(disk, 12)) return context.skip('needs the right to mount a small disk');
    try {
      const library = await openLibrary(disk, silentLog);
      const assets = createAssetStore(library);
      const stored = [];
      let failure: unknown = null;
      for (let number = 0; failure === null && number < 40; number += 1) {
        try {
          stored.push(await assets.putBytes(new Uint8Array(1024 * 1024).fill(number), { mediaType: 'x/y', size: null }));
        } catch (error) {
          failure = error;
        }
      }
      expect(failure).toMatchObject({ code: 'disk-full' });
      expect(stored.length).toBeGreaterThan(3);
      for (const asset of stored) expect(existsSync(assets.filePath(asset.hash))).toBe(true);
      library.close();
      const reopened = await openLibrary(disk, silentLog);
      expect(reopened.notices).toEqual([]);
      reopened.close();
      execFileSync('mount', ['-o', 'remount,ro', disk]);
      await expect(openLibrary(disk, silentLog)).rejects.toMatchObject({ code: 'read-only' });
    } finally {
      execFileSync('umount', ['-l', disk]);
    }
  });
});
