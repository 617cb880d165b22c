import { cp, mkdir, mkdtemp, readdir, readFile, rename, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { uploadResultSchema } from '../../../../shared/contract/upload.ts';
import type { StudioEvent } from '../../../../shared/contract/events.ts';
import type { DiffusionConvention } from '../../../../shared/domain/diffusion-convention.ts';
import type { Pack } from '../../../../shared/domain/pack.ts';
import { openTestStudio, type TestStudio } from '../../testing/studio-host.ts';

// Every import starts processes, and many do so at once when all tests run.
vi.setConfig({ testTimeout: 120_000 });

const tinyPacks = fileURLToPath(new URL('../../../../models/testing/diffusion-packs/packs', import.meta.url));
const lfsPointer = 'version https://git-lfs.github.com/spec/v1\noid sha256:abc\nsize 1719000000\n';

let data: string;
let folder: string;
let open: TestStudio;

beforeAll(async () => {
  data = await mkdtemp(join(tmpdir(), 'kiln-diffusers-'));
  open = await openTestStudio(data);
});
afterAll(async () => {
  await open.studio.dispose();
  await rm(data, { recursive: true, force: true });
});
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kiln-diffusers-from-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
  for (const { builtIn, manifest } of await open.studio.router.call('packs.list', undefined)) {
    if (!builtIn) await open.studio.router.call('packs.remove', { id: manifest.id });
  }
});

const bring = (path: string): Promise<Pack> => open.studio.router.call('packs.import', { from: { kind: 'path', path } });

async function copyOf(name: string): Promise<string> {
  const path = join(folder, name);
  await cp(join(tinyPacks, name), path, { recursive: true });
  return path;
}

function diffusionOf({ manifest: { convention } }: Pack): DiffusionConvention {
  if (convention.task !== 'diffusion') throw new Error(`It became a pack for ${convention.task}.`);
  return convention;
}

