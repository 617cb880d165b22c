/**
 * Which of a repository's files make a pack, and which packs there are to choose from. Weights of other frameworks, pictures and
 * code are left where they are. Graph folders may hold one file a number format ("model_fp16.onnx"), or whole folders may repeat
 * ("onnx/fp16/unet/model.onnx"); each is a variant.
 */
import type { DownloadVariant, RemoteFile } from '../../../../shared/domain/download.ts';
import { audioVariants } from './choose-audio-files.ts';
import type { RepositoryFile } from './hub-api.ts';
import { folderOf, formatOf, isGraph, nameOf, remote, stemOf, variant, wordFile } from './variant-parts.ts';

/** Folders of a diffusion pack that hold a graph. The safety checker and its extractor are no part of what Kiln runs. */
const graphFolders = [
  'text_encoder',
  'text_encoder_2',
  'text_encoder_3',
  'unet',
  'transformer',
  'vae_encoder',
  'vae_decoder',
  'controlnet',
];
const denoisers = ['unet', 'transformer'];
const wordFolders = ['tokenizer', 'tokenizer_2', 'tokenizer_3', 'scheduler', 'vae'];
/** Weights, code and pictures that no pack needs; whatever else lies beside a graph may be its external data. */
const foreign =
  /\.(bin|safetensors|ckpt|pt|pth|msgpack|h5|tflite|gguf|ggml|ot|pkl|pickle|npz|mlmodel|mlpackage|xml|blob|engine|plan|py|ipynb|sh|js|html|zip|tar|gz|7z|whl|png|jpe?g|webp|gif|svg|mp4|webm|wav|mp3|pdf)$/i;
const about = /^(licen[cs]e|copying|notice|readme|use_policy)([._-].*)?$/i;
const largestAboutBytes = 2 * 1024 * 1024;
/** Preferred first: half precision is half the download and runs everywhere Kiln does. */
const formatOrder = [
  'fp16',
  'f16',
  'fp32',
  '',
  'optimized',
  'q8',
  'int8',
  'uint8',
  'quantized',
  'quant',
  'q4f16',
  'q4',
  'int4',
  'uint4',
  'bnb4',
  'bf16',
  'fp8',
];

const within = (root: string, path: string): string | null =>
  root === '' ? path : path.startsWith(`${root}/`) ? path.slice(root.length + 1) : null;

/** Likeliest first; empty when the repository holds nothing for Kiln. */
export function variantsOf(files: readonly RepositoryFile[], tags: readonly string[]): DownloadVariant[] {
  const present = files.filter(({ sizeBytes }) => sizeBytes > 0);
  const own = present.filter(({ path }) => nameOf(path) === 'kiln.json' && !path.includes('/'));
  if (own.length > 0) return [kilnVariant(present)];
  const roots = diffusionRoots(present);
  const diffusion = roots.flatMap((root) => diffusionVariants(root, present));
  if (diffusion.length > 0) return diffusion.sort(byPreference);
  const sounds = audioVariants(present, tags);
  if (sounds.length > 0) return sounds;
  const graphs = present.filter(({ path }) => isGraph(path)).map((graph) => graphVariant(graph, present));
  if (graphs.length > 0) return graphs.sort(byPreference);
  return addOnVariants(present, tags);
}

function byPreference(a: DownloadVariant, b: DownloadVariant): number {
  const rank = ({ label }: DownloadVariant): number => {
    const at = formatOrder.indexOf(formatNamed(label));
    return at < 0 ? formatOrder.length : at;
  };
  return rank(a) - rank(b) || a.label.length - b.label.length || a.label.localeCompare(b.label);
}

function formatNamed(label: string): string {
  const found =
    /(?:^|[^a-z0-9])(fp32|fp16|f16|bf16|fp8|int8|uint8|q8|q4f16|q4|int4|uint4|bnb4|quantized|quant|optimized)(?:[^a-z0-9]|$)/i.exec(label);
  return (found?.[1] ?? '').toLowerCase();
}

/** Folders below which there are both a denoiser and a decoder as ONNX graphs. */
function diffusionRoots(files: readonly RepositoryFile[]): string[] {
  const roots = new Map<string, Set<string>>();
  for (const { path } of files) {
    if (!isGraph(path)) continue;
    const folder = folderOf(path);
    const part = nameOf(folder);
    if (!graphFolders.includes(part)) continue;
    const root = folderOf(folder);
    roots.set(root, (roots.get(root) ?? new Set()).add(part));
  }
  return [...roots].filter(([, parts]) => parts.has('vae_decoder') && denoisers.some((part) => parts.has(part))).map(([root]) => root);
}

