/** A diffusion pack with its weights stored smaller, as a new pack beside the old one. */
import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { copyFile, mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, posix } from 'node:path';
import { AppError } from '../../../shared/contract/errors.ts';
import type { StoredAs } from '../../../shared/contract/inference.ts';
import type { PackId } from '../../../shared/domain/ids.ts';
import { packManifestSchema } from '../../../shared/domain/pack-manifest.ts';
import type { InferenceService, ResolvedPack } from '../service-types.ts';
import { requireDiskSpace } from './disk-space.ts';
import { readOnnxStructure } from './onnx-structure.ts';
import { sha256Of, writeManifest } from './pack-files.ts';
import { freeId, type ImportPhase } from './staging.ts';
import { tryDiffusion } from './try-diffusion.ts';

export interface ConvertOptions {
  pack: Omit<ResolvedPack, 'excludedBackends'>;
  storedAs: StoredAs;
  packsFolder: string;
  takenIds: ReadonlySet<string>;
  inference: Pick<InferenceService, 'convert' | 'tryOut'>;
  signal: AbortSignal;
  onProgress: (phase: ImportPhase, fraction: number) => void;
}

const words: Record<StoredAs, { suffix: string; description: string }> = {
  float16: { suffix: 'fp16', description: 'Weights stored in half precision.' },
  int8: { suffix: 'int8', description: 'Matrices of the text encoder and the UNet stored as bytes, everything else in half precision.' },
};

/** Less than this share of the old size is not worth a second pack. */
const worthwhile = 0.9;

/** @throws unsupported for packs of other tasks, and where nothing would become smaller; disk-full; cancelled */
export async function convertPack(options: ConvertOptions): Promise<PackId> {
  const { pack, storedAs, packsFolder, inference, signal, onProgress } = options;
  const { folder, manifest } = pack;
  const { convention } = manifest;
  if (convention.task !== 'diffusion') {
    throw new AppError('unsupported', `Only diffusion models are stored smaller; "${manifest.name}" is for ${manifest.task}.`, {
      action: 'Those are small as they are, and their pictures would suffer.',
    });
  }
  const { denoiser, textEncoder, textEncoder2, vaeEncoder, vaeDecoder } = convention.parts;
  const graphs = [textEncoder, textEncoder2, vaeEncoder, vaeDecoder, denoiser].filter((path) => path !== null);
  await mkdir(packsFolder, { recursive: true });
  await requireDiskSpace(packsFolder, manifest.files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0) * 0.55, 'The smaller copy');
  const staging = join(packsFolder, `.importing-${randomUUID()}`);
  const root = join(staging, 'pack');
  await mkdir(root, { recursive: true });
  try {
    const left = new Set(graphs);
    const conversions = [];
    for (const graph of graphs) {
      for (const name of (await readOnnxStructure(join(folder, graph))).externalFiles) left.add(posix.join(posix.dirname(graph), name));
      await mkdir(dirname(join(root, graph)), { recursive: true });
      // Decoders draw the picture itself: in bytes their rounding shows as bands.
      const isVae = graph === vaeEncoder || graph === vaeDecoder;
      conversions.push({
        modelFile: join(folder, graph),
        targetFile: join(root, graph),
        storedAs: isVae ? ('float16' as const) : storedAs,
      });
    }
    const done = await inference.convert(conversions, { signal, onFraction: (fraction) => onProgress('copy', fraction) });
    const beforeBytes = done.reduce((sum, one) => sum + one.beforeBytes, 0);
    const afterBytes = done.reduce((sum, one) => sum + one.afterBytes, 0);
    if (afterBytes > beforeBytes * worthwhile) {
      throw new AppError('unsupported', `"${manifest.name}" is stored as small as that already.`, {
        action: storedAs === 'float16' ? 'Storing its matrices as bytes would make it smaller still.' : 'Nothing is to be gained.',
      });
    }
    for (const { path } of manifest.files) {
      if (left.has(path)) continue;
      await mkdir(dirname(join(root, path)), { recursive: true });
      await copyFile(join(folder, path), join(root, path), constants.COPYFILE_FICLONE);
    }
    onProgress('check', 0);
    const { suffix, description } = words[storedAs];
    const name = `${manifest.name.slice(0, 90)} (${suffix})`;
    const converted = packManifestSchema.parse({
      ...manifest,
      id: freeId(name, options.takenIds),
      name,
      description: `${manifest.description} ${description}`.trim().slice(0, 1000),
      files: await filesOf(root),
    });
    await writeManifest(root, converted);
    onProgress('try', 0);
    await tryDiffusion({ folder: root, manifest: converted, convention, inference, staging, signal });
    if (signal.aborted) throw new AppError('cancelled', 'The conversion was stopped.');
    await rename(root, join(packsFolder, converted.id));
    return converted.id;
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}

async function filesOf(root: string): Promise<{ path: string; sha256: string; sizeBytes: number }[]> {
  const files = [];
  for (const entry of await readdir(root, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = join(entry.parentPath, entry.name);
    const { size } = await stat(file);
    const path = file
      .slice(root.length + 1)
      .split('\\')
      .join('/');
    if (size > 0) files.push({ path, sha256: await sha256Of(file), sizeBytes: size });
  }
  return files.sort((one, other) => (one.path < other.path ? -1 : 1));
}
