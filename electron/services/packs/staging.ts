/** What every kind of import shares: where a pack is put together, and the parts of its manifest. */
import { stat } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { AppError } from '../../../shared/contract/errors.ts';
import { packIdSchema, type PackId } from '../../../shared/domain/ids.ts';
import type { PackManifest } from '../../../shared/domain/pack-manifest.ts';
import type { InferenceService } from '../service-types.ts';
import type { ImportSource, OpenedSource } from './import-source.ts';
import { sha256Of } from './pack-files.ts';
import { readOnnxStructure } from './onnx-structure.ts';

export type ImportPhase = 'copy' | 'check' | 'try';

export interface ImportOptions {
  source: ImportSource;
  /** Where user packs live. */
  packsFolder: string;
  name: string | undefined;
  /** As the user or the hub states it; null: as the model's own files state it. */
  licence: string | null;
  takenIds: ReadonlySet<string>;
  /** Names of the installed packs by the SHA-256 of their main graph, and by the hash of all their weights. */
  installedModels: ReadonlyMap<string, string>;
  installedPacks: ReadonlyMap<string, string>;
  inference: Pick<InferenceService, 'inspect' | 'signatures' | 'tryOut'>;
  signal: AbortSignal;
  /** fraction: of the phase. */
  onProgress: (phase: ImportPhase, fraction: number) => void;
}

/** What every kind of pack is made of, once its files are chosen. */
export interface Staging {
  options: ImportOptions;
  source: OpenedSource;
  /** Where the pack is put together. */
  root: string;
  /** Copies (or moves) the files to their paths in the pack. @returns SHA-256 by path */
  bring: (files: readonly { from: OpenedSource['files'][number]; to: string }[]) => Promise<Map<string, string>>;
  /** As the user states it, else as the files do. */
  licence: () => Promise<string | null>;
}

/** @param model path of a graph in the pack @returns the paths of its data files in the pack */
export async function requireOwnExternalData(root: string, model: string): Promise<string[]> {
  const { externalFiles } = await readOnnxStructure(join(root, model));
  const paths = externalFiles.map((name) => posix.join(posix.dirname(model), name));
  for (const path of paths) {
    if ((await stat(join(root, path)).catch(() => null)) === null) {
      throw new AppError('pack-invalid', `The model keeps its weights in "${path}", which is missing.`, {
        action: 'Import a folder or a .zip that holds both files.',
      });
    }
  }
  return paths;
}

/** The manifest's list, of the files that were brought and those that were written beside them. */
export async function listedFiles(root: string, hashes: ReadonlyMap<string, string>): Promise<PackManifest['files']> {
  const files = [];
  for (const [path, sha256] of hashes) {
    const { size } = await stat(join(root, path));
    if (size > 0) files.push({ path, sha256, sizeBytes: size });
  }
  return files;
}

export const writtenFile = async (root: string, path: string): Promise<readonly [string, string]> => [
  path,
  await sha256Of(join(root, path)),
];

export function freeId(title: string, taken: ReadonlySet<string>): PackId {
  const slug =
    title
      .toLowerCase()
      .normalize('NFKD')
      .replace(/[^a-z0-9]+/g, '-')
      .replace(/^-+|-+$/g, '')
      .slice(0, 50)
      .replace(/-+$/, '') || 'imported';
  let id = slug;
  for (let number = 2; taken.has(id); number += 1) id = `${slug}-${String(number)}`;
  return packIdSchema.parse(id);
}