function diffusionVariants(root: string, files: readonly RepositoryFile[]): DownloadVariant[] {
  const inside = files.flatMap((file) => {
    const target = within(root, file.path);
    return target === null ? [] : [{ file, target }];
  });
  const graphs = inside.filter(({ target }) => isGraph(target) && graphFolders.includes(folderOf(target)));
  const denoiser = graphs.filter(({ target }) => denoisers.includes(folderOf(target)));
  const formats = [...new Set(denoiser.map(({ target }) => formatOf(target)))];
  return formats.map((wanted) => {
    const chosen: RemoteFile[] = [];
    for (const folder of graphFolders) {
      const here = graphs.filter(({ target }) => folderOf(target) === folder);
      // A part that does not come in this format comes in the plain one: encoders are often left at full precision.
      const graph = here.find(({ target }) => formatOf(target) === wanted) ?? here.find(({ target }) => formatOf(target) === '') ?? here[0];
      if (graph === undefined) continue;
      const others = here.filter((one) => one !== graph).map(({ target }) => nameOf(target));
      chosen.push(remote(graph.file, graph.target));
      for (const { file, target } of inside) {
        if (folderOf(target) === folder && !isGraph(target) && belongs(nameOf(target), nameOf(graph.target), others))
          chosen.push(remote(file, target));
      }
    }
    for (const { file, target } of inside) {
      const folder = folderOf(target);
      if ((wordFolders.includes(folder) || folder === '') && wordFile.test(target) && file.sizeBytes <= 64 * 1024 * 1024)
        chosen.push(remote(file, target));
    }
    addShared(root, files, chosen);
    const place = root === '' ? '' : `in ${root}/`;
    const label = [wanted === '' ? '' : wanted, place].filter((words) => words !== '').join(', ');
    return variant('diffusion', `diffusion:${root}:${wanted}`, label === '' ? 'The whole model' : label, chosen);
  });
}

/** Whether a file beside a graph is its own: external data, or words about it. */
function belongs(name: string, graph: string, otherGraphs: readonly string[]): boolean {
  if (foreign.test(name)) return false;
  if (otherGraphs.length === 0) return true;
  if (wordFile.test(name)) return true;
  const owner = (one: string): boolean =>
    name.startsWith(one) || name === `${one.replace(/\.onnx$/i, '')}.data` || name === `${one.replace(/\.onnx$/i, '')}.pb`;
  if (owner(graph)) return true;
  return !otherGraphs.some(owner);
}

/** Configuration and words that a variant in a subfolder shares with the whole repository. */
function addShared(root: string, files: readonly RepositoryFile[], chosen: RemoteFile[]): void {
  const have = new Set(chosen.map(({ target }) => target.toLowerCase()));
  const haveFolder = new Set(chosen.map(({ target }) => folderOf(target)));
  for (const file of files) {
    const folder = folderOf(file.path);
    const isAbout = folder === '' && about.test(nameOf(file.path)) && file.sizeBytes <= largestAboutBytes && !foreign.test(file.path);
    const isShared =
      root !== '' &&
      wordFile.test(file.path) &&
      file.sizeBytes <= 64 * 1024 * 1024 &&
      ((folder === '' && nameOf(file.path) === 'model_index.json') || (wordFolders.includes(folder) && !haveFolder.has(folder)));
    if ((isAbout || isShared) && !have.has(file.path.toLowerCase())) chosen.push(remote(file, file.path));
  }
}

/** One graph with what belongs to it, laid out as a folder whose only graph it is. */
function graphVariant(graph: RepositoryFile, files: readonly RepositoryFile[]): DownloadVariant {
  const folder = folderOf(graph.path);
  const beside = files.filter((file) => folderOf(file.path) === folder && file !== graph);
  const others = beside.filter(({ path }) => isGraph(path)).map(({ path }) => nameOf(path));
  const chosen = [remote(graph, nameOf(graph.path))];
  for (const file of beside) {
    const name = nameOf(file.path);
    if (isGraph(name) || wordFile.test(name) || about.test(name) || name.startsWith('.')) continue;
    // By its name; what the graph itself names beside that is fetched once the graph is here.
    const isData = name.startsWith(stemOf(graph.path)) || (others.length === 0 && /data|weight|onnx__|\.pb$/i.test(name));
    if (isData && belongs(name, nameOf(graph.path), others)) chosen.push(remote(file, name));
  }
  addShared('', files, chosen);
  return variant('graph', `graph:${graph.path}`, graph.path, chosen);
}

function addOnVariants(files: readonly RepositoryFile[], tags: readonly string[]): DownloadVariant[] {
  const lora = tags.some((tag) => /^lora$/i.test(tag));
  const embedding = tags.some((tag) => /textual[-_ ]inversion/i.test(tag));
  return files.flatMap((file) => {
    const name = nameOf(file.path);
    if (!/\.safetensors$/i.test(name)) return [];
    const kind =
      /embed|inversion/i.test(name) || (embedding && !/lora/i.test(name)) ? 'embedding' : /lora/i.test(file.path) || lora ? 'lora' : null;
    if (kind === null) return [];
    const chosen = [remote(file, name)];
    addShared('', files, chosen);
    return [variant(kind, `${kind}:${file.path}`, file.path, chosen)];
  });
}

function kilnVariant(files: readonly RepositoryFile[]): DownloadVariant {
  const chosen = files.filter(({ path }) => !path.split('/').some((part) => part.startsWith('.'))).map((file) => remote(file, file.path));
  return variant('kiln', 'kiln', 'Kiln pack', chosen.slice(0, 2000));
}
