/** From a stranger's .onnx, .zip or folder to an installed pack; everything is checked in a folder of its own first. */
import { copyFile, cp, mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import { randomUUID } from 'node:crypto';
import { AppError } from '../../../shared/contract/errors.ts';
import { packIdSchema, type PackId } from '../../../shared/domain/ids.ts';
import { packManifestSchema, type PackConvention, type PackManifest } from '../../../shared/domain/pack-manifest.ts';
import { upscaleTrialSize } from '../../../shared/pipelines/upscale.ts';
import type { InferenceService } from '../service-types.ts';
import { readOnnxStructure } from './onnx-structure.ts';
import { hashProblemOf, manifestName, readManifest, sha256Of, writeManifest } from './pack-files.ts';
import { recognise } from './recognise.ts';
import { rangeOfTrial } from './recognise-convention.ts';
import { unpackZip } from './unpack-zip.ts';

export interface ImportOptions {
  /** The file or folder, and what the user's file was called. */
  source: string;
  sourceName: string;
  /** Where user packs live. */
  packsFolder: string;
  name: string | undefined;
  licence: string | null;
  takenIds: ReadonlySet<string>;
  /** Names of the installed packs by the SHA-256 of their main graph. */
  installedModels: ReadonlyMap<string, string>;
  inference: Pick<InferenceService, 'inspect'>;
}

export async function importPack(options: ImportOptions): Promise<PackId> {
  await mkdir(options.packsFolder, { recursive: true });
  const staging = join(options.packsFolder, `.importing-${randomUUID()}`);
  await mkdir(staging);
  try {
    const root = await stage(options, staging);
    const manifest = await manifestOf(root, options);
    await writeManifest(root, manifest);
    await rename(root, join(options.packsFolder, manifest.id));
    return manifest.id;
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}

async function stage({ source, sourceName }: ImportOptions, staging: string): Promise<string> {
  const found = await stat(source).catch((error: unknown) => {
    throw new AppError('not-found', `There is no file at ${source}.`, { cause: error });
  });
  const root = join(staging, 'pack');
  await mkdir(root);
  if (found.isDirectory()) {
    await cp(source, root, { recursive: true, verbatimSymlinks: true });
    for (const entry of await readdir(root, { recursive: true, withFileTypes: true })) {
      if (entry.isFile() || entry.isDirectory()) continue;
      throw new AppError('pack-hostile', `The folder holds a link or a device ("${entry.name}").`, {
        action: 'Import a folder of plain files.',
      });
    }
    return root;
  }
  switch (extname(sourceName).toLowerCase()) {
    case '.onnx':
      await copyFile(source, join(root, 'model.onnx'));
      return root;
    case '.zip': {
      await unpackZip(source, root);
      // Archives often hold one folder with everything in it.
      const entries = await readdir(root, { withFileTypes: true });
      const only = entries[0];
      return entries.length === 1 && only?.isDirectory() === true ? join(root, only.name) : root;
    }
    default:
      throw new AppError('unsupported', `Kiln cannot import "${sourceName}".`, {
        action: 'Import an .onnx file, a .zip or a pack folder.',
      });
  }
}

async function manifestOf(root: string, options: ImportOptions): Promise<PackManifest> {
  const names = await readdir(root);
  return names.includes(manifestName) ? describedPack(root, options) : recognisedPack(root, names, options);
}

/** A pack that brings its own manifest: believed only as far as it can be checked. */
async function describedPack(root: string, { takenIds, inference }: ImportOptions): Promise<PackManifest> {
  const manifest = readManifest(root);
  if (takenIds.has(manifest.id)) {
    throw new AppError('conflict', `A pack with the id "${manifest.id}" is installed already.`, { action: 'Remove that one first.' });
  }
  const problem = await hashProblemOf(root, manifest);
  if (problem !== null) throw new AppError('pack-invalid', `The pack is damaged. ${problem}`, { action: 'Download it again.' });
  await requireOwnExternalData(root, manifest.model);
  const tried = await tryConvention(join(root, manifest.model), manifest.convention, inference);
  if (tried.task === 'upscale' && manifest.convention.task === 'upscale' && tried.factor !== manifest.convention.factor) {
    throw new AppError(
      'pack-invalid',
      `The pack says that its model enlarges ${String(manifest.convention.factor)} times; it does ${String(tried.factor)} times.`,
      {
        action: 'Correct the factor in its kiln.json.',
      },
    );
  }
  return manifest;
}

async function requireOwnExternalData(root: string, model: string): Promise<void> {
  const { externalFiles } = await readOnnxStructure(join(root, model));
  for (const file of externalFiles) {
    if ((await stat(join(root, file)).catch(() => null)) === null) {
      throw new AppError('pack-invalid', `The model keeps its weights in "${file}", which is missing.`, {
        action: 'Import a folder or a .zip that holds both files.',
      });
    }
  }
}

async function recognisedPack(root: string, names: readonly string[], options: ImportOptions): Promise<PackManifest> {
  const models = names.filter((name) => extname(name).toLowerCase() === '.onnx');
  const [model] = models;
  if (model === undefined || models.length > 1) {
    throw new AppError(
      'pack-invalid',
      models.length === 0 ? 'There is no .onnx model in it.' : 'There are several .onnx models in it and no kiln.json.',
      {
        action: 'Import a single model, or a pack with a kiln.json.',
      },
    );
  }
  await requireOwnExternalData(root, model);
  const file = join(root, model);
  const twin = options.installedModels.get(await sha256Of(file));
  if (twin !== undefined) {
    throw new AppError('conflict', `This model is installed already, as "${twin}".`, {
      action: 'Remove that one first to import it anew.',
    });
  }
  const { signature } = await options.inference.inspect(file, null);
  const convention = await firstThatWorks(file, recognise(signature), options.inference);
  const title = (options.name ?? basename(options.sourceName, extname(options.sourceName))).slice(0, 100) || 'Imported model';
  const { externalFiles } = await readOnnxStructure(file);
  const files = [];
  for (const path of [model, ...externalFiles]) {
    files.push({ path, sha256: await sha256Of(join(root, path)), sizeBytes: (await stat(join(root, path))).size });
  }
  return packManifestSchema.parse({
    formatVersion: 1,
    id: freeId(title, options.takenIds),
    name: title,
    version: '1.0.0',
    description: '',
    task: convention.task,
    family: 'other',
    licence: options.licence,
    source: options.sourceName,
    model,
    files,
    convention,
  });
}

async function firstThatWorks(
  file: string,
  candidates: readonly PackConvention[],
  inference: Pick<InferenceService, 'inspect'>,
): Promise<PackConvention> {
  let failure: unknown = new AppError('model-mismatch', 'No convention fits this model.');
  let second: PackConvention | null = null;
  for (const candidate of candidates) {
    if (second !== null && second.task !== candidate.task) break;
    try {
      const found = await tryConvention(file, candidate, inference);
      // One that gave the range it is known for is right; another only runs, and may have been called the wrong way.
      if (found.task !== 'inpaint' || candidate.task !== 'inpaint' || found.outputRange === candidate.outputRange) return found;
      second ??= found;
    } catch (error) {
      failure = error;
    }
  }
  if (second !== null) return second;
  throw failure;
}

/** Runs the graph on a test picture; the output's range is taken from what it gave. */
export async function tryConvention(
  file: string,
  convention: PackConvention,
  inference: Pick<InferenceService, 'inspect'>,
): Promise<PackConvention> {
  const { trial } = await inference.inspect(file, convention);
  // A task whose packs hold several graphs: that it opens is all that can be told from one of them.
  if (trial === null) return convention;
  if (!Number.isFinite(trial.minimum) || !Number.isFinite(trial.maximum)) {
    throw new AppError('model-output-invalid', 'On a test picture the model gave values that are not a picture (NaN).', {
      action: 'The model is damaged, or it is not of this kind.',
    });
  }
  if (!('outputRange' in convention)) return convention;
  if (convention.task === 'inpaint' && convention.outputType === 'uint8') return convention;
  const outputRange = rangeOfTrial(trial);
  if (convention.task !== 'upscale') return { ...convention, outputRange };
  return { ...convention, outputRange, factor: trial.outputSize.width / upscaleTrialSize(convention).width };
}

function freeId(title: string, taken: ReadonlySet<string>): PackId {
  const slug =
    title
      .toLowerCase()
      .normalize('NFKD')
      .replace(/[^a-z0-9]+/g, '-')
      .replace(/^-+|-+$/g, '')
      .slice(0, 50) || 'imported';
  let id = slug;
  for (let number = 2; taken.has(id); number += 1) id = `${slug}-${String(number)}`;
  return packIdSchema.parse(id);
}
