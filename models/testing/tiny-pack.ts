/** A folder of models/testing/diffusion-packs as a pipeline sees it: real graphs in this process, on the CPU. */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import * as ort from 'onnxruntime-node';
import { fileURLToPath } from 'node:url';
import { adaptSession } from '../../electron/inference/runtimes/session-adapter.ts';
import { diffusionConventionSchema, type DiffusionConvention } from '../../shared/domain/diffusion-convention.ts';
import { packManifestSchema } from '../../shared/domain/pack-manifest.ts';
import type { GraphChanges, PipelineContext } from '../pipeline.ts';
import type { ModelSession } from '../runtime.ts';
import { noAddOns } from './no-add-ons.ts';

export interface TinyPack {
  context: PipelineContext<'diffusion'>;
  convention: DiffusionConvention;
  session(file: string): Promise<ModelSession>;
  /** What was asked of the graphs, in order. */
  opened: { file: string; changes: GraphChanges | undefined }[];
  letGo: string[];
  notes: string[];
}

function conventionOf(files: readonly string[], changes: Partial<DiffusionConvention>): DiffusionConvention {
  const has = (file: string): string | null => (files.includes(file) ? file : null);
  const sdxl = files.includes('text_encoder_2/model.onnx');
  return diffusionConventionSchema.parse({
    task: 'diffusion',
    architecture: sdxl ? 'sdxl' : 'sd',
    parts: {
      textEncoder: has('text_encoder/model.onnx'),
      textEncoder2: has('text_encoder_2/model.onnx'),
      denoiser: 'unet/model.onnx',
      vaeEncoder: has('vae_encoder/model.onnx'),
      vaeDecoder: 'vae_decoder/model.onnx',
    },
    tokenizer: 'tokenizer',
    tokenizer2: sdxl ? 'tokenizer_2' : null,
    schedulerConfig: 'scheduler/scheduler_config.json',
    vae: { scalingFactor: sdxl ? 0.13025 : 0.18215, latentChannels: 4, scale: 8 },
    inChannels: 4,
    nativeSize: { width: 64, height: 64 },
    defaults: { steps: 4, guidanceScale: 7.5 },
    ...changes,
  });
}

/** @param name a folder of diffusion-packs/packs */
export function openTinyPack(name: string, changes: Partial<DiffusionConvention> = {}): TinyPack {
  const folder = new URL(`diffusion-packs/packs/${name}/`, import.meta.url);
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => statSync(new URL(path, folder)).isFile())
    .map((path) => path.replaceAll('\\', '/'));
  const convention = conventionOf(files, changes);
  const manifest = packManifestSchema.parse({
    formatVersion: 1,
    id: `tiny-${name}`,
    name,
    version: '1.0.0',
    task: 'diffusion',
    family: 'diffusion',
    licence: null,
    model: convention.parts.denoiser,
    files: files.map((path) => {
      const bytes = readFileSync(new URL(path, folder));
      return { path, sha256: createHash('sha256').update(bytes).digest('hex'), sizeBytes: bytes.length };
    }),
    convention,
  });
  const sessions = new Map<string, Promise<ModelSession>>();
  const session = (file: string): Promise<ModelSession> => {
    const path = fileURLToPath(new URL(file, folder));
    if (!existsSync(path)) throw new Error(`${name} has no ${file}`);
    const open =
      sessions.get(file) ?? ort.InferenceSession.create(path, { intraOpNumThreads: 1 }).then((opened) => adaptSession(opened, ort.Tensor));
    sessions.set(file, open);
    return open;
  };
  const opened: TinyPack['opened'] = [];
  const letGo: string[] = [];
  const notes: string[] = [];
  const context: PipelineContext<'diffusion'> = {
    ...noAddOns,
    manifest,
    convention,
    session(file = manifest.model, graphChanges) {
      opened.push({ file, changes: graphChanges });
      return session(file);
    },
    letGo: (file) => void letGo.push(file),
    packText: (file) => Promise.resolve(readFileSync(new URL(file, folder), 'utf8')),
    signal: new AbortController().signal,
    progress: () => undefined,
    preview: () => undefined,
    time: (_phase, work) => Promise.resolve(work()),
    note: (text) => void notes.push(text),
    detail: () => undefined,
  };
  return { context, convention, session, opened, letGo, notes };
}
