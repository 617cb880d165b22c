/** A .safetensors file as a pack: a LoRA or a textual inversion; whole checkpoints are refused with what to do. */
import { basename, extname } from 'node:path';
import { AppError } from '../../../../shared/contract/errors.ts';
import type { EmbeddingConvention, LoraConvention } from '../../../../shared/domain/diffusion-convention.ts';
import { packManifestSchema, type PackManifest } from '../../../../shared/domain/pack-manifest.ts';
import { embeddingVectors, vectorsOf } from '../../../../shared/weights/embedding-vectors.ts';
import { loraModules, looksLikeLora } from '../../../../shared/weights/lora-modules.ts';
import type { SafetensorsHeader } from '../../../../shared/weights/safetensors.ts';
import { refuseLfsPointer } from '../lfs-pointer.ts';
import type { SourceFile } from '../source-files.ts';
import { freeId, listedFiles, type Staging } from '../staging.ts';
import { loraArchitecture } from './lora-architecture.ts';
import { readSafetensors } from './read-safetensors.ts';

const pickled = /\.(pt|ckpt|bin|pth)$/i;
const largestTensorsInAddOn = 20_000;

/** Files without any graph, one of which holds weights. */
export function isAddOn(files: readonly SourceFile[]): boolean {
  return !files.some(({ path }) => /\.onnx$/i.test(path)) && files.some(({ path }) => /\.safetensors$/i.test(path) || pickled.test(path));
}

/** @throws unsupported for pickles, checkpoints and methods Kiln does not merge; pack-invalid; conflict */
export async function addOnPack({ options, source, root, bring, licence }: Staging): Promise<PackManifest> {
  const weights = source.files.filter(({ path }) => /\.safetensors$/i.test(path));
  const [file] = weights;
  if (file === undefined) throw refusePickle(source.files.find(({ path }) => pickled.test(path))?.path ?? source.name);
  if (weights.length > 1) {
    throw new AppError('pack-invalid', `There are ${String(weights.length)} .safetensors files in it.`, {
      action: 'Import LoRAs and embeddings one file at a time.',
    });
  }
  await refuseLfsPointer(file.file, file.path);
  const header = await readSafetensors(file.file);
  const name = basename(file.path, extname(file.path));
  const convention = conventionOf(header, name);
  const hashes = await bring([{ from: file, to: 'weights.safetensors' }]);
  options.onProgress('check', 1);
  const twin = options.installedModels.get(hashes.get('weights.safetensors') ?? '');
  if (twin !== undefined) {
    throw new AppError('conflict', `This file is installed already, as "${twin}".`, { action: 'Remove that one first to import it anew.' });
  }
  const { metadata } = header;
  const title = (options.name ?? (metadata['modelspec.title']?.trim() || name)).slice(0, 100) || 'Imported add-on';
  return packManifestSchema.parse({
    formatVersion: 1,
    id: freeId(title, options.takenIds),
    name: title,
    version: '1.0.0',
    description: (metadata['modelspec.description'] ?? '').slice(0, 1000),
    task: convention.task,
    family: 'diffusion',
    licence: (await licence()) ?? metadata['modelspec.license']?.slice(0, 200) ?? null,
    authors: metadata['modelspec.author'] === undefined ? [] : [metadata['modelspec.author'].slice(0, 200)],
    source: source.name.slice(0, 500),
    model: 'weights.safetensors',
    files: await listedFiles(root, hashes),
    convention,
  });
}

function conventionOf(header: SafetensorsHeader, name: string): LoraConvention | EmbeddingConvention {
  if (header.tensors.size > largestTensorsInAddOn) throw checkpoint();
  const types = new Set([...header.tensors.values()].map(({ type }) => type));
  if (looksLikeLora(header)) {
    requireFloats(types);
    const modules = loraModules(header);
    if (modules.length === 0) {
      throw new AppError('unsupported', 'This LoRA changes no part that Stable Diffusion has.', {
        action: 'Choose one for Stable Diffusion 1.x, 2.x or SDXL.',
      });
    }
    return {
      task: 'lora',
      weights: 'weights.safetensors',
      architecture: loraArchitecture(modules),
      triggerWords: triggerWords(header.metadata),
    };
  }
  const vectors = embeddingVectors(header);
  if (vectors === null) throw checkpoint();
  requireFloats(types);
  const first = vectorsOf(vectors.first);
  return {
    task: 'embedding',
    weights: 'weights.safetensors',
    token: vectors.token ?? (name.slice(0, 100) || 'embedding'),
    vectors: first.vectors,
    width: first.width,
    width2: vectors.second === null ? null : vectorsOf(vectors.second).width,
  };
}

function requireFloats(types: ReadonlySet<string>): void {
  const strange = [...types].filter((type) => !['F64', 'F32', 'F16', 'BF16', 'I64', 'I32'].includes(type));
  if (strange.length === 0) return;
  throw new AppError('unsupported', `Its weights are stored as ${strange.join(', ')}, which Kiln does not read.`, {
    action: 'Choose the version in fp16 or fp32.',
  });
}

function triggerWords(metadata: SafetensorsHeader['metadata']): string[] {
  const phrases = (metadata['modelspec.trigger_phrase'] ?? '').split(/[,;\n]/);
  return phrases.flatMap((phrase) => (phrase.trim() === '' ? [] : [phrase.trim().slice(0, 100)])).slice(0, 50);
}

function refusePickle(path: string): AppError {
  return new AppError(
    'unsupported',
    `"${basename(path)}" is a Python pickle, which can run code when it is read. Kiln does not open such files.`,
    {
      action: 'Look for a .safetensors version, or convert the file with a tool you trust.',
    },
  );
}

function checkpoint(): AppError {
  return new AppError('unsupported', 'This is a whole model (a checkpoint) or a part of one, not a LoRA or an embedding.', {
    action:
      'Export it to ONNX once: load it in diffusers (StableDiffusionPipeline.from_single_file), save_pretrained, then "optimum-cli export onnx --model FOLDER NEW_FOLDER", and import NEW_FOLDER.',
  });
}
