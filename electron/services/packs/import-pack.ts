/** From a stranger's files to an installed pack; everything is checked in a folder of its own first. */
import { mkdir, rename, rm } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { randomUUID } from 'node:crypto';
import { AppError } from '../../../shared/contract/errors.ts';
import type { PackId } from '../../../shared/domain/ids.ts';
import type { PackManifest } from '../../../shared/domain/pack-manifest.ts';
import { addOnPack, isAddOn } from './add-ons/add-on-pack.ts';
import { copyFiles } from './copy-files.ts';
import { diffusersPack } from './diffusers/diffusers-pack.ts';
import { findLayout } from './diffusers/layout.ts';
import { requireDiskSpace } from './disk-space.ts';
import { openSource } from './import-source.ts';
import { licenceOf } from './licence-text.ts';
import { hashProblemOf, manifestName, readManifest, writeManifest } from './pack-files.ts';
import { recognisedGraph } from './recognised-graph.ts';
import { requireOwnExternalData, type ImportOptions, type Staging } from './staging.ts';
import { tryConvention } from './try-convention.ts';
import { audioPack } from './transformers-js/audio-pack.ts';
import { findAudioLayout } from './transformers-js/layout.ts';
import { tryAudio } from './transformers-js/try-audio.ts';
import { tryDiffusion } from './try-diffusion.ts';

export async function importPack(options: ImportOptions): Promise<PackId> {
  const { packsFolder, signal, onProgress } = options;
  await mkdir(packsFolder, { recursive: true });
  const staging = join(packsFolder, `.importing-${randomUUID()}`);
  const root = join(staging, 'pack');
  await mkdir(root, { recursive: true });
  try {
    const source = await openSource(options.source, staging);
    const manifest = await manifestOf({
      options,
      source,
      root,
      async bring(files) {
        const bytes = files.reduce((sum, { from }) => sum + from.sizeBytes, 0);
        if (!source.given) await requireDiskSpace(packsFolder, bytes, 'The model');
        onProgress('copy', 0);
        return copyFiles(files, root, {
          move: source.given,
          signal,
          onBytes: (done) => onProgress('copy', bytes === 0 ? 1 : done / bytes),
        });
      },
      licence: async () => options.licence ?? (await licenceOf(source.files)),
    });
    await writeManifest(root, manifest);
    if (manifest.convention.task === 'diffusion') {
      onProgress('try', 0);
      await tryDiffusion({ folder: root, manifest, convention: manifest.convention, inference: options.inference, staging, signal });
    } else if (manifest.convention.task === 'audio') {
      onProgress('try', 0);
      await tryAudio({ folder: root, manifest, convention: manifest.convention, inference: options.inference, staging, signal });
    }
    if (signal.aborted) throw new AppError('cancelled', 'The import was stopped.');
    await rename(root, join(packsFolder, manifest.id));
    return manifest.id;
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}

async function manifestOf(staging: Staging): Promise<PackManifest> {
  const { files } = staging.source;
  if (files.some(({ path }) => path === manifestName)) return describedPack(staging);
  const layout = findLayout(files);
  if (layout !== null) return diffusersPack(staging, layout);
  const sound = await findAudioLayout(files);
  if (sound !== null) return audioPack(staging, sound);
  if (isAddOn(files)) return addOnPack(staging);
  return recognisedGraph(staging);
}

/** A pack that brings its own manifest: believed only as far as it can be checked. */
async function describedPack({ source, root, bring, options }: Staging): Promise<PackManifest> {
  await bring(source.files.map((from) => ({ from, to: from.path })));
  options.onProgress('check', 0);
  const manifest = readManifest(root);
  if (options.takenIds.has(manifest.id)) {
    throw new AppError('conflict', `A pack with the id "${manifest.id}" is installed already.`, { action: 'Remove that one first.' });
  }
  const problem = await hashProblemOf(root, manifest);
  if (problem !== null) throw new AppError('pack-invalid', `The pack is damaged. ${problem}`, { action: 'Download it again.' });
  for (const { path } of manifest.files) if (extname(path).toLowerCase() === '.onnx') await requireOwnExternalData(root, path);
  // Diffusion and models of sound are tried as a whole afterwards; add-ons hold no graph.
  if (manifest.convention.task === 'diffusion' || manifest.convention.task === 'audio' || extname(manifest.model).toLowerCase() !== '.onnx')
    return manifest;
  const tried = await tryConvention(join(root, manifest.model), manifest.convention, options.inference);
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
