import { readFileSync } from 'node:fs';
import * as ort from 'onnxruntime-node';
import { beforeAll, describe, expect, it } from 'vitest';
import { adaptSession } from '../../../electron/inference/runtimes/session-adapter.ts';
import { packManifestSchema, type PackManifest } from '../../../shared/domain/pack-manifest.ts';
import type { InpaintParams } from '../../../shared/pipelines/inpaint.ts';
import { gaussianBlur } from '../../core/gaussian-blur.ts';
import { newPlanes } from '../../core/planes.ts';
import { seededRandom } from '../../core/seeded-random.ts';
import type { PipelinePicture, PixelImage } from '../../pipeline.ts';
import type { ModelSession, TensorValue } from '../../runtime.ts';
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
  run: ({ image }) => answer(image!, (index) => 0.2515 - (index % 2) * 0.0025),
};

function answer(fed: TensorValue, level: (index: number) => number): ReturnType<ModelSession['run']> {
  return Promise.resolve({
    output: { type: 'float32', dims: fed.dims, data: Float32Array.from({ length: fed.data.length }, (_, index) => level(index)) },
  });
}

/** Gives back what it is fed, hole and all. */
const echoSession: ModelSession = { inputs: [], outputs: [], run: ({ image }) => answer(image!, (index) => Number(image!.data[index])) };