describe('folders people have', () => {
  it('takes an Optimum export with external data, a README and torch weights beside it', async () => {
    const path = await copyOf('sd15');
    await writeFile(join(path, 'README.md'), '---\nlicense: creativeml-openrail-m\ntags:\n- x\n---\n# A model\n');
    await writeFile(join(path, 'unet', 'diffusion_pytorch_model.safetensors'), 'not wanted');
    const pack = await bring(path);
    expect(pack.status).toEqual({ state: 'ready' });
    expect(pack.manifest).toMatchObject({ name: 'sd15', task: 'diffusion', licence: 'creativeml-openrail-m', model: 'unet/model.onnx' });
    const paths = pack.manifest.files.map((file) => file.path);
    expect(paths).toEqual(expect.arrayContaining(['unet/model.onnx_data', 'tokenizer/vocab.json', 'scheduler/scheduler_config.json']));
    expect(paths.some((one) => one.endsWith('.safetensors'))).toBe(false);
    expect(diffusionOf(pack)).toMatchObject({
      architecture: 'sd',
      parts: {
        textEncoder: 'text_encoder/model.onnx',
        textEncoder2: null,
        denoiser: 'unet/model.onnx',
        vaeEncoder: 'vae_encoder/model.onnx',
        vaeDecoder: 'vae_decoder/model.onnx',
      },
      tokenizer: 'tokenizer',
      vae: { scalingFactor: 0.18215, latentChannels: 4, scale: 8 },
      inChannels: 4,
      timestepCondDim: null,
      controls: 0,
      nativeSize: { width: 64, height: 64 },
      defaults: { steps: 25, guidanceScale: 7.5 },
    });
  });

  it('takes a legacy folder: weights.pb, no configurations, -Infinity in the scheduler', async () => {
    const pack = await bring(join(tinyPacks, 'sd15-legacy'));
    expect(pack.manifest.files.map((file) => file.path)).toContain('unet/weights.pb');
    expect(diffusionOf(pack)).toMatchObject({
      architecture: 'sd',
      vae: { scalingFactor: 0.18215, scale: 8 },
      nativeSize: { width: 512, height: 512 },
      defaults: { steps: 20, guidanceScale: 7.5 },
    });
  });

  it('tells SDXL, LCM, nine channels, fused ControlNets and turbo models apart by their graphs', async () => {
    const sdxl = diffusionOf(await bring(join(tinyPacks, 'sdxl')));
    expect(sdxl).toMatchObject({
      architecture: 'sdxl',
      parts: { textEncoder2: 'text_encoder_2/model.onnx' },
      tokenizer2: 'tokenizer_2',
      vae: { scalingFactor: 0.13025 },
      zeroEmptyNegative: true,
      aestheticScore: false,
    });
    expect(diffusionOf(await bring(join(tinyPacks, 'lcm')))).toMatchObject({
      timestepCondDim: 256,
      defaults: { steps: 4, guidanceScale: 8.5 },
    });
    expect(diffusionOf(await bring(join(tinyPacks, 'inpaint-9')))).toMatchObject({ inChannels: 9 });
    expect(diffusionOf(await bring(join(tinyPacks, 'controlnet'))).controls).toBeGreaterThan(0);
    // No model_index.json at all, as the onnxruntime-web examples have it.
    expect(diffusionOf(await bring(join(tinyPacks, 'sd-turbo')))).toMatchObject({
      architecture: 'sd',
      defaults: { steps: 4, guidanceScale: 0 },
    });
  });

  it('knows by the scheduler that a folder of another name is a turbo model', async () => {
    const path = await copyOf('sd-turbo');
    await rename(path, join(folder, 'mine'));
    expect(diffusionOf(await bring(join(folder, 'mine')))).toMatchObject({ defaults: { steps: 4, guidanceScale: 0 } });
  });

  it('writes the usual scheduler where there is none, and says so', async () => {
    const path = await copyOf('sd15');
    await rm(join(path, 'scheduler'), { recursive: true });
    const pack = await bring(path);
    expect(pack.manifest.description).toContain('scheduler');
    expect(pack.manifest.files.map((file) => file.path)).toContain('scheduler/scheduler_config.json');
  });

  it('finds the export in a folder of its own inside a repository, and follows the hub’s cache', async () => {
    const snapshot = join(folder, 'models--a--b', 'snapshots', 'c'.repeat(40));
    const blobs = join(folder, 'models--a--b', 'blobs');
    await mkdir(blobs, { recursive: true });
    await cp(join(tinyPacks, 'sd15'), join(snapshot, 'onnx'), { recursive: true });
    await writeFile(join(snapshot, 'model_index.json'), '{"_class_name": "StableDiffusionPipeline"}');
    await rename(join(snapshot, 'onnx', 'unet', 'model.onnx'), join(blobs, 'abc'));
    await symlink(join('..', '..', '..', '..', 'blobs', 'abc'), join(snapshot, 'onnx', 'unet', 'model.onnx'));
    const pack = await bring(snapshot);
    expect(pack.manifest.model).toBe('unet/model.onnx');
    expect(pack.manifest.name).toBe('Imported diffusion model');
  });

  it('does not take the same weights twice', async () => {
    await bring(join(tinyPacks, 'lcm'));
    await expect(bring(join(tinyPacks, 'lcm'))).rejects.toMatchObject({ code: 'conflict' });
  });

  it('keeps taking a folder that has a kiln.json', async () => {
    const { manifest } = await bring(join(tinyPacks, 'lcm'));
    const path = join(folder, 'again');
    await cp(join(data, 'packs', manifest.id), path, { recursive: true });
    await open.studio.router.call('packs.remove', { id: manifest.id });
    expect((await bring(path)).manifest).toEqual(manifest);
    await rm(join(path, 'vae_decoder', 'model.onnx'));
    await open.studio.router.call('packs.remove', { id: manifest.id });
    await expect(bring(path)).rejects.toMatchObject({ code: 'pack-invalid' });
  });
});

describe('the first step', () => {
  it('refuses weights that give no picture', async () => {
    const path = await copyOf('sd15');
    const data = join(path, 'unet/model.onnx_data');
    // Every exponent bit set: NaN throughout.
    await writeFile(data, Buffer.alloc((await readFile(data)).length, 0xff));
    await expect(bring(path)).rejects.toMatchObject({
      code: 'model-output-invalid',
      message: expect.stringContaining('first step') as string,
    });
  });
});

