import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { safetensors, seededValues } from '../../../../models/testing/lora/write-lora.ts';
import type { DiffusionRequest } from '../../../../shared/domain/generation.ts';
import type { Pack } from '../../../../shared/domain/pack.ts';
import { diffusionParamsSchema } from '../../../../shared/pipelines/diffusion.ts';
import { createInferenceService } from '../../inference/inference-service.ts';
import { openTestStudio, type TestStudio } from '../../testing/studio-host.ts';
import type { InferenceService } from '../../service-types.ts';

const tinyPack = fileURLToPath(new URL('../../../../models/testing/diffusion-packs/packs/sd15', import.meta.url));
let data: string;
let folder: string;
let open: TestStudio;
let inference: InferenceService;
let base: Pack;
let lora: Pack;
let embedding: Pack;

beforeAll(async () => {
  data = await mkdtemp(join(tmpdir(), 'kiln-add-on-runs-'));
  folder = await mkdtemp(join(tmpdir(), 'kiln-add-on-runs-from-'));
  open = await openTestStudio(data);
  inference = createInferenceService({
    host: open.host,
    events: open.studio.events,
    settings: { get: () => ({ sessionMemoryMiB: 1024, backend: 'cpu' }) as never },
    memory: { get: () => null, set: () => undefined } as never,
  });
  base = await bring(tinyPack);
  const query = 'lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn2_to_k';
  const file = join(folder, 'style.safetensors');
  await writeFile(
    file,
    safetensors({
      [`${query}.lora_down.weight`]: { shape: [2, 12], values: seededValues(24, 2) },
      [`${query}.lora_up.weight`]: { shape: [8, 2], values: seededValues(16, 2) },
      [`${query}.alpha`]: { shape: [], values: Float32Array.of(2) },
    }),
  );
  lora = await bring(file);
  const word = join(folder, 'zork.safetensors');
  await writeFile(word, safetensors({ emb_params: { shape: [2, 12], values: seededValues(24, 1) } }));
  embedding = await bring(word);
}, 120_000);
afterAll(async () => {
  await inference.dispose();
  await open.studio.dispose();
  await rm(data, { recursive: true, force: true });
  await rm(folder, { recursive: true, force: true });
});

const bring = (path: string): Promise<Pack> => open.studio.router.call('packs.import', { from: { kind: 'path', path } });

async function run(params: Partial<DiffusionRequest['params']>): Promise<{ hash: string; notes: string[] }> {
  const workFolder = await mkdtemp(join(folder, 'work-'));
  const request: DiffusionRequest = {
    kind: 'diffusion',
    projectId: null,
    packId: base.manifest.id,
    seed: 3,
    backend: 'cpu',
    placement: null,
    parentId: null,
    title: '',
    inputs: {},
    params: diffusionParamsSchema.parse({ prompt: 'a zork', steps: 2, guidanceScale: 1, ...params }),
  };
  const resolved = (pack: Pack) => open.studio.packs.resolve(pack.manifest.id);
  const result = await inference.run(
    {
      request,
      inputFiles: {},
      pack: resolved(base),
      addOns: [lora, embedding].map(resolved),
      resumeFile: null,
      backends: ['cpu'],
      workFolder,
    },
    { onProgress: () => undefined, onPreview: () => undefined },
    new AbortController().signal,
  );
  const [image] = result.outputs;
  const bytes = await readFile(image?.file ?? '');
  return { hash: createHash('sha256').update(bytes).digest('hex'), notes: result.notes };
}

describe('runs with add-ons', () => {
  it('change with the LoRA and its weight, alike each time, and are the plain run at weight 0', async () => {
    const plain = await run({});
    const half = await run({ loras: [{ packId: lora.manifest.id, weight: 0.5 }] });
    const whole = await run({ loras: [{ packId: lora.manifest.id, weight: 1 }] });
    expect(new Set([plain.hash, half.hash, whole.hash]).size).toBe(3);
    expect((await run({ loras: [{ packId: lora.manifest.id, weight: 0.5 }] })).hash).toBe(half.hash);
    expect((await run({ loras: [{ packId: lora.manifest.id, weight: 0 }] })).hash).toBe(plain.hash);
    const copies = await readdir(join(data, 'cache', 'graphs'));
    expect(copies.length).toBeGreaterThanOrEqual(2);
    expect(copies.every((name) => /^[0-9a-f]{40}$/.test(name))).toBe(true);
  }, 120_000);

  it('change with a textual inversion when its word is in the prompt', async () => {
    const plain = await run({});
    const changed = await run({ embeddings: [embedding.manifest.id] });
    expect(changed.hash).not.toBe(plain.hash);
    const other = await run({ prompt: 'a cat', embeddings: [embedding.manifest.id] });
    expect(other.hash).toBe((await run({ prompt: 'a cat' })).hash);
  }, 120_000);

  it('say when FreeU cannot be', async () => {
    const { notes } = await run({ freeU: { b1: 1.2, b2: 1.4, s1: 0.9, s2: 0.2 } });
    const graph = (await readFile(join(tinyPack, 'unet/model.onnx'))).toString('latin1');
    const hasNames = /\/up_blocks\.0\/Concat/.test(graph);
    expect(notes.some((text) => text.includes('FreeU was left out'))).toBe(!hasNames);
  }, 120_000);
});
