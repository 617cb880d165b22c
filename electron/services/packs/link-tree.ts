/** A second set of names for the same bytes: an importer may take them away while the first set stays. */
import { randomUUID } from 'node:crypto';
import { copyFile, link, mkdir, readdir, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/**
 * @param source a folder of plain files, or one file
 * @param besideFolder on the same disk; where links are not possible the bytes are copied
 */
export async function linkTree(source: string, besideFolder: string): Promise<{ path: string; remove(): Promise<void> }> {
  const holder = join(besideFolder, `.linked-${randomUUID()}`);
  const path = join(holder, basename(source));
  const remove = (): Promise<void> => rm(holder, { recursive: true, force: true });
  try {
    await mkdir(holder, { recursive: true });
    if ((await stat(source)).isFile()) await linkOne(source, path);
    else {
      await mkdir(path);
      for (const entry of await readdir(source, { recursive: true, withFileTypes: true })) {
        if (!entry.isFile()) continue;
        const from = join(entry.parentPath, entry.name);
        await linkOne(from, join(path, from.slice(source.length + 1)));
      }
    }
    return { path, remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

async function linkOne(from: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true });
  await link(from, to).catch(() => copyFile(from, to));
}
