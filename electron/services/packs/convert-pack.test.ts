import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Pack } from '../../../shared/domain/pack.ts';
import { openTestStudio, type TestStudio } from '../testing/studio-host.ts';

const tinyPacks = fileURLToPath(new URL('../../../models/testing/diffusion-packs/packs', import.meta.url));
let data: string;
let open: TestStudio;
let pack: Pack;

beforeAll(async () => {
  data = await mkdtemp(join(tmpdir(), 'kiln-convert-pack-'));
  open = await openTestStudio(data);
  pack = await open.studio.router.call('packs.import', { from: { kind: 'path', path: join(tinyPacks, 'sd15') } });
}, 120_000);
afterAll(async () => {
  await open.studio.dispose();
  await rm(data, { recursive: true, force: true });
});

const weightsOf = ({ manifest }: Pack): number =>
  manifest.files.filter(({ path }) => /\.(onnx|data|onnx_data)$/.test(path)).reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);

describe('storing a pack smaller', () => {
  it('makes a pack of halves that runs, names it and keeps the old one', async () => {
    const half = await open.studio.router.call('packs.convert', { id: pack.manifest.id, to: 'float16' });
    expect(half.manifest).toMatchObject({ id: 'sd15-fp16', name: 'sd15 (fp16)', task: 'diffusion', convention: pack.manifest.convention });
    expect(half.status).toEqual({ state: 'ready' });
    expect(half.packHash).not.toBe(pack.packHash);
    expect(weightsOf(half)).toBeLessThan(weightsOf(pack));
    expect(half.manifest.files.map(({ path }) => path)).not.toContain('unet/model.onnx_data');
    expect((await open.studio.router.call('packs.verify', { id: half.manifest.id })).status.state).toBe('ready');
    await expect(open.studio.router.call('packs.convert', { id: half.manifest.id, to: 'float16' })).rejects.toMatchObject({
      code: 'unsupported',
      message: expect.stringContaining('already') as string,
    });
  }, 120_000);

  it('makes one of bytes, with the VAE in halves', async () => {
    const bytes = await open.studio.router.call('packs.convert', { id: pack.manifest.id, to: 'int8' });
    expect(bytes.manifest.name).toBe('sd15 (int8)');
    expect(weightsOf(bytes)).toBeLessThan(weightsOf(pack));
  }, 120_000);

  it('refuses models for other tasks, and leaves nothing when it is stopped', async () => {
    const id = open.studio.packs.defaultPackId('inpaint');
    await expect(open.studio.router.call('packs.convert', { id, to: 'float16' })).rejects.toMatchObject({ code: 'unsupported' });
    const before = await readdir(join(data, 'packs'));
    const stopped = open.studio.router.call('packs.convert', { id: pack.manifest.id, to: 'float16', importId: 'convert-1' });
    await open.studio.router.call('packs.cancelImport', { importId: 'convert-1' });
    await expect(stopped).rejects.toMatchObject({ code: 'cancelled' });
    expect(await readdir(join(data, 'packs'))).toEqual(before);
  }, 120_000);
});
