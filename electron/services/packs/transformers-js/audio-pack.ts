/** A transformers.js folder as a pack: chosen files copied, graphs opened, convention and manifest written. */
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { AppError } from '../../../../shared/contract/errors.ts';
import { packManifestSchema, type PackManifest } from '../../../../shared/domain/pack-manifest.ts';
import { licenceOf } from '../licence-text.ts';
import { packHashOf } from '../pack-files.ts';
import { freeId, listedFiles, type Staging } from '../staging.ts';
import { architectures } from './architectures.ts';
import { conventionOf } from './convention.ts';
import { objectIn, type AudioLayout } from './layout.ts';
import { planAudio } from './plan.ts';

/** @throws pack-invalid, pack-hostile, unsupported, model-mismatch, conflict */
export async function audioPack({ options, source, root, bring, licence }: Staging, layout: AudioLayout): Promise<PackManifest> {
  const plan = await planAudio(layout, source.files);
  // Read before the files are moved.
  const stated = (await licence()) ?? (await licenceOf([...layout.files].map(([path, file]) => ({ ...file, path }))));
  const files = await listedFiles(root, await bring(plan.files));
  const twin = options.installedPacks.get(packHashOf({ files }));
  if (twin !== undefined) {
    throw new AppError('conflict', `This model is installed already, as "${twin}".`, {
      action: 'Remove that one first to import it anew.',
    });
  }
  options.onProgress('check', 0);
  const names = Object.keys(plan.graphs);
  const opened = await options.inference.signatures(
    Object.values(plan.graphs).map((path) => join(root, path)),
    { signal: options.signal, onOpened: (done) => options.onProgress('check', done / names.length) },
  );
  const convention = conventionOf({
    layout,
    plan,
    signatures: new Map(names.flatMap((name, at) => (opened[at] === undefined ? [] : [[name, opened[at]] as const]))),
    generationConfig: await json('generation_config.json'),
    preprocessorConfig: await json('preprocessor_config.json'),
    tokenizer: await json('tokenizer.json'),
  });
  const facts = architectures[layout.architecture];
  const folder = layout.prefix === '' ? source.name : layout.prefix;
  const title = (options.name ?? titleOf(folder)).slice(0, 100);
  return packManifestSchema.parse({
    formatVersion: 1,
    id: freeId(title, options.takenIds),
    name: title,
    version: '1.0.0',
    description: describe(layout),
    task: 'audio',
    family: facts.family,
    licence: stated,
    source: source.name.slice(0, 500),
    model: convention.graphs[facts.main],
    files,
    convention,
  });

  async function json(path: string): Promise<Record<string, unknown> | null> {
    const text = await readFile(join(root, path), 'utf8').catch(() => null);
    return text === null ? null : objectIn(text);
  }
}

function titleOf(sourceName: string): string {
  const folder = basename(sourceName.replaceAll('\\', '/').replace(/\/+$/, '')).replace(/\.zip$/i, '');
  return folder === '' || folder === '.' || /^[0-9a-f]{40}$/.test(folder) ? 'Imported model of sound' : folder;
}

const inWords = (precision: string): string => (precision === '' ? 'fp32' : precision.slice(1));

/** Which precisions were taken, and which were left where they are. */
function describe({ architecture, graphs }: AudioLayout): string {
  const taken = [...new Set([...graphs.values()].map(({ precision }) => inWords(precision)))];
  const left = [...new Set([...graphs.values()].flatMap(({ otherPrecisions }) => otherPrecisions.map(inWords)))];
  const others = left.length === 0 ? '' : ` The folder also had ${left.join(', ')}: for one of them, import a folder with its files alone.`;
  return `${architectures[architecture].name}, ${taken.join(' and ')}.${others}`;
}