/** The smoothest model there is: known pixels as they are, holes in the mean of the known ones, a little uneven. */
const meanSession: ModelSession = {
  inputs: [],
  outputs: [],
  run: ({ image, mask }) => {
    const count = mask!.data.length;
    const means = [0, 1, 2].map((channel) => {
      let sum = 0;
      let known = 1e-6;
      for (let index = 0; index < count; index += 1) {
        if (Number(mask!.data[index]) > 0) continue;
        sum += Number(image!.data[channel * count + index]);
        known += 1;
      }
      return sum / known;
    });
    return answer(image!, (index) =>
      Number(mask!.data[index % count]) > 0 ? (means[Math.floor(index / count)] ?? 0) + (index % 7) * 0.001 : Number(image!.data[index]),
    );
  },
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
): Promise<{ patch: PipelinePicture; image: PipelinePicture }> {
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
    const first = noise(200, 150);
    let current = first;
    const touched = new Uint8Array(200 * 150);
    const random = seededRandom(5);
    for (let round = 0; round < 20; round += 1) {
      const [cx, cy, radius] = [random() * 200, random() * 150, 4 + random() * 14];
      const mask = maskOf(current, (x, y) => Math.hypot(x - cx, y - cy) < radius);
      if (!mask.data.includes(255)) continue;
      const result = await run(current, mask, { session: real, seed: round });
      for (let y = 0; y < 150; y += 1)
        for (let x = 0; x < 200; x += 1) if (Math.hypot(x - cx, y - cy) < radius + 12.5) touched[y * 200 + x] = 1;
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
    expect(Math.abs((parts.image.image.data[0] ?? 0) - 64)).toBeLessThan(10);
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
    // Beyond the known picture it goes on in its colours: the mean of the noise, not the black of clear pixels.
    expect(whole.image.data[3]).toBe(255);
    for (let channel = 0; channel < 3; channel += 1) expect(Math.abs((whole.image.data[channel] ?? 0) - 127)).toBeLessThan(64);
    expect(whole.image.data[20 * 4 + 3]).toBe(0);
  });

  it('repeats for a seed and differs between seeds, in pictures smaller than the model too', async () => {
    const image = noise(90, 70);
    const mask = maskOf(image, (x, y) => Math.hypot(x - 45, y - 35) < 15);
    const bytes = async (seed: number): Promise<string> =>
      Buffer.from((await run(image, mask, { session: meanSession, seed })).image.image.data).toString('base64');
    expect(await bytes(4)).toBe(await bytes(4));
    const seeds = Array.from({ length: 12 }, (_, seed) => seed);
    expect(new Set(await Promise.all(seeds.map(bytes))).size).toBe(seeds.length);
  });

  it.each([
    ['at full size', { width: 150, height: 120 }, 30],
    ['scaled down for the model', { width: 420, height: 330 }, 140],
  ])('lets nothing of what is removed into the fill, %s', async (_, size, radius) => {
    const image = noise(size.width, size.height);
    const mask = maskOf(size, (x, y) => Math.hypot(x - size.width / 2, y - size.height / 2) < radius);
    const other = { ...image, data: image.data.map((value, index) => (mask.data[Math.floor(index / 3)] === 255 ? 255 - value : value)) };
    const params = { maskGrow: 0, feather: 0 };
    const first = await run(image, mask, { session: echoSession, params });
    const second = await run(other, mask, { session: echoSession, params });
    expect(Buffer.compare(first.image.image.data, second.image.image.data)).toBe(0);
  });

  it('does not show one part what another part is about to lose', async () => {
    const image = noise(300, 100);
    const mask = maskOf(image, (x, y) => Math.abs(y - 50) < 10 && (Math.abs(x - 80) < 10 || Math.abs(x - 160) < 10));
    const seen: TensorValue[] = [];
    const watching: ModelSession = {
      ...echoSession,
      run: (feeds) => {
        seen.push(feeds['mask']!);
        return echoSession.run(feeds);
      },
    };
    await run(image, mask, { session: watching, params: { maskGrow: 2, feather: 4 } });
    const holes = seen.map(({ data }) => Array.from(data, Number).reduce((sum, value) => sum + value, 0));
    expect(holes).toHaveLength(2);
    // The first sees both holes, the second only its own: the first is filled by then.
    expect(holes[0]! - holes[1]!).toBeGreaterThan(20 * 20);
  });

  it('works through a thousand specks in a few runs that follow the specks, not the picture', async () => {
    const image = noise(1200, 900);
    const random = seededRandom(9);
    const specks = Array.from({ length: 1000 }, () => [30 + Math.floor(random() * 200), 30 + Math.floor(random() * 200)] as const);
    const mask = maskOf(image, () => false);
    for (const [x, y] of specks) mask.data[y * 1200 + x] = 255;
    let pixels = 0;
    const counting: ModelSession = {
      ...echoSession,
      run: (feeds) => {
        pixels += feeds['mask']!.data.length;
        return echoSession.run(feeds);
      },
    };
    await run(image, mask, { session: counting, params: { maskGrow: 1, feather: 1, detail: 0 } });
    expect(pixels).toBeLessThan(4 * 512 * 512);
  });

  it('refuses a single colour from the model, as broken drivers give it, but not on a plain picture', async () => {
    const image = noise(80, 80);
    const mask = maskOf(image, (x, y) => Math.hypot(x - 40, y - 40) < 12);
    const flat = (level: number): ModelSession => ({ ...echoSession, run: ({ image: fed }) => answer(fed!, () => level) });
    await expect(run(image, mask, { session: flat(0) })).rejects.toMatchObject({ code: 'model-output-invalid' });
    await expect(run(image, mask, { session: flat(0.5) })).rejects.toMatchObject({ code: 'model-output-invalid' });
    const blackHole: ModelSession = {
      ...echoSession,
      run: ({ image: fed, mask: hole }) =>
        answer(fed!, (index) => (Number(hole!.data[index % hole!.data.length]) > 0 ? 0 : Number(fed!.data[index]))),
    };
    await expect(run(image, mask, { session: blackHole })).rejects.toMatchObject({ code: 'model-output-invalid' });
    const black = { ...image, data: new Uint8Array(image.data.length) };
    expect((await run(black, mask, { session: flat(0) })).image.image.data).toEqual(black.data);
  });

  it('stops between the passes that add detail', async () => {
    const image = noise(200, 200);
    const mask = maskOf(image, (x, y) => Math.hypot(x - 100, y - 100) < 60);
    const controller = new AbortController();
    const phases: string[] = [];
    const stopped = openPack('kiln-inpaint').run(
      { image, mask },
      {},
      {
        fakeSession: meanSession,
        signal: controller.signal,
        progress: (phase, _step, _steps, fraction) => {
          phases.push(phase);
          if (fraction > 0.6) controller.abort();
        },
      },
    );
    await expect(stopped).rejects.toThrow();
    expect(phases).toContain('Adding detail');
    expect(phases.filter((phase) => phase === 'Inpainting')).toHaveLength(1);
  });
});

