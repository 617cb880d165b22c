/** What lies in a folder that a user wants to import: plain files by relative path, nothing that leads elsewhere. */
import { readdir, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join, relative, sep } from 'node:path';
import { AppError } from '../../../shared/contract/errors.ts';
import { packPathSchema } from '../../../shared/domain/pack-path.ts';

export interface SourceFile {
  /** Relative, with forward slashes. */
  path: string;
  /** Where its bytes are. */
  file: string;
  sizeBytes: number;
}

const mostFiles = 20_000;
const deepest = 12;

/** Folders of version control and caches hold copies of what lies beside them. */
const skippedFolders = new Set(['.git', '.cache', '__pycache__', 'node_modules']);

/** @throws pack-hostile for links and devices, pack-invalid for absurdly many files */
export async function listSourceFiles(root: string): Promise<SourceFile[]> {
  const found: SourceFile[] = [];
  const blobs = hubBlobs(await realpath(root));

  async function walk(folder: string, depth: number): Promise<void> {
    if (depth > deepest) throw new AppError('pack-invalid', 'The folder holds folders nested too deeply.');
    for (const entry of await readdir(folder, { withFileTypes: true })) {
      const file = join(folder, entry.name);
      if (entry.isDirectory()) {
        if (!skippedFolders.has(entry.name)) await walk(file, depth + 1);
        continue;
      }
      const target = entry.isSymbolicLink() ? await realpath(file).catch(() => null) : file;
      const inBlobs = target !== null && blobs !== null && dirname(target) === blobs;
      if (!entry.isFile() && !inBlobs) {
        throw new AppError('pack-hostile', `The folder holds a link or a device ("${entry.name}").`, {
          action: 'Import a folder of plain files.',
        });
      }
      const path = relative(root, file).split(sep).join('/');
      // Hidden files of the system's are no part of a pack.
      if (entry.name.startsWith('.') || !packPathSchema.safeParse(path).success) continue;
      if (found.length >= mostFiles) {
        throw new AppError('pack-invalid', `The folder holds more than ${String(mostFiles)} files.`, {
          action: 'Choose the folder of one model, not one that holds many.',
        });
      }
      found.push({ path, file: target ?? file, sizeBytes: (await stat(file)).size });
    }
  }

  await walk(root, 0);
  return found.sort((one, other) => (one.path < other.path ? -1 : 1));
}

/**
 * The hub's own cache keeps files once, under blobs/, and links to them from snapshots/<commit>/: the one place where links
 * are what the user means.
 */
function hubBlobs(root: string): string | null {
  const snapshots = dirname(root);
  return basename(snapshots) === 'snapshots' ? join(dirname(snapshots), 'blobs') : null;
}
