/**
 * Repositories of sound models for transformers.js: graphs in onnx/, a file a precision; configuration at the root; voices.
 * Which model it is, the importer reads from config.json; here the names of the graphs have to do.
 */
import type { DownloadVariant, RemoteFile } from '../../../../shared/domain/download.ts';
import type { RepositoryFile } from './hub-api.ts';
import { folderOf, formatOf, isGraph, nameOf, remote, stemOf, variant, wordFile } from './variant-parts.ts';

const sets: readonly (readonly string[])[] = [
  ['text_encoder', 'decoder_model_merged', 'encodec_decode'],
  ['text_encoder', 'latent_denoiser', 'voice_decoder'],
  ['encoder_model', 'decoder_model_merged', 'decoder_postnet_and_vocoder'],
];
/** Most exact first: sound suffers from coarse weights. */
const order = ['', 'fp32', 'fp16', 'quantized', 'q8', 'int8', 'uint8', 'q4f16', 'q4', 'bnb4'];
const largestWordsBytes = 64 * 1024 ** 2;
const speakerBytes = 2048;

const partOf = (path: string): string => {
  const format = formatOf(path);
  return format === '' ? stemOf(path) : stemOf(path).slice(0, -format.length - 1);
};
const rank = (format: string): number => (order.includes(format) ? order.indexOf(format) : order.length);

export function audioVariants(files: readonly RepositoryFile[], tags: readonly string[]): DownloadVariant[] {
  const has = (path: string): boolean => files.some((file) => file.path === path);
  if (!has('config.json') || !has('tokenizer.json')) return [];
  const graphs = files.filter(({ path }) => isGraph(path) && folderOf(path) === 'onnx');
  const voices = files.filter(
    ({ path, sizeBytes }) => /^voices\/[^/]+\.bin$/.test(path) || (/\.bin$/.test(path) && sizeBytes === speakerBytes),
  );
  const parts = new Set(graphs.map(({ path }) => partOf(path)));
  const speaks = voices.length > 0 || tags.some((tag) => /^(?:text-to-speech|text-to-audio|vits)$/.test(tag));
  const wanted = sets.find((set) => set.every((name) => parts.has(name))) ?? (speaks && parts.has('model') ? ['model'] : null);
  if (wanted === null) return [];
  const formats = [...new Set(graphs.filter(({ path }) => wanted.includes(partOf(path))).map(({ path }) => formatOf(path)))];
  return formats
    .sort((one, other) => rank(one) - rank(other))
    .map((format) => {
      const chosen: RemoteFile[] = [];
      for (const name of wanted) {
        // A part that does not come in this format comes in the most exact one.
        const here = graphs
          .filter(({ path }) => partOf(path) === name)
          .sort((one, other) => rank(formatOf(one.path)) - rank(formatOf(other.path)));
        const graph = here.find(({ path }) => formatOf(path) === format) ?? here[0];
        if (graph === undefined) continue;
        const data = files.filter(({ path }) => path.startsWith(`${graph.path}_data`) || path.startsWith(`${graph.path}.data`));
        for (const file of [graph, ...data]) chosen.push(remote(file, file.path));
      }
      for (const file of files) {
        if (folderOf(file.path) !== '' || file.sizeBytes > largestWordsBytes) continue;
        if (wordFile.test(file.path) || /^licen[cs]e$/i.test(nameOf(file.path))) chosen.push(remote(file, file.path));
      }
      for (const file of voices) chosen.push(remote(file, file.path));
      return variant('audio', `audio:${format}`, format === '' ? 'The whole model' : format, chosen);
    });
}
