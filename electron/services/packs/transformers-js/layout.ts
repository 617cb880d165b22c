/**
 * Finds the folder of a transformers.js model of sound among the files: by `model_type` in its config.json and by the names of
 * its graphs, which lie in onnx/ or beside the configuration.
 */
import { readFile } from 'node:fs/promises';
import { posix } from 'node:path';
import { AppError } from '../../../../shared/contract/errors.ts';
import type { AudioArchitecture } from '../../../../shared/domain/music-convention.ts';
import { parsePythonJson } from '../../../../shared/json/python-json.ts';
import type { SourceFile } from '../source-files.ts';
import { architectures, foreignName, isArchitecture, unsupportedSound } from './architectures.ts';

export interface ChosenGraph {
  file: SourceFile;
  /** How its name ends: '' or `_fp16` ... */
  precision: string;
  /** The folder its paths in the pack are relative to; '' but for a vocoder that lies apart. */
  folder: string;
  /** Path in the source of what lies at `folder`. */
  prefix: string;
  otherPrecisions: string[];
}

export interface AudioLayout {
  architecture: AudioArchitecture;
  /** Of the model's folder, with its slash; '' for the root itself. */
  prefix: string;
  /** Paths below the prefix. */
  files: ReadonlyMap<string, SourceFile>;
  config: Record<string, unknown>;
  graphs: ReadonlyMap<string, ChosenGraph>;
}

const largestConfigBytes = 4 * 1024 ** 2;
const mostConfigs = 40;
/** Most exact first; what transformers.js and the people who publish for it call them. */
const precisions = [
  '',
  '_fp32',
  '_fp16',
  '_q8f16',
  '_quantized',
  '_q8',
  '_int8',
  '_uint8',
  '_uint8f16',
  '_q4f16',
  '_q4',
  '_bnb4',
  '_q2f16',
  '_q2',
  '_q1f16',
  '_q1',
];

/**
 * @returns null for what is no model of sound
 * @throws unsupported for kinds Kiln does not run, pack-invalid for missing graphs
 */
export async function findAudioLayout(files: readonly SourceFile[]): Promise<AudioLayout | null> {
  const configs = await configsAmong(files);
  const own = configs.find(({ modelType }) => isArchitecture(modelType));
  if (own === undefined || !isArchitecture(own.modelType)) {
    const name = configs.map(({ modelType }) => foreignName(modelType)).find((found) => found !== undefined);
    if (name !== undefined) throw unsupportedSound(name);
    return null;
  }
  const { prefix, config, modelType: architecture } = own;
  const below = new Map(files.filter(({ path }) => path.startsWith(prefix)).map((file) => [file.path.slice(prefix.length), file]));
  const graphs = new Map<string, ChosenGraph>();
  for (const name of Object.keys(architectures[architecture].graphs)) {
    const found = name === 'vocoder' ? vocoderAmong(files, prefix, configs) : graphAmong(files, prefix, '', name);
    if (found === null) throw missingGraph(name, architecture, below);
    graphs.set(name, found);
  }
  return { architecture, prefix, files: below, config, graphs };
}

interface FoundConfig {
  prefix: string;
  modelType: string;
  config: Record<string, unknown>;
}

/** Shallowest first. */
async function configsAmong(files: readonly SourceFile[]): Promise<FoundConfig[]> {
  const depth = ({ path }: SourceFile): number => path.split('/').length;
  const candidates = files
    .filter(({ path, sizeBytes }) => posix.basename(path) === 'config.json' && sizeBytes <= largestConfigBytes)
    .sort((one, other) => depth(one) - depth(other))
    .slice(0, mostConfigs);
  const found: FoundConfig[] = [];
  for (const { path, file } of candidates) {
    const config = objectIn(await readFile(file, 'utf8'));
    const modelType = config?.['model_type'];
    if (config !== null && typeof modelType === 'string') found.push({ prefix: path.slice(0, -'config.json'.length), modelType, config });
  }
  return found;
}

/** Null: no JSON object, so no configuration of ours. */
export function objectIn(text: string): Record<string, unknown> | null {
  try {
    const parsed = parsePythonJson(text);
    return typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed) ? { ...parsed } : null;
  } catch {
    return null;
  }
}

/** The most exact of the precisions there are. */
function graphAmong(files: readonly SourceFile[], prefix: string, folder: string, name: string): ChosenGraph | null {
  const found = precisions.flatMap((precision) => {
    const paths = [`${prefix}onnx/${name}${precision}.onnx`, `${prefix}${name}${precision}.onnx`];
    const file = files.find(({ path }) => paths.includes(path));
    return file === undefined ? [] : [{ file, precision }];
  });
  const [best, ...others] = found;
  return best === undefined ? null : { ...best, folder, prefix, otherPrecisions: others.map(({ precision }) => precision) };
}

/** Optimum's own, which has the postnet in it, or else a HiFi-GAN folder that lies anywhere beside. */
function vocoderAmong(files: readonly SourceFile[], prefix: string, configs: readonly FoundConfig[]): ChosenGraph | null {
  const own = graphAmong(files, prefix, '', 'decoder_postnet_and_vocoder');
  if (own !== null) return own;
  for (const { modelType, prefix: apart } of configs) {
    const found = modelType === 'hifigan' ? graphAmong(files, apart, 'vocoder/', 'model') : null;
    if (found !== null) return found;
  }
  return null;
}

function missingGraph(name: string, architecture: AudioArchitecture, files: ReadonlyMap<string, SourceFile>): AppError {
  const has = (pattern: RegExp): boolean => [...files.keys()].some((path) => pattern.test(path));
  const { name: title } = architectures[architecture];
  if (!has(/\.onnx$/)) {
    return new AppError('unsupported', `This is ${title} without ONNX graphs.`, {
      action: 'Look for a version of it for transformers.js (its files lie in a folder "onnx"), or export it with Optimum.',
    });
  }
  if (name === 'vocoder') {
    return new AppError('pack-invalid', 'SpeechT5 needs a vocoder, and there is none: no onnx/decoder_postnet_and_vocoder.onnx.', {
      action: 'Put the folder of a HiFi-GAN vocoder (as speecht5_hifigan) beside the model, then import the folder that holds both.',
    });
  }
  const apart = name === 'decoder_model_merged' && has(/decoder_model\.onnx$/) && has(/decoder_with_past_model\.onnx$/);
  return new AppError('pack-invalid', `A part of ${title} is missing: there is no onnx/${name}.onnx.`, {
    action: apart
      ? 'The decoder is there in two files: merge them, with optimum.onnx.merge_decoders or a current optimum-cli export.'
      : 'Download the whole model, with every file of one precision.',
  });
}
