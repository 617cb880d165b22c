/** What was dropped, told apart into files and folders with all that is in them. */
import type { PackFile } from '../api/import-pack-files.ts';

export interface Dropped {
  files: File[];
  folders: { name: string; files: PackFile[] }[];
}

const mostFiles = 20_000;

/** Call while the event is handled: the list is empty afterwards. */
export function entriesOf(items: DataTransferItemList | undefined): FileSystemEntry[] {
  return [...(items ?? [])].flatMap((item) => {
    const entry = item.kind === 'file' ? item.webkitGetAsEntry() : null;
    return entry === null ? [] : [entry];
  });
}

const isFolder = (entry: FileSystemEntry): entry is FileSystemDirectoryEntry => entry.isDirectory;
const isFile = (entry: FileSystemEntry): entry is FileSystemFileEntry => entry.isFile;

export async function readEntries(entries: readonly FileSystemEntry[]): Promise<Dropped> {
  const dropped: Dropped = { files: [], folders: [] };
  for (const entry of entries) {
    if (isFile(entry)) dropped.files.push(await fileOf(entry));
    else if (isFolder(entry)) {
      const files: PackFile[] = [];
      await walk(entry, entry.name, files);
      dropped.folders.push({ name: entry.name, files });
    }
  }
  return dropped;
}

async function walk(folder: FileSystemDirectoryEntry, path: string, into: PackFile[]): Promise<void> {
  for (const entry of await children(folder)) {
    const below = `${path}/${entry.name}`;
    if (into.length >= mostFiles) return;
    if (isFile(entry)) into.push({ file: await fileOf(entry), path: below });
    else if (isFolder(entry)) await walk(entry, below, into);
  }
}

const fileOf = (entry: FileSystemFileEntry): Promise<File> => new Promise((resolve, reject) => entry.file(resolve, reject));

/** A reader gives its entries by the hundred, until it gives none. */
async function children(folder: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> {
  const reader = folder.createReader();
  const all: FileSystemEntry[] = [];
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (some.length === 0) return all;
    all.push(...some);
  }
}