describe('detail', () => {
  /** Grain of about three pixels. */
  const grainy = (side: number): PixelImage => {
    const random = seededRandom(3);
    const raw = newPlanes({ width: side, height: side }, 1);
    for (let index = 0; index < raw.data.length; index += 1) raw.data[index] = random() - 0.5;
    const grain = gaussianBlur(raw, 0.8);
    const data = Uint8Array.from({ length: side * side * 3 }, (_, at) => {
      const index = Math.floor(at / 3);
      return Math.min(255, Math.max(0, 120 + 160 * (grain.data[index] ?? 0)));
    });
    return { width: side, height: side, channels: 3, data };
  };
  /** Variance of the Laplacian over the pixels that `where` takes. */
  const energy = (image: PixelImage, where: (x: number, y: number) => boolean): number => {
    const at = (x: number, y: number): number => image.data[(y * image.width + x) * image.channels] ?? 0;
    const values: number[] = [];
    for (let y = 1; y < image.height - 1; y += 1) {
      for (let x = 1; x < image.width - 1; x += 1) {
        if (where(x, y)) values.push(at(x - 1, y) + at(x + 1, y) + at(x, y - 1) + at(x, y + 1) - 4 * at(x, y));
      }
    }
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    return values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  };

  it.each([
    ['a hole the model fills at full size', 160, 40],
    ['a hole larger than detail is worked out at', 720, 330],
  ])('has the surroundings’ texture and no seam: %s', { timeout: 120_000 }, async (_, side, radius) => {
    const image = grainy(side);
    const from = (x: number, y: number): number => Math.hypot(x - side / 2, y - side / 2);
    const mask = maskOf(image, (x, y) => from(x, y) < radius);
    const params = { maskGrow: 0, feather: 0 };
    const share = async (detail: number): Promise<{ texture: number; seam: number }> => {
      const { image: filled } = (await run(image, mask, { session: meanSession, params: { ...params, detail } })).image;
      const outside = energy(filled, (x, y) => from(x, y) > radius + 3);
      return {
        texture: energy(filled, (x, y) => from(x, y) < radius - 2) / outside,
        seam: energy(filled, (x, y) => Math.abs(from(x, y) - radius) < 1.5) / outside,
      };
    };
    const smooth = await share(0);
    expect(smooth.texture).toBeLessThan(0.1);
    const sharp = await share(0.8);
    expect(sharp.texture).toBeGreaterThan(0.5);
    expect(sharp.texture).toBeLessThan(1.3);
    expect(sharp.seam).toBeGreaterThan(0.3);
    expect(sharp.seam).toBeLessThan(1.4);
  });

  it('continues a striped picture beyond its edge', async () => {
    const image: PixelImage = { width: 120, height: 60, channels: 4, data: new Uint8Array(120 * 60 * 4) };
    for (let y = 0; y < 60; y += 1) {
      for (let x = 0; x < 80; x += 1) image.data.set([y < 30 ? 40 : 200, 90, 120, 255], (y * 120 + x) * 4);
    }
    const mask = maskOf(image, (x) => x >= 80);
    const { image: wide } = (await run(image, mask, { session: meanSession, params: { maskGrow: 0, feather: 0 } })).image;
    const red = (x: number, y: number): number => wide.data[(y * 120 + x) * 4] ?? 0;
    for (const x of [112, 118]) {
      expect(Math.abs(red(x, 10) - 40), String(x)).toBeLessThan(25);
      expect(Math.abs(red(x, 50) - 200), String(x)).toBeLessThan(25);
      expect(wide.data[(10 * 120 + x) * 4 + 3]).toBe(255);
    }
  });
});
