import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Pack } from '../../../../shared/domain/pack.ts';
import { openTestStudio, type TestStudio } from '../../testing/studio-host.ts';

const fixture = (name: string): string => fileURLToPath(new URL(`../../../../models/testing/lora/fixture/${name}`, import.meta.url));
let data: string;
let folder: string;
let open: TestStudio;

beforeAll(async () => {
  data = await mkdtemp(join(tmpdir(), 'kiln-add-ons-'));
  folder = await mkdtemp(join(tmpdir(), 'kiln-add-ons-from-'));
  open = await openTestStudio(data);
});
afterAll(async () => {
  await open.studio.dispose();
  await rm(data, { recursive: true, force: true });
  await rm(folder, { recursive: true, force: true });
});
afterEach(async () => {
  for (const { builtIn, manifest } of await open.studio.router.call('packs.list', undefined)) {
    if (!builtIn) await open.studio.router.call('packs.remove', { id: manifest.id });
  }
});

const bring = (path: string): Promise<Pack> => open.studio.router.call('packs.import', { from: { kind: 'path', path } });

/** A file of zeros in the format. */
async function weights(name: string, tensors: Record<string, number[]>): Promise<string> {
  let at = 0;
  const header: Record<string, unknown> = {};
  for (const [key, shape] of Object.entries(tensors)) {
    const bytes = 2 * shape.reduce((product, length) => product * length, 1);
    header[key] = { dtype: 'F16', shape, data_offsets: [at, at + bytes] };
    at += bytes;
  }
  const text = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  const path = join(folder, name);
  await writeFile(path, Buffer.concat([length, text, Buffer.alloc(at)]));
  return path;
}

const cross = 'lora_unet_down_blocks_1_attentions_0_transformer_blocks_0_attn2_to_k';

describe('LoRA files', () => {
  it('become packs with the title, words and architecture they tell of', async () => {
    const pack = await bring(fixture('kohya.safetensors'));
    expect(pack.manifest).toMatchObject({ name: 'Tiny kohya', task: 'lora', licence: null, model: 'weights.safetensors' });
    expect(pack.manifest.convention).toMatchObject({ task: 'lora', architecture: null, triggerWords: ['tiny style', 'bold'] });
    await expect(bring(fixture('kohya.safetensors'))).rejects.toMatchObject({ code: 'conflict' });
  });

  it.each([
    [768, 'sd'],
    [1024, 'sd'],
    [2048, 'sdxl'],
  ])('with a context of %i are for %s', async (width, architecture) => {
    const path = await weights(`w${String(width)}.safetensors`, {
      [`${cross}.lora_down.weight`]: [4, width],
      [`${cross}.lora_up.weight`]: [320, 4],
      [`${cross}.alpha`]: [],
    });
    expect((await bring(path)).manifest.convention).toMatchObject({ task: 'lora', architecture });
  });
});

describe('textual inversions', () => {
  it('are called by their file, or by the word they were trained as', async () => {
    const own = await weights('my-cat.safetensors', { emb_params: [3, 768] });
    expect((await bring(own)).manifest.convention).toEqual({
      task: 'embedding',
      weights: 'weights.safetensors',
      token: 'my-cat',
      vectors: 3,
      width: 768,
      width2: null,
    });
    const named = await weights('learned_embeds.safetensors', { '<cat-toy>': [768] });
    expect((await bring(named)).manifest.convention).toMatchObject({ token: '<cat-toy>', vectors: 1, width: 768 });
    const both = await weights('xl.safetensors', { clip_l: [2, 768], clip_g: [2, 1280] });
    expect((await bring(both)).manifest.convention).toMatchObject({ vectors: 2, width: 768, width2: 1280 });
  });
});

describe('what is neither', () => {
  it('is refused with what to do', async () => {
    const checkpoint = await weights('model.safetensors', {
      'model.diffusion_model.input_blocks.0.0.weight': [4, 4, 3, 3],
      'first_stage_model.decoder.conv_in.weight': [4, 4, 3, 3],
    });
    await expect(bring(checkpoint)).rejects.toMatchObject({
      code: 'unsupported',
      action: expect.stringContaining('optimum-cli') as string,
    });
    const pickle = join(folder, 'bad-hands.pt');
    await writeFile(pickle, 'PK');
    await expect(bring(pickle)).rejects.toMatchObject({ code: 'unsupported', message: expect.stringContaining('pickle') as string });
    const cut = join(folder, 'cut.safetensors');
    await writeFile(cut, Buffer.from([255, 255, 255, 255, 255, 255, 255, 127, 1]));
    await expect(bring(cut)).rejects.toMatchObject({ code: 'pack-invalid' });
    const short = join(folder, 'short.safetensors');
    await writeFile(short, Buffer.from([1, 2]));
    await expect(bring(short)).rejects.toMatchObject({ code: 'pack-invalid' });
  });
});
