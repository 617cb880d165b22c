import { readFileSync } from 'node:fs';
import * as ort from 'onnxruntime-node';
import { beforeAll, describe, expect, it } from 'vitest';
import { adaptSession } from '../../../electron/inference/runtimes/session-adapter.ts';
import { packManifestSchema, type PackManifest } from '../../../shared/domain/pack-manifest.ts';
import type { InpaintParams } from '../../../shared/pipelines/inpaint.ts';
import { seededRandom } from '../../core/seeded-random.ts';
import type { PipelineOutput, PixelImage } from '../../pipeline.ts';
import type { ModelSession } from '../../runtime.ts';
import { openPack } from '../../testing/run-pack.ts';

const packFolder = new URL('../../packs/kiln-inpaint/', import.meta.url);
let manifest: PackManifest;
let real: ModelSession;
beforeAll(async () => {
  manifest = packManifestSchema.parse(JSON.parse(readFileSync(new URL('kiln.json', packFolder), 'utf8')));
  real = adaptSession(await ort.InferenceSession.create(readFileSync(new URL(manifest.model, packFolder))), ort.Tensor);
});

/** Paints every pixel grey (64 of 255), known ones too: whatever the pipeline lets through shows. */
const greyEverywhere: ModelSession = {
  inputs: [],
  outputs: [],
  run: ({ image }) =>
    Promise.resolve({ output: { type: 'float32', dims: image!.dims, data: image!.data.map((_, index) => 0.2515 - (index % 2) * 0.0025) } }),
};

function noise(width: number, height: number, channels: 3 | 4 = 3): PixelImage {
  const random = seededRandom(width * 31 + height);
  return { width, height, channels, data: Uint8Array.from({ length: width * height * channels }, () => Math.floor(random() * 256)) };
}

function maskOf(size: { width: number; height: number }, inside: (x: number, y: number) => boolean): PixelImage {
  const data = new Uint8Array(size.width * size.height);
  for (let y = 0; y < size.height; y += 1) for (let x = 0; x < size.width; x += 1) if (inside(x, y)) data[y * size.width + x] = 255;
  return { width: size.width, height: size.height, channels: 1, data };
}

async function run(
  image: PixelImage,
  mask: PixelImage,
  options: { session?: ModelSession; seed?: number; params?: Partial<InpaintParams> } = {},
): Promise<{ patch: PipelineOutput; image: PipelineOutput }> {
  const { outputs } = await openPack('kiln-inpaint').run(
    { image, mask },
    { ...(options.session === undefined ? { detail: 0 } : {}), ...options.params },
    {
      seed: options.seed ?? 0,
      fakeSession: options.session ?? greyEverywhere,
    },
  );
  return { patch: outputs.find((output) => output.role === 'patch')!, image: outputs.find((output) => output.role === 'image')! };
}

/** Largest distance, in pixels, between a changed pixel and the mask. */
function reachOf(before: PixelImage, after: PixelImage, mask: PixelImage): number {
  let furthest = 0;
  for (let y = 0; y < before.height; y += 1) {
    for (let x = 0; x < before.width; x += 1) {
      const at = (y * before.width + x) * before.channels;
      if (before.data.subarray(at, at + before.channels).every((value, index) => value === after.data[at + index])) continue;
      let nearest = Infinity;
      for (let my = 0; my < mask.height; my += 1) {
        for (let mx = 0; mx < mask.width; mx += 1) {
          if ((mask.data[my * mask.width + mx] ?? 0) > 127) nearest = Math.min(nearest, Math.hypot(mx - x, my - y));
        }
      }
      furthest = Math.max(furthest, nearest);
    }
  }
  return furthest;
}

