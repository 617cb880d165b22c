import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { lamaLikeGraph, nanGraph, slowGraph } from '../../../models/testing/graphs.ts';
import { openTinyPack } from '../../../models/testing/tiny-pack.ts';
import type { RunResult } from '../../../shared/contract/inference.ts';
import type { Backend } from '../../../shared/domain/backend.ts';
import { assetHashSchema, packIdSchema } from '../../../shared/domain/ids.ts';
import { packManifestSchema } from '../../../shared/domain/pack-manifest.ts';
import { settingsSchema } from '../../../shared/domain/settings.ts';
import type { Host, InferenceProcess } from '../host.ts';
import type { InferenceService, ResolvedPack } from '../service-types.ts';
import { inpaintRequest, recordingEvents, silentLog } from '../testing/scratch-library.ts';
import { forkInference } from './fork-inference.ts';
import { createInferenceService } from './inference-service.ts';

const entry = fileURLToPath(new URL('../../inference/entry.ts', import.meta.url));
const swiftShader = '/usr/lib/chromium/vk_swiftshader_icd.json';
const anyHash = assetHashSchema.parse('0'.repeat(64));

let folder: string;
let spawned: InferenceProcess[];
let service: InferenceService;
let remembered: Map<string, unknown>;
let events: ReturnType<typeof recordingEvents>;

function startService(env: NodeJS.ProcessEnv = {}): InferenceService {
  const host: Host = {
    kind: 'test',
    version: 'test',
    capabilities: { nativeDialogs: false, filePaths: true, revealFiles: false },
    paths: { data: folder, builtInPacks: folder, audioWorker: '' },
    log: silentLog,
    spawnInference() {
      const process = forkInference(entry, { log: silentLog, env });
      spawned.push(process);
      return process;
    },
  };
  return createInferenceService({
    host,
    events,
    settings: { get: () => settingsSchema.parse({}) },
    memory: {
      get: (key, schema) => schema.safeParse(remembered.get(key)).data ?? null,
      set: (key, value) => void remembered.set(key, value),
    },
  });
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kiln-inference-'));
  spawned = [];
  remembered = new Map();
  events = recordingEvents();
  service = startService();
});
afterEach(async () => {
  await service.dispose();
  for (const process of spawned) process.kill();
  await rm(folder, { recursive: true, force: true });
});

async function lamaPack(name: string, graph: Uint8Array, side = 64): Promise<ResolvedPack> {
  const packFolder = join(folder, name);
  await mkdir(packFolder);
  await writeFile(join(packFolder, 'model.onnx'), graph);
  const sha256 = createHash('sha256').update(graph).digest('hex');
  const manifest = packManifestSchema.parse({
    formatVersion: 1,
    id: packIdSchema.parse(name),
    name,
    version: '1.0.0',
    task: 'inpaint',
    family: 'other',
    licence: null,
    model: 'model.onnx',
    files: [{ path: 'model.onnx', sha256, sizeBytes: graph.byteLength }],
    convention: {
      task: 'inpaint',
      imageInput: 'image',
      maskInput: 'mask',
      output: 'output',
      imageType: 'float32',
      maskType: 'float32',
      imageRange: '0..1',
      zeroHole: false,
      maskHoleValue: 1,
      maskKnownValue: 0,
      outputRange: '0..255',
      outputType: 'float32',
      fixedSize: { width: side, height: side },
      sizeMultiple: 8,
      modelSize: side,
    },
  });
  return { folder: packFolder, manifest, packHash: sha256, excludedBackends: [] };
}

async function pictures(): Promise<Record<string, string>> {
  const image = join(folder, 'image.png');
  const mask = join(folder, 'mask.png');
  await sharp({ create: { width: 100, height: 80, channels: 3, background: '#4080c0' } })
    .png()
    .toFile(image);
  const hole = await sharp({ create: { width: 20, height: 20, channels: 3, background: '#fff' } })
    .png()
    .toBuffer();
  await sharp({ create: { width: 100, height: 80, channels: 3, background: '#000' } })
    .composite([{ input: hole, left: 40, top: 30 }])
    .png()
    .toFile(mask);
  return { image, mask };
}

async function run(pack: ResolvedPack, options: { backends?: Backend[]; signal?: AbortSignal } = {}): Promise<RunResult> {
  return runOn(await pictures(), pack, options);
}

function runOn(
  inputFiles: Record<string, string>,
  pack: ResolvedPack,
  options: { backends?: Backend[]; signal?: AbortSignal } = {},
): Promise<RunResult> {
  return service.run(
    {
      request: inpaintRequest(anyHash, anyHash),
      inputFiles,
      pack,
      addOns: [],
      resumeFile: null,
      backends: options.backends ?? ['cpu'],
      workFolder: join(folder, `work-${String(Math.random())}`),
    },
    { onProgress: () => undefined, onPreview: () => undefined },
    options.signal ?? new AbortController().signal,
  );
}

const bytesOf = async (result: RunResult, role: string): Promise<string> =>
  (await readFile(result.outputs.find((output) => output.role === role)?.file ?? '')).toString('base64');