describe('folders that are not whole, or not for Kiln', () => {
  const without: readonly (readonly [string, string, (path: string) => Promise<unknown>, string, RegExp])[] = [
    ['its data file', 'sd15', (path) => rm(join(path, 'unet/model.onnx_data')), 'pack-invalid', /unet\/model\.onnx_data, is missing/],
    [
      'a Git LFS pointer for its weights',
      'sd15',
      (path) => writeFile(join(path, 'unet/model.onnx_data'), lfsPointer),
      'pack-invalid',
      /Git LFS pointer/,
    ],
    [
      'a Git LFS pointer for a graph',
      'lcm',
      (path) => writeFile(join(path, 'unet/model.onnx'), lfsPointer),
      'pack-invalid',
      /Git LFS pointer/,
    ],
    [
      'half a graph',
      'lcm',
      (path) => truncate(join(path, 'vae_decoder/model.onnx'), 3000),
      'pack-invalid',
      /^vae_decoder\/model\.onnx: .*cut short/,
    ],
    ['no VAE decoder', 'lcm', (path) => rm(join(path, 'vae_decoder'), { recursive: true }), 'pack-invalid', /vae_decoder\/model\.onnx/],
    ['no UNet', 'lcm', (path) => rm(join(path, 'unet'), { recursive: true }), 'pack-invalid', /unet\/model\.onnx/],
    ['no text encoder', 'lcm', (path) => rm(join(path, 'text_encoder'), { recursive: true }), 'pack-invalid', /text_encoder\/model\.onnx/],
    ['no tokenizer', 'lcm', (path) => rm(join(path, 'tokenizer'), { recursive: true }), 'pack-invalid', /tokenizer/],
    [
      'torch weights only',
      'lcm',
      async (path) => {
        await rm(join(path, 'unet/model.onnx'));
        await writeFile(join(path, 'unet/diffusion_pytorch_model.safetensors'), 'x');
      },
      'unsupported',
      /PyTorch weights/,
    ],
    [
      'Stable Diffusion 3',
      'lcm',
      (path) => writeFile(join(path, 'model_index.json'), '{"_class_name": "ORTStableDiffusion3Pipeline"}'),
      'unsupported',
      /Stable Diffusion 3/,
    ],
    ['Flux', 'lcm', (path) => rename(join(path, 'unet'), join(path, 'transformer')), 'unsupported', /Flux/],
    [
      'another model’s text encoder',
      'lcm',
      (path) => cp(join(tinyPacks, 'sdxl/text_encoder_2/model.onnx'), join(path, 'text_encoder/model.onnx')),
      'model-mismatch',
      /numbers for each token/,
    ],
    [
      'the VAE encoder in the UNet’s place',
      'lcm',
      (path) => cp(join(path, 'vae_encoder/model.onnx'), join(path, 'unet/model.onnx')),
      'model-mismatch',
      /no input "timestep"/,
    ],
    [
      'a configuration that is not JSON',
      'lcm',
      (path) => writeFile(join(path, 'scheduler/scheduler_config.json'), '{"a":'),
      'pack-invalid',
      /not JSON/,
    ],
  ];

  it.each(without)('refuses one with %s', async (_what, name, damage, code, message) => {
    const path = await copyOf(name);
    await damage(path);
    const before = await readdir(join(data, 'packs')).catch(() => []);
    await expect(bring(path)).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message) as string,
      action: expect.any(String) as string,
    });
    expect(await readdir(join(data, 'packs')).catch(() => [])).toEqual(before);
  });
});

describe('a folder that was uploaded file by file', () => {
  async function uploadAll(name: string): Promise<{ uploadId: string; path: string }[]> {
    const sent = [];
    for (const entry of await readdir(join(tinyPacks, name), { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue;
      const file = join(entry.parentPath, entry.name);
      const path = `My model${file.slice(join(tinyPacks, name).length)}`;
      const response = await open.studio.handleRequest(
        new Request(`http://127.0.0.1/upload?${new URLSearchParams({ purpose: 'pack', name: path }).toString()}`, {
          method: 'POST',
          body: await readFile(file),
        }),
      );
      const result = uploadResultSchema.parse(await response.json());
      if (result.purpose === 'pack') sent.push({ uploadId: result.uploadId, path });
    }
    return sent;
  }
  const importUploads = (files: unknown, importId?: string): Promise<Pack> =>
    open.studio.router.call('packs.import', {
      from: { kind: 'uploads', files: files as never, folderName: 'My model' },
      ...(importId === undefined ? {} : { importId }),
    });

  it('becomes one pack, with its progress told', async () => {
    const events: StudioEvent[] = [];
    const unsubscribe = open.studio.events.subscribe((event) => events.push(event));
    const pack = await importUploads(await uploadAll('sd15'), 'import-0001');
    unsubscribe();
    expect(pack.manifest).toMatchObject({ name: 'My model', task: 'diffusion' });
    const phases = events.flatMap((event) => (event.type === 'packs.importing' ? [event.phase] : []));
    expect(new Set(phases)).toEqual(new Set(['copy', 'check', 'try']));
    expect(await readdir(join(data, 'library', 'transfers'))).toEqual([]);
  });

  it('leaves nothing behind when it is stopped, twice sent or outside its folder', async () => {
    const files = await uploadAll('lcm');
    const stopped = importUploads(files, 'import-0002');
    await open.studio.router.call('packs.cancelImport', { importId: 'import-0002' });
    await expect(stopped).rejects.toMatchObject({ code: 'cancelled' });
    const again = await uploadAll('lcm');
    const [first, second] = again;
    await expect(importUploads([first, { ...second, path: first?.path.toUpperCase() }])).rejects.toMatchObject({ code: 'invalid-request' });
    await expect(importUploads([{ ...again[2], path: '../evil' }])).rejects.toMatchObject({ code: 'invalid-request' });
    expect((await readdir(join(data, 'packs'))).filter((name) => name.startsWith('.importing'))).toEqual([]);
  });
});
