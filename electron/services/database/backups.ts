/** Rotating copies of the database, taken online so that nothing waits for them. */
import { existsSync, readdirSync } from 'node:fs';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import Database from 'better-sqlite3';

const keptBackups = 4;
const namePattern = /^library-(\d+)\.db$/;

/** Newest first. */
export function listBackups(folder: string): { file: string; takenAtMs: number }[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .flatMap((name) => {
      const takenAtMs = namePattern.exec(name)?.[1];
      return takenAtMs === undefined ? [] : [{ file: join(folder, name), takenAtMs: Number(takenAtMs) }];
    })
    .sort((a, b) => b.takenAtMs - a.takenAtMs);
}

/** Copies the open database; the copy appears under its name only when it is whole and on disk. */
export async function takeBackup(db: Database.Database, folder: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  const takenAtMs = Math.max(Date.now(), (listBackups(folder)[0]?.takenAtMs ?? 0) + 1);
  const file = join(folder, `library-${String(takenAtMs)}.db`);
  const unfinished = `${file}.part`;
  try {
    await db.backup(unfinished);
    const handle = await open(unfinished, 'r+');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(unfinished, file);
  } finally {
    await rm(unfinished, { force: true });
    await rm(`${unfinished}-journal`, { force: true });
  }
  for (const old of listBackups(folder).slice(keptBackups)) await rm(old.file, { force: true });
  return file;
}

/** Whether a file is a sound database; false for anything that cannot be read as one. */
export function isSound(file: string): boolean {
  let db: Database.Database | null = null;
  try {
    db = new Database(file, { readonly: true, fileMustExist: true });
    return db.pragma('integrity_check(1)', { simple: true }) === 'ok';
  } catch {
    return false;
  } finally {
    db?.close();
  }
}
