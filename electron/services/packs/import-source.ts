/** What the user gives to import: a file, a folder, or files that were uploaded one by one; all become a list of plain files. */
import { mkdir, stat } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import { AppError } from '../../../shared/contract/errors.ts';
import { packPathSchema } from '../../../shared/domain/pack-path.ts';
import { listSourceFiles, type SourceFile } from './source-files.ts';
import { unpackZip } from './unpack-zip.ts';

export type ImportSource =
  /** A file or folder; `given`: it may be moved, else it is only read. `name`: what it is called where it came from. */
  | { kind: 'path'; path: string; name: string; given?: boolean }
  /** Files that are given away. */
  | { kind: 'files'; files: { path: string; file: string }[]; name: string };

export interface OpenedSource {
  files: SourceFile[];
  /** The files may be moved. */
  given: boolean;
  name: string;
}

const single: readonly string[] = ['.onnx', '.safetensors', '.pt', '.ckpt', '.bin', '.pth'];

/** @throws not-found, unsupported, pack-hostile, pack-invalid */
export async function openSource(source: ImportSource, staging: string): Promise<OpenedSource> {
  if (source.kind === 'files') {
    const files = await givenFiles(source.files);
    const [only] = files;
    // One file alone is what it would be if it had been named by its path.
    if (files.length === 1 && only !== undefined && extname(only.path).toLowerCase() === '.zip')
      return { files: withoutShell(await unpacked(only.file, staging)), given: true, name: basename(only.path) };
    return { files: withoutShell(files), given: true, name: source.name };
  }
  const { path, name, given = false } = source;
  const found = await stat(path).catch((error: unknown) => {
    throw new AppError('not-found', `There is no file at ${path}.`, { cause: error });
  });
  if (found.isDirectory()) return { files: withoutShell(await listSourceFiles(path)), given, name };
  const extension = extname(name).toLowerCase();
  if (extension === '.zip') return { files: withoutShell(await unpacked(path, staging)), given: true, name };
  if (!single.includes(extension)) {
    throw new AppError('unsupported', `Kiln cannot import "${basename(name)}".`, {
      action: 'Import an .onnx file, a .safetensors LoRA or embedding, a .zip or a model folder.',
    });
  }
  return { files: [{ path: basename(name.replaceAll('\\', '/')), file: path, sizeBytes: found.size }], given, name };
}

async function unpacked(zip: string, staging: string): Promise<SourceFile[]> {
  const folder = join(staging, 'unpacked');
  await mkdir(folder);
  await unpackZip(zip, folder);
  return listSourceFiles(folder);
}

async function givenFiles(files: readonly { path: string; file: string }[]): Promise<SourceFile[]> {
  const seen = new Set<string>();
  const found: SourceFile[] = [];
  for (const { path, file } of files) {
    if (!packPathSchema.safeParse(path).success)
      throw new AppError('pack-hostile', `"${path.slice(0, 80)}" is not a plain path inside a folder.`);
    // On disks that ignore case one of the two would overwrite the other.
    const key = path.toLowerCase().normalize('NFC');
    if (seen.has(key)) throw new AppError('invalid-request', `"${path}" was sent twice.`);
    seen.add(key);
    found.push({ path, file, sizeBytes: (await stat(file)).size });
  }
  return found;
}

/** Archives, and folders that were dropped, often hold one folder with everything in it. */
function withoutShell(files: readonly SourceFile[]): SourceFile[] {
  const shell = files[0]?.path.split('/')[0];
  if (shell === undefined || !files.every(({ path }) => path.startsWith(`${shell}/`))) return [...files];
  // A part's folder is no shell: unet/model.onnx alone is an incomplete model, and is to be told so.
  if (/^(unet|transformer|vae_decoder)$/.test(shell)) return [...files];
  return files.map((file) => ({ ...file, path: file.path.slice(shell.length + 1) }));
}
