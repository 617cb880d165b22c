/** A diffusers folder as a pack: chosen files copied, graphs opened, convention and manifest written. */
import { AppError } from '../../../../shared/contract/errors.ts';
import { packManifestSchema, type PackManifest } from '../../../../shared/domain/pack-manifest.ts';
import { packHashOf } from '../pack-files.ts';
import { freeId, listedFiles, writtenFile, type Staging } from '../staging.ts';
import { readConfigs } from './configs.ts';
import type { DiffusersLayout } from './layout.ts';
import { planDiffusers } from './plan.ts';
import { recogniseDiffusers, schedulerPath, titleOf, writeUsualScheduler } from './recognise.ts';

/** @throws pack-invalid, pack-hostile, unsupported, model-mismatch, conflict */
export async function diffusersPack({ options, source, root, bring, licence }: Staging, layout: DiffusersLayout): Promise<PackManifest> {
  const found = await readConfigs(layout);
  const planned = await planDiffusers(layout, found);
  const stated = await licence();
  const hashes = await bring(planned.map((from) => ({ from, to: from.path.slice(layout.prefix.length) })));
  const scheduler = found.scheduler ?? (await writeUsualScheduler(root, source.name));
  if (found.scheduler === null) hashes.set(...(await writtenFile(root, schedulerPath)));
  const files = await listedFiles(root, hashes);
  const twin = options.installedPacks.get(packHashOf({ files }));
  if (twin !== undefined) {
    throw new AppError('conflict', `This model is installed already, as "${twin}".`, {
      action: 'Remove that one first to import it anew.',
    });
  }
  const configs = { ...found, scheduler };
  options.onProgress('check', 0);
  const convention = await recogniseDiffusers({
    root,
    layout,
    configs,
    sourceName: source.name,
    openAll: (graphs) =>
      options.inference.signatures(graphs, {
        signal: options.signal,
        onOpened: (opened) => options.onProgress('check', opened / graphs.length),
      }),
  });
  const title = (options.name ?? titleOf(configs, source.name)).slice(0, 100);
  return packManifestSchema.parse({
    formatVersion: 1,
    id: freeId(title, options.takenIds),
    name: title,
    version: '1.0.0',
    description: found.scheduler === null ? 'It came without a scheduler: Kiln assumed the one Stable Diffusion was trained with.' : '',
    task: 'diffusion',
    family: 'diffusion',
    licence: stated,
    source: source.name.slice(0, 500),
    model: layout.graphs.unet,
    files,
    convention,
  });
}
