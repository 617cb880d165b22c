/** Which files of a diffusers folder make up the pack, and whether they are whole; nothing is opened by a runtime yet. */
import { posix } from 'node:path';
import { AppError } from '../../../../shared/contract/errors.ts';
import { refuseLfsPointer } from '../lfs-pointer.ts';
import { readOnnxStructure } from '../onnx-structure.ts';
import type { SourceFile } from '../source-files.ts';
import { foreignFamilyOf, unsupportedFamily, type DiffusersLayout } from './layout.ts';
import type { DiffusersConfigs } from './configs.ts';

/** What a manifest may list, less room for what Kiln adds. */
const mostPackFiles = 3998;

const tokenizerFiles = [
  'vocab.json',
  'merges.txt',
  'tokenizer.json',
  'tokenizer_config.json',
  'special_tokens_map.json',
  'added_tokens.json',
];
const wordsOnly = /^(readme\.md|licen[cs]e(\.md|\.txt)?)$/i;

export const graphsOf = ({ graphs }: DiffusersLayout): string[] => Object.values(graphs).filter((path): path is string => path !== null);

/**
 * @throws unsupported for families Kiln does not run, pack-invalid for missing data, Git LFS pointers and missing tokenizers,
 * pack-hostile for data outside the folder
 */
export async function planDiffusers(layout: DiffusersLayout, configs: DiffusersConfigs): Promise<SourceFile[]> {
  const foreign = foreignFamilyOf(configs.modelIndex._class_name ?? '');
  if (foreign !== null) throw unsupportedFamily(foreign);
  const chosen = new Set<string>();
  for (const graph of graphsOf(layout)) {
    chosen.add(graph);
    for (const path of await externalDataOf(layout, graph)) chosen.add(path);
  }
  requireTokenizers(layout);
  const isConfig = new Set([
    'model_index.json',
    'scheduler/scheduler_config.json',
    ...['unet', 'vae', 'vae_encoder', 'vae_decoder', 'text_encoder', 'text_encoder_2'].map((folder) => `${folder}/config.json`),
    ...['tokenizer', 'tokenizer_2'].flatMap((folder) => tokenizerFiles.map((name) => `${folder}/${name}`)),
  ]);
  for (const path of layout.files.keys()) if (isConfig.has(path) || wordsOnly.test(path)) chosen.add(path);
  // Empty files say nothing, and a manifest lists none.
  const files = [...chosen].flatMap((path) => layout.files.get(path) ?? []).filter(({ sizeBytes }) => sizeBytes > 0);
  if (files.length > mostPackFiles) {
    throw new AppError(
      'pack-invalid',
      `The graphs keep their weights in ${String(files.length)} files; a pack holds ${String(mostPackFiles)} at most.`,
      {
        action:
          'Save them again with one data file: onnx.save_model(model, path, save_as_external_data=True, all_tensors_to_one_file=True).',
      },
    );
  }
  return files;
}

/** Of several graphs it has to be said which one is meant. */
function inFile(graph: string, error: unknown): unknown {
  if (!(error instanceof AppError)) return error;
  const { code, message, action } = error;
  return new AppError(code, `${graph}: ${message}`, { cause: error, ...(action === undefined ? {} : { action }) });
}

/** Paths below the layout's prefix. */
async function externalDataOf(layout: DiffusersLayout, graph: string): Promise<string[]> {
  const source = layout.files.get(graph);
  if (source === undefined) return [];
  await refuseLfsPointer(source.file, graph);
  const { externalFiles } = await readOnnxStructure(source.file).catch((error: unknown) => {
    throw inFile(graph, error);
  });
  const folder = posix.dirname(graph);
  const paths = [];
  for (const name of externalFiles) {
    const path = posix.join(folder, name);
    const data = layout.files.get(path);
    if (data === undefined) {
      throw new AppError('pack-invalid', `${graph} is there, but the file with its weights, ${path}, is missing.`, {
        action: `Download ${path} too: it is the largest file of the model.`,
      });
    }
    await refuseLfsPointer(data.file, path);
    paths.push(path);
  }
  return paths;
}

function requireTokenizers({ tokenizer, tokenizer2, graphs }: DiffusersLayout): void {
  const missing = (folder: string): AppError =>
    new AppError('pack-invalid', `The tokenizer is missing: there is no ${folder}/vocab.json or ${folder}/tokenizer.json.`, {
      action: `Put the folder ${folder} of the original model beside unet, then import again.`,
    });
  if (graphs.textEncoder !== null && tokenizer === null) throw missing('tokenizer');
  if (graphs.textEncoder2 !== null && tokenizer2 === null) throw missing('tokenizer_2');
}