describe('inference service', () => {
  it.each(['cpu', 'wasm'] as const)('runs a model on %s and leaves the rest of the picture as it was', async (backend) => {
    const result = await run(await lamaPack('lama', lamaLikeGraph(64)), { backends: [backend] });
    expect(result.backend).toBe(backend);
    const image = result.outputs.find((output) => output.role === 'image');
    expect(image?.size).toEqual({ width: 100, height: 80 });
    const { data } = await sharp(image?.file).raw().toBuffer({ resolveWithObject: true });
    expect([...data.subarray(0, 3)]).toEqual([0x40, 0x80, 0xc0]);
  });

  it('gives the same bytes again, also from a new process', async () => {
    const pack = await lamaPack('lama', lamaLikeGraph(64));
    const first = await bytesOf(await run(pack), 'image');
    expect(await bytesOf(await run(pack), 'image')).toBe(first);
    spawned.at(-1)?.kill();
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(await bytesOf(await run(pack), 'image')).toBe(first);
  });

  it('names what happened when its process is killed in a run, and runs the next job in a new one', async () => {
    const slow = run(await lamaPack('slow', slowGraph(256, 40), 256));
    setTimeout(() => spawned.at(-1)?.kill(), 1_200);
    await expect(slow).rejects.toMatchObject({ code: 'out-of-memory' });
    expect((await run(await lamaPack('lama', lamaLikeGraph(64)))).backend).toBe('cpu');
    expect(spawned.length).toBe(2);
  });

  it('counts tokens at once, also while a run holds its process up', async () => {
    const { context } = openTinyPack('sd15');
    const folderOfPack = fileURLToPath(new URL('../../../models/testing/diffusion-packs/packs/sd15', import.meta.url));
    const pack = { folder: folderOfPack, manifest: context.manifest, packHash: 'a'.repeat(64), excludedBackends: [] };
    let over = false;
    const slow = run(await lamaPack('slow', slowGraph(256, 40), 256)).then(
      () => (over = true),
      () => (over = true),
    );
    await new Promise((resolve) => setTimeout(resolve, 800));
    expect(await service.tokenize(pack, ['a a a'], [])).toEqual([{ tokens: 3, chunks: 1, limit: 75 }]);
    expect(over).toBe(false);
    spawned[0]?.kill();
    await slow;
  });

  it('goes on to the next backend when the process dies', async () => {
    const pack = await lamaPack('slow', slowGraph(64, 12), 64);
    await service.warmUp(pack);
    const started = spawned.length;
    const slow = runOn(await pictures(), pack, { backends: ['webgpu', 'cpu'] });
    // Before it has said anything, so the backend it was on is the first one asked for.
    spawned.at(-1)?.kill();
    const result = await slow;
    expect(result.backend).toBe('cpu');
    expect(result.notes.join()).toContain('webgpu stopped');
    expect(spawned.length).toBe(started + 1);
  });

  it('cancels a run that cannot stop by itself within seconds', async () => {
    const controller = new AbortController();
    const slow = run(await lamaPack('slow', slowGraph(512, 200), 512), { signal: controller.signal });
    const startedAt = Date.now();
    setTimeout(() => controller.abort(), 1_000);
    await expect(slow).rejects.toMatchObject({ code: 'cancelled' });
    // Ending the process was wanted, so nobody is told of a crash.
    const words = events.published.map((event) => (event.type === 'inference.changed' ? event.message : null));
    expect(words.filter((message) => message !== null)).toEqual([]);
    expect(Date.now() - startedAt).toBeLessThan(10_000);
  });

  it('refuses NaN from a model with a clear error after trying every backend', async () => {
    const bad = run(await lamaPack('nan', nanGraph(64)), { backends: ['cpu', 'wasm'] });
    await expect(bad).rejects.toMatchObject({ code: 'model-output-invalid' });
  });

  it('reads a graph and tries it in a process of its own', async () => {
    const pack = await lamaPack('lama', lamaLikeGraph(64));
    const file = join(pack.folder, 'model.onnx');
    const inspection = await service.inspect(file, pack.manifest.convention);
    expect(inspection.signature.inputs.map((input) => input.name)).toEqual(['image', 'mask']);
    expect(inspection.trial?.maximum).toBeGreaterThan(200);
    await writeFile(file, new Uint8Array([8, 9, 255, 1, 2, 3]));
    await expect(service.inspect(file, null)).rejects.toMatchObject({ code: 'model-mismatch' });
  });

  it('probes each backend once, remembers, and orders them by worth', async () => {
    const probes = await service.probes({ again: false });
    expect(probes.find((probe) => probe.backend === 'cpu')).toMatchObject({ usable: true, maxDifference: 0 });
    expect(probes.find((probe) => probe.backend === 'wasm')?.usable).toBe(true);
    const order = await service.backendOrder('auto');
    expect(order.indexOf('cpu')).toBeLessThan(order.indexOf('wasm'));
    const count = spawned.length;
    await service.dispose();
    service = startService();
    expect(await service.probes({ again: false })).toEqual(probes);
    expect(spawned.length).toBe(count);
  });

  it('excludes a backend whose probe takes the process down', async () => {
    // Dawn finds no adapter at all behind a driver file that does not exist.
    await service.dispose();
    service = startService({ VK_ICD_FILENAMES: '/nonexistent.json', VK_DRIVER_FILES: '/nonexistent.json' });
    const webgpu = (await service.probes({ again: false })).find((probe) => probe.backend === 'webgpu');
    expect(webgpu?.usable).toBe(false);
    expect(await service.backendOrder('auto')).toEqual(['cpu', 'wasm']);
  });

  it.skipIf(!existsSync(swiftShader))('runs WebGPU on a software adapter within 1e-3 of the CPU', { timeout: 120_000 }, async () => {
    await service.dispose();
    service = startService({ VK_ICD_FILENAMES: swiftShader, LD_LIBRARY_PATH: '/usr/lib/chromium' });
    const webgpu = (await service.probes({ again: false })).find((probe) => probe.backend === 'webgpu');
    expect(webgpu).toMatchObject({ usable: true });
    expect(webgpu?.maxDifference).toBeLessThan(1e-3);
    expect(webgpu?.maxDifference).not.toBeNull();
  });
});
