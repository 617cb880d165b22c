import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openTinyPack } from '../../../models/testing/tiny-pack.ts';
import { packIdSchema } from '../../../shared/domain/ids.ts';
import { packManifestSchema, type PackManifest } from '../../../shared/domain/pack-manifest.ts';
import { settingsSchema } from '../../../shared/domain/settings.ts';
import type { InferenceProcess } from '../host.ts';
import { createInferenceService } from '../inference/inference-service.ts';
import { forkInference } from '../inference/fork-inference.ts';
import type { InferenceService, ResolvedPack } from '../service-types.ts';
import { recordingEvents, silentLog } from '../testing/scratch-library.ts';
import { diffusionHandlers } from './diffusion-handlers.ts';

const entry = fileURLToPath(new URL('../../inference/entry.ts', import.meta.url));
const packs = fileURLToPath(new URL('../../../models/testing/diffusion-packs/packs/', import.meta.url));

let data: string;
let spawned: InferenceProcess[];
let service: InferenceService;

beforeEach(async () => {
  data = await mkdtemp(join(tmpdir(), 'kiln-tokens-'));
  spawned = [];
  service = createInferenceService({
    host: {
      kind: 'test',
      version: 'test',
      capabilities: { nativeDialogs: false, filePaths: true, revealFiles: false },
      paths: { data, builtInPacks: data, audioWorker: '' },
      log: silentLog,
      spawnInference() {
        const process = forkInference(entry, { log: silentLog });
        spawned.push(process);
        return process;
      },
    },
    events: recordingEvents(),
    settings: { get: () => settingsSchema.parse({}) },
    memory: { get: () => null, set: () => undefined },
  });
});
afterEach(async () => {
  await service.dispose();
  for (const process of spawned) process.kill();
  await rm(data, { recursive: true, force: true });
});

const resolved = (manifest: PackManifest, folder: string): ResolvedPack => ({
  folder,
  manifest,
  packHash: 'a'.repeat(64),
  excludedBackends: [],
});

const embedding = packManifestSchema.parse({
  formatVersion: 1,
  id: 'style',
  name: 'Style',
  version: '1.0.0',
  task: 'embedding',
  family: 'other',
  licence: null,
  model: 'style.safetensors',
  files: [{ path: 'style.safetensors', sha256: 'a'.repeat(64), sizeBytes: 1 }],
  convention: { task: 'embedding', weights: 'style.safetensors', token: '<style>', vectors: 6, width: 32 },
});

describe('diffusion.tokens', () => {
  it('counts tokens and chunks of a pack’s own tokenizer', async () => {
    const { context } = openTinyPack('sd15');
    const handlers = diffusionHandlers({
      packs: { resolve: (id) => (id === 'style' ? resolved(embedding, data) : resolved(context.manifest, join(packs, 'sd15'))) },
      inference: service,
    });
    const input = { packId: context.manifest.id, embeddings: [] };
    const prompts = ['', 'a red apple', '(a red apple:1.3)', 'a BREAK red', 'a '.repeat(80), '<style>'];
    const [empty, plain, weighted, broken, long, word] = await handlers['diffusion.tokens']({ ...input, prompts });
    expect(empty).toEqual({ tokens: 0, chunks: 1, limit: 75 });
    expect(plain?.tokens).toBeGreaterThanOrEqual(3);
    expect(weighted).toEqual(plain);
    expect(broken).toMatchObject({ chunks: 2 });
    expect(long).toEqual({ tokens: 80, chunks: 2, limit: 75 });
    const [asVectors] = await handlers['diffusion.tokens']({ ...input, prompts: ['<style>'], embeddings: [packIdSchema.parse('style')] });
    expect(asVectors?.tokens).toBe(6);
    expect(word?.tokens).not.toBe(6);
  });

  it('says which pack takes no prompts', async () => {
    await expect(service.tokenize(resolved(embedding, data), ['a'], [])).rejects.toMatchObject({
      code: 'unsupported',
      message: expect.stringContaining('Style') as string,
    });
  });
});
