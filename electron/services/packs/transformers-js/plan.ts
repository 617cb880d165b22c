/** Which files of the folder make up the pack, and where in it they go; nothing is opened by a runtime yet. */
import { posix } from 'node:path';
import { AppError } from '../../../../shared/contract/errors.ts';
import { voiceFile } from '../../../../shared/domain/music-convention.ts';
import { refuseLfsPointer } from '../lfs-pointer.ts';
import { readOnnxStructure } from '../onnx-structure.ts';
import type { SourceFile } from '../source-files.ts';
import { architectures } from './architectures.ts';
import type { AudioLayout, ChosenGraph } from './layout.ts';

export interface AudioPlan {
  files: { from: SourceFile; to: string }[];
  /** Paths in the pack by transformers.js's names. */
  graphs: Record<string, string>;
  voices: string[];
}

const needed = ['config.json', 'tokenizer.json', 'tokenizer_config.json'];
const welcome = ['generation_config.json', 'preprocessor_config.json', 'special_tokens_map.json'];
const wordsOnly = /^(readme\.md|licen[cs]e(\.md|\.txt)?)$/i;
const styleFloats = 256;
const usualSpeakerFloats = 512;
const mostVoices = 500;
const largestVoiceBytes = 64 * 1024 ** 2;

/** @throws pack-invalid for what is missing, Git LFS pointers and damaged graphs, pack-hostile for data outside the folder */
export async function planAudio(layout: AudioLayout, allFiles: readonly SourceFile[]): Promise<AudioPlan> {
  const files = new Map<string, SourceFile>();
  const graphs: Record<string, string> = {};
  for (const [name, graph] of layout.graphs) {
    for (const { from, to } of await graphFiles(graph, allFiles)) files.set(to, from);
    graphs[name] = targetOf(graph, graph.file.path);
  }
  for (const path of [...needed, ...welcome]) {
    const found = layout.files.get(path);
    if (found !== undefined && found.sizeBytes > 0) files.set(path, found);
    else if (needed.includes(path)) {
      throw new AppError('pack-invalid', `The model has no ${path}.`, {
        action: 'Download that file too: it lies beside config.json.',
      });
    }
  }
  for (const [path, file] of layout.files) if (wordsOnly.test(path) && file.sizeBytes > 0) files.set(path, file);
  const voices = voicesAmong(layout);
  for (const [name, file] of voices) files.set(voiceFile(name), file);
  return { files: [...files].map(([to, from]) => ({ from, to })), graphs, voices: [...voices.keys()] };
}

const targetOf = ({ folder, prefix }: ChosenGraph, path: string): string => `${folder}${path.slice(prefix.length)}`;

async function graphFiles(graph: ChosenGraph, allFiles: readonly SourceFile[]): Promise<AudioPlan['files']> {
  const { file } = graph;
  await refuseLfsPointer(file.file, file.path);
  const { externalFiles } = await readOnnxStructure(file.file).catch((error: unknown) => {
    if (!(error instanceof AppError)) throw error;
    const { code, message, action } = error;
    throw new AppError(code, `${file.path}: ${message}`, { cause: error, ...(action === undefined ? {} : { action }) });
  });
  const found: AudioPlan['files'] = [{ from: file, to: targetOf(graph, file.path) }];
  for (const name of externalFiles) {
    const path = posix.join(posix.dirname(file.path), name);
    const data = allFiles.find((one) => one.path === path);
    if (data === undefined) {
      throw new AppError('pack-invalid', `${file.path} is there, but the file with its weights, ${path}, is missing.`, {
        action: `Download ${path} too: it is the largest file of the model.`,
      });
    }
    await refuseLfsPointer(data.file, path);
    found.push({ from: data, to: targetOf(graph, path) });
  }
  return found;
}

/** By name, in the order of their names. @throws pack-invalid when the model speaks with voices and there is none */
function voicesAmong({ architecture, files, config }: AudioLayout): Map<string, SourceFile> {
  const { voices: kind, name: title } = architectures[architecture];
  const voices = new Map<string, SourceFile>();
  if (kind === null) return voices;
  const floats =
    numberIn(config, kind === 'speaker' ? 'speaker_embedding_dim' : 'style_dim') ?? (kind === 'speaker' ? usualSpeakerFloats : styleFloats);
  const fits = ({ sizeBytes }: SourceFile): boolean =>
    kind === 'speaker' ? sizeBytes === floats * 4 : sizeBytes > 0 && sizeBytes % (floats * 4) === 0 && sizeBytes <= largestVoiceBytes;
  const candidates = [...files]
    .filter(([path, file]) => /\.bin$/i.test(path) && (kind === 'speaker' || /(^|\/)voices\//.test(path)) && fits(file))
    .sort(([one], [other]) => (one < other ? -1 : 1));
  for (const [path, file] of candidates.slice(0, mostVoices)) {
    const name = posix
      .basename(path)
      .replace(/\.bin$/i, '')
      .slice(0, 100);
    if (!voices.has(name)) voices.set(name, file);
  }
  if (voices.size > 0) return voices;
  throw new AppError('pack-invalid', `${title} needs at least one voice, and there is none.`, {
    action:
      kind === 'speaker'
        ? `Put speaker embeddings (a .bin of ${String(floats)} float32 numbers) beside config.json, then import again.`
        : `Put the folder "voices" of the original model, with its .bin files, beside config.json, then import again.`,
  });
}

export function numberIn(config: Record<string, unknown>, name: string): number | null {
  const value = config[name];
  return typeof value === 'number' && Number.isFinite(value) && value > 0 ? value : null;
}