describe('inpainting', () => {
  it('changes nothing beyond mask, grow and feather, whatever the model paints', async () => {
    const image = noise(90, 70);
    const mask = maskOf(image, (x, y) => Math.hypot(x - 45, y - 30) < 6);
    const result = await run(image, mask, { params: { maskGrow: 3, feather: 5, colourMatch: false } });
    const reach = reachOf(image, result.image.image, mask);
    expect(reach).toBeLessThan(8);
    expect(reach).toBeGreaterThan(3);
    const hard = await run(image, mask, { params: { maskGrow: 0, feather: 0 } });
    expect(reachOf(image, hard.image.image, mask)).toBe(0);
  });

  it('leaves every pixel outside the masks and their feather bit-identical over twenty successive runs of the real model', async () => {
    const first = noise(320, 240);
    let current = first;
    const touched = new Uint8Array(320 * 240);
    const random = seededRandom(5);
    for (let round = 0; round < 20; round += 1) {
      const [cx, cy, radius] = [random() * 320, random() * 240, 4 + random() * 20];
      const mask = maskOf(current, (x, y) => Math.hypot(x - cx, y - cy) < radius);
      if (!mask.data.includes(255)) continue;
      const result = await run(current, mask, { session: real, seed: round });
      for (let y = 0; y < 240; y += 1)
        for (let x = 0; x < 320; x += 1) if (Math.hypot(x - cx, y - cy) < radius + 12.5) touched[y * 320 + x] = 1;
      current = result.image.image;
    }
    let differing = 0;
    for (let index = 0; index < current.data.length; index += 1) {
      if (touched[Math.floor(index / 3)] === 0 && current.data[index] !== first.data[index]) differing += 1;
    }
    expect(differing).toBe(0);
    expect(touched.includes(0)).toBe(true);
  }, 120_000);

  it('gives the patch that makes the image', async () => {
    const image = noise(80, 60);
    const { patch, image: whole } = await run(
      image,
      maskOf(image, (x, y) => x > 30 && x < 40 && y > 20 && y < 30),
    );
    const { bounds } = patch;
    for (let y = 0; y < bounds.height; y += 1) {
      for (let x = 0; x < bounds.width; x += 1) {
        const from = (y * bounds.width + x) * 4;
        const to = ((bounds.y + y) * 80 + bounds.x + x) * 3;
        const alpha = (patch.image.data[from + 3] ?? 0) / 255;
        const expected = (patch.image.data[from] ?? 0) * alpha + (image.data[to] ?? 0) * (1 - alpha);
        expect(Math.abs((whole.image.data[to] ?? 0) - expected)).toBeLessThanOrEqual(0.51);
      }
    }
  });

  it('works on separate parts, at the border, over everything, and on one pixel', async () => {
    const image = noise(200, 40);
    const parts = await run(
      image,
      maskOf(image, (x) => x < 4 || x > 195),
      { params: { maskGrow: 0, feather: 2 } },
    );
    expect(parts.image.image.data[100 * 3]).toBe(image.data[100 * 3]);
    expect(parts.image.image.data[0]).toBe(64);
    const all = await run(
      image,
      maskOf(image, () => true),
      { session: real },
    );
    expect(all.patch.bounds).toEqual({ x: 0, y: 0, width: 200, height: 40 });
    const dot = noise(1, 1);
    expect(
      (
        await run(
          dot,
          maskOf(dot, () => true),
        )
      ).image.image.data,
    ).toHaveLength(3);
  });

  it('refuses an empty mask and one of another size', async () => {
    const image = noise(20, 20);
    await expect(
      run(
        image,
        maskOf(image, () => false),
      ),
    ).rejects.toMatchObject({ code: 'mask-empty' });
    await expect(
      run(
        image,
        maskOf({ width: 10, height: 10 }, () => true),
      ),
    ).rejects.toMatchObject({ code: 'invalid-request' });
  });

  it('gives clear pixels under the mask colour and opacity, and keeps clear ones elsewhere clear', async () => {
    const image = noise(64, 64, 4);
    for (let pixel = 0; pixel < 64 * 64; pixel += 1) image.data[pixel * 4 + 3] = pixel % 64 < 32 ? 0 : 255;
    const { image: whole } = await run(
      image,
      maskOf(image, (x, y) => x < 8 && y < 64),
      { params: { maskGrow: 0, feather: 0 } },
    );
    expect([...whole.image.data.subarray(0, 4)]).toEqual([64, 64, 64, 255]);
    expect(whole.image.data[20 * 4 + 3]).toBe(0);
  });

  it('repeats for a seed and differs between seeds', async () => {
    // Larger than the model's own side: in smaller pictures only the eight symmetries are left to differ by.
    const image = noise(500, 400);
    const mask = maskOf(image, (x, y) => Math.hypot(x - 250, y - 200) < 15);
    const bytes = async (seed: number): Promise<string> =>
      Buffer.from((await run(image, mask, { session: real, seed })).image.image.data).toString('base64');
    expect(await bytes(4)).toBe(await bytes(4));
    expect(new Set([await bytes(0), await bytes(1), await bytes(2), await bytes(8)]).size).toBe(4);
  });
});
