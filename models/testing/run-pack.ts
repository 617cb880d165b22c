/** Runs a built-in pack's pipeline in this process, on the CPU: for tests, evaluation and benchmarks. */
import { readFileSync } from 'node:fs';
import * as ort from 'onnxruntime-node';
import { adaptSession } from '../../electron/inference/runtimes/session-adapter.ts';
import { generationRequestSchema, type GenerationDetails, type GenerationKind } from '../../shared/domain/generation.ts';
import { packManifestSchema, type PackManifest } from '../../shared/domain/pack-manifest.ts';
import {
  isPipelineConvention,
  type Pipeline,
  type PipelineContext,
  type PipelineFile,
  type PipelinePicture,
  type PixelImage,
} from '../pipeline.ts';
import { pipelines } from '../registry.ts';
import type { ModelSession } from '../runtime.ts';
import { noAddOns } from './no-add-ons.ts';

const anyHash = 'a'.repeat(64);

export interface RunOptions {
  seed?: number;
  progress?: PipelineContext['progress'];
  signal?: AbortSignal;
  /** Inputs that are no pictures, by role. */
  bytes?: Readonly<Record<string, Uint8Array>>;
  /** Stands in for the pack's own graphs. */
  fakeSession?: ModelSession;
}

export interface OpenPack {
  manifest: PackManifest;
  session(file?: string): Promise<ModelSession>;
  run(inputs: Readonly<Record<string, PixelImage>>, params: Readonly<Record<string, unknown>>, options?: RunOptions): Promise<PackRun>;
}

export interface PackRun {
  outputs: PipelinePicture[];
  /** Results that are no pictures. */
  files: PipelineFile[];
  /** The output with the role `image`. */
  image: PixelImage;
  details: GenerationDetails;
  notes: string[];
  totalMs: number;
  phasesMs: Record<string, number>;
}

export function openPack(id: string): OpenPack {
  const folder = new URL(`../packs/${id}/`, import.meta.url);
  const manifest = packManifestSchema.parse(JSON.parse(readFileSync(new URL('kiln.json', folder), 'utf8')));
  const sessions = new Map<string, Promise<ModelSession>>();
  const session = (file = manifest.model): Promise<ModelSession> => {
    const open =
      sessions.get(file) ??
      ort.InferenceSession.create(readFileSync(new URL(file, folder))).then((opened) => adaptSession(opened, ort.Tensor));
    sessions.set(file, open);
    return open;
  };
  return {
    manifest,
    session,
    async run(
      inputs,
      params,
      { seed = 0, progress = () => undefined, signal = new AbortController().signal, bytes = {}, fakeSession } = {},
    ) {
      const request = generationRequestSchema.parse({
        kind: manifest.convention.task,
        projectId: null,
        packId: manifest.id,
        seed,
        backend: 'cpu',
        placement: null,
        parentId: null,
        inputs: Object.fromEntries(Object.keys({ ...inputs, ...bytes }).map((role) => [role, anyHash])),
        params,
      });
      const details: GenerationDetails = {};
      const notes: string[] = [];
      const phasesMs: Record<string, number> = {};
      const startedAt = performance.now();
      const { convention } = manifest;
      if (!isPipelineConvention(convention)) throw new Error(`"${id}" is an add-on.`);
      const outputs = await (pipelines[request.kind] as Pipeline<GenerationKind>)(inputs, request, {
        manifest,
        convention,
        session: fakeSession === undefined ? session : () => Promise.resolve(fakeSession),
        ...noAddOns,
        inputBytes: (role) => (bytes[role] === undefined ? noAddOns.inputBytes(role) : Promise.resolve(bytes[role])),
        packText: (file) => Promise.resolve(readFileSync(new URL(file, folder), 'utf8')),
        signal,
        progress,
        preview: () => undefined,
        async time(phase, work) {
          const from = performance.now();
          try {
            return await work();
          } finally {
            phasesMs[phase] = (phasesMs[phase] ?? 0) + performance.now() - from;
          }
        },
        note: (text) => void notes.push(text),
        detail: (name, value) => void (details[name] = value),
      });
      const pictures = outputs.filter((output) => 'image' in output);
      const files = outputs.filter((output) => 'bytes' in output);
      const image = pictures.find(({ role }) => role === 'image')?.image;
      if (image === undefined) throw new Error('The pipeline gave no image.');
      return { outputs: pictures, files, image, details, notes, totalMs: performance.now() - startedAt, phasesMs };
    },
  };
}
