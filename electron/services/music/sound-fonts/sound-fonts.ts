/**
 * The user's SoundFonts: files by their hash, and a small list of names beside them that is replaced whole. A crash leaves at
 * most a file that nothing names, which goes at the next start.
 */
import { createHash } from 'node:crypto';
import { createReadStream, existsSync, readFileSync } from 'node:fs';
import { copyFile, mkdir, open, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { AppError } from '../../../../shared/contract/errors.ts';
import { soundFontSchema, type SoundFontInfo } from '../../../../shared/contract/calls/music-calls.ts';
import { guardStorageAsync } from '../../database/storage-error.ts';
import type { Logger } from '../../host.ts';
import type { AudioWorker } from '../audio-worker.ts';

const listSchema = z.object({ formatVersion: z.literal(1), soundFonts: z.array(soundFontSchema) });
const hashSchema = z.string().regex(/^[0-9a-f]{64}$/);

export interface SoundFonts {
  list(): SoundFontInfo[];
  /** The file's path; null when there is none of that id. */
  file(id: string): string | null;
  /** Takes a file over. @throws AppError pack-invalid for what is no SoundFont, disk-full */
  add(file: string, name: string): Promise<SoundFontInfo>;
  remove(id: string): Promise<void>;
}

export function openSoundFonts(folder: string, worker: Pick<AudioWorker, 'request'>, log: Logger): SoundFonts {
  const listFile = join(folder, 'soundfonts.json');
  const pathOf = (id: string): string => join(folder, `${id}.sf2`);
  let fonts = readList();
  if (fonts !== null) void sweep(fonts).catch((error: unknown) => log.warn('Old SoundFonts stayed behind', error));
  fonts ??= [];
  // One change at a time: the list is read, changed and written.
  let changes: Promise<unknown> = Promise.resolve();

  /** Null when the list cannot be read: then no file may go. */
  function readList(): SoundFontInfo[] | null {
    if (!existsSync(listFile)) return [];
    try {
      return listSchema.parse(JSON.parse(readFileSync(listFile, 'utf8'))).soundFonts.filter(({ id }) => existsSync(pathOf(id)));
    } catch (error) {
      log.warn('The list of SoundFonts cannot be read; they can be added again', error);
      return null;
    }
  }

  async function sweep(known: readonly SoundFontInfo[]): Promise<void> {
    const kept = new Set(known.map(({ id }) => `${id}.sf2`));
    for (const name of await readdir(folder).catch(() => [])) {
      if (/\.(?:sf2|part)$/.test(name) && !kept.has(name)) await rm(join(folder, name), { force: true });
    }
  }

  async function writeList(next: SoundFontInfo[]): Promise<void> {
    const part = `${listFile}.part`;
    await writeFile(part, JSON.stringify({ formatVersion: 1, soundFonts: next } satisfies z.infer<typeof listSchema>, null, 2));
    await flush(part);
    await rename(part, listFile);
    fonts = next;
  }

  function change<Result>(doing: string, work: () => Promise<Result>): Promise<Result> {
    const done = changes.then(() => guardStorageAsync(doing, work));
    changes = done.catch(() => undefined);
    return done;
  }

  return {
    list: () => [...(fonts ?? [])].toSorted((a, b) => a.name.localeCompare(b.name)),
    file(id) {
      if (!hashSchema.safeParse(id).success || fonts?.some((font) => font.id === id) !== true) return null;
      return pathOf(id);
    },
    async add(file, name) {
      const told = await worker.request({ type: 'inspect-sound-font', file }, 'sound-font');
      return change('Keeping the SoundFont', async () => {
        const id = await hashOf(file);
        const plainName = name.replace(/\.[A-Za-z0-9]{1,8}$/, '').trim();
        const font = { id, name: told.name.trim() || plainName || 'SoundFont', sizeBytes: (await stat(file)).size, presets: told.presets };
        await mkdir(folder, { recursive: true });
        await place(file, pathOf(id));
        await writeList([...(fonts ?? []).filter((other) => other.id !== id), font]);
        return font;
      });
    },
    remove(id) {
      return change('Removing the SoundFont', async () => {
        if (fonts?.some((font) => font.id === id) !== true) {
          throw new AppError('not-found', 'That SoundFont is not in Kiln.', { action: 'It may have been removed already.' });
        }
        await writeList(fonts.filter((font) => font.id !== id));
        // Windows refuses while somebody still reads it; the next start removes it.
        await rm(pathOf(id), { force: true }).catch((error: unknown) => log.warn('A SoundFont stayed behind', error));
      });
    },
  };
}

async function hashOf(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20 })) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

async function flush(file: string): Promise<void> {
  const handle = await open(file, 'r+');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** A file appears under its name only when it is whole. The source is gone afterwards. */
async function place(file: string, target: string): Promise<void> {
  await flush(file);
  try {
    await rename(file, target);
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error) || error.code !== 'EXDEV') throw error;
    const copy = join(dirname(target), `${String(process.pid)}-${String(Date.now())}.part`);
    await copyFile(file, copy);
    await flush(copy);
    await rename(copy, target);
    await rm(file, { force: true });
  }
}
