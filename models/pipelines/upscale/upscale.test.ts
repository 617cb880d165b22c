import * as ort from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { adaptSession } from '../../../electron/inference/runtimes/session-adapter.ts';
import { AppError } from '../../../shared/contract/errors.ts';
import { upscaleRequestSchema } from '../../../shared/domain/generation.ts';
import { packManifestSchema, upscaleConventionSchema, type UpscaleConvention } from '../../../shared/domain/pack-manifest.ts';
import { seededRandom } from '../../core/seeded-random.ts';
import type { PixelImage } from '../../pipeline.ts';
import { upscalerGraph, type UpscalerShape } from '../../testing/upscale-graphs.ts';
import { upscale } from './upscale.ts';
import { noAddOns } from '../../testing/no-add-ons.ts';

const hash = 'a'.repeat(64);

interface Run {
  image: PixelImage;
  notes: string[];
  fractions: number[];
  runs: number;
}

async function run(
  image: PixelImage,
  shape: UpscalerShape,
  params: Record<string, number>,
  changes: Partial<UpscaleConvention> = {},
  others: Record<string, UpscalerShape> = {},
  signal = new AbortController().signal,
): Promise<Run> {
  const convention = upscaleConventionSchema.parse({
    task: 'upscale',
    input: 'input',
    output: 'output',
    valueType: shape.type ?? 'float32',
    inputRange: shape.bytes === true ? '0..255' : '0..1',
    outputRange: shape.bytes === true ? '0..255' : '0..1',
    channels: shape.channels ?? 3,
    factor: shape.factor,
    fixedSize: shape.side === undefined ? null : { width: shape.side, height: shape.side },
    sizeMultiple: shape.unshuffle === true ? 2 : 1,
    overlap: shape.unshuffle === true ? 8 : 3,
    variants: Object.fromEntries(Object.keys(others).map((name) => [name, `${name}.onnx`])),
    ...changes,
  });
  const manifest = packManifestSchema.parse({
    formatVersion: 1,
    id: 'test',
    name: 'Test',
    version: '1.0.0',
    task: 'upscale',
    family: 'other',
    licence: null,
    model: 'model.onnx',
    files: [{ path: 'model.onnx', sha256: hash, sizeBytes: 1 }],
    convention,
  });
  const result: Omit<Run, 'image'> = { notes: [], fractions: [], runs: 0 };
  const outputs = await upscale(
    { image },
    upscaleRequestSchema.parse({
      kind: 'upscale',
      projectId: null,
      packId: 'test',
      seed: 0,
      backend: 'cpu',
      placement: null,
      parentId: null,
      inputs: { image: hash },
      params,
    }),
    {
      manifest,
      convention,
      async session(file) {
        const graph = upscalerGraph(file === undefined ? shape : others[file.replace('.onnx', '')]!);
        const session = adaptSession(await ort.InferenceSession.create(graph), ort.Tensor);
        return {
          ...session,
          run(feeds) {
            result.runs += 1;
            return session.run(feeds);
          },
        };
      },
      ...noAddOns,
      packText: () => Promise.reject(new Error('no text')),
      signal,
      progress: (_phase, _step, _steps, fraction) => void result.fractions.push(fraction),
      preview: () => undefined,
      time: async (_phase, work) => work(),
      note: (text) => void result.notes.push(text),
      detail: () => undefined,
    },
  );
  expect(outputs.map(({ role }) => role)).toEqual(['image']);
  expect(outputs[0]!.bounds).toEqual({ x: 0, y: 0, width: image.width, height: image.height });
  return { ...result, image: outputs[0]!.image };
}

/** Smooth shapes with some grain: what a picture is like. */
function picture(width: number, height: number, channels: 1 | 3 | 4 = 3): PixelImage {
  const random = seededRandom(width + height);
  const data = new Uint8Array(width * height * channels);
  for (let index = 0; index < data.length; index += 1) {
    const pixel = Math.floor(index / channels);
    const [x, y] = [pixel % width, Math.floor(pixel / width)];
    data[index] = 128 + 80 * Math.sin(x / 9 + (index % channels)) * Math.cos(y / 7) + 30 * random();
  }
  return { width, height, channels, data };
}

function largestDifference(a: PixelImage, b: PixelImage): number {
  expect([a.width, a.height, a.channels]).toEqual([b.width, b.height, b.channels]);
  return a.data.reduce((most, value, index) => Math.max(most, Math.abs(value - (b.data[index] ?? 0))), 0);
}

const meanOf = (image: PixelImage): number => image.data.reduce((sum, value) => sum + value, 0) / image.data.length;

describe('upscaling', () => {
  it.each<[string, UpscalerShape, Partial<UpscaleConvention>, number]>([
    ['free sides', { factor: 2 }, {}, 2],
    ['free sides, another factor than the graph has', { factor: 4 }, {}, 2.7],
    ['even sides wanted', { factor: 2, unshuffle: true }, {}, 2],
    ['half precision', { factor: 2, type: 'float16' }, {}, 2],
    ['pre-padding as Real-ESRGAN has it', { factor: 4 }, { prePad: 10, overlap: 10 }, 4],
    ['0..255', { factor: 2, bytes: true }, {}, 2],
    ['one channel', { factor: 2, channels: 1 }, {}, 2],
  ])('gives the same tiled as untiled: %s', async (_name, shape, changes, factor) => {
    const image = picture(101, 77);
    const tiled = await run(image, shape, { factor, tileSize: 24 }, changes);
    const whole = await run(image, shape, { factor, tileSize: 4096 }, changes);
    expect(tiled.runs).toBeGreaterThan(10);
    expect(whole.runs).toBe(shape.channels === 1 ? 3 : 1);
    expect(largestDifference(tiled.image, whole.image)).toBeLessThanOrEqual(1);
    expect(tiled.image).toMatchObject({ width: Math.round(101 * factor), height: Math.round(77 * factor) });
    // Zeros around the picture darken its rim in these graphs.
    expect(Math.abs(meanOf(tiled.image) - meanOf(image))).toBeLessThan(12);
  });

  it.each([
    [64, 101, 77],
    [128, 101, 77],
    [64, 20, 300],
  ])('feeds graphs of fixed size %i with tiles of that size (%i × %i)', async (side, width, height) => {
    const image = picture(width, height);
    const fixed = await run(image, { factor: 2, side }, { factor: 2 }, { overlap: 10 });
    const free = await run(image, { factor: 2 }, { factor: 2 });
    // At the picture's own edge a fixed graph sees a reflection where the free one sees nothing.
    const edge = 2 * 3;
    let most = 0;
    for (let y = edge; y < height * 2 - edge; y += 1) {
      for (let at = (y * width * 2 + edge) * 3; at < ((y + 1) * width * 2 - edge) * 3; at += 1) {
        most = Math.max(most, Math.abs(fixed.image.data[at]! - free.image.data[at]!));
      }
    }
    expect(most).toBeLessThanOrEqual(1);
  });

  it('reaches factors beyond the graph by running twice, and any number by resampling', async () => {
    const image = picture(24, 17);
    const eight = await run(image, { factor: 4 }, { factor: 8 }, {}, { x2: { factor: 2 } });
    expect(eight.image).toMatchObject({ width: 192, height: 136 });
    expect(eight.runs).toBe(2);
    const odd = await run(image, { factor: 4 }, { factor: 1.5 });
    expect(odd.image).toMatchObject({ width: 36, height: 26 });
    const stuck = await run(image, { factor: 1 }, { factor: 3 });
    expect(stuck.image).toMatchObject({ width: 72, height: 51 });
    expect(stuck.notes.join()).toContain('plain interpolation');
  });

  it('takes the faithful graph of the factor and mixes in the others by weight', async () => {
    const image = picture(40, 30);
    const others = { x2: { factor: 2 }, sharp: { factor: 4 }, clean: { factor: 4 } } satisfies Record<string, UpscalerShape>;
    expect((await run(image, { factor: 4 }, { factor: 2, sharpness: 0 }, {}, others)).runs).toBe(1);
    expect((await run(image, { factor: 4 }, { factor: 2, sharpness: 0.5 }, {}, others)).runs).toBe(2);
    expect((await run(image, { factor: 4 }, { factor: 2, sharpness: 0.5, denoise: 0.5 }, {}, others)).runs).toBe(3);
    expect((await run(image, { factor: 4 }, { factor: 4, sharpness: 1, denoise: 1 }, {}, others)).runs).toBe(1);
    const alone = await run(image, { factor: 4 }, { factor: 4, denoise: 0.4 });
    expect(alone.notes.join()).toContain('cannot clean up');
    const soft = await run(image, { factor: 4 }, { factor: 4, sharpness: 0 });
    expect(largestDifference(soft.image, alone.image)).toBeGreaterThan(3);
  });

  it('upscales alpha by itself, without drawing hidden colours into the rim', async () => {
    const image = picture(60, 60, 4);
    for (let pixel = 0; pixel < 3600; pixel += 1) {
      const inside = Math.hypot((pixel % 60) - 30, Math.floor(pixel / 60) - 30) < 20;
      // A white disc on hidden black.
      image.data.set(inside ? [255, 255, 255, 255] : [0, 0, 0, 0], pixel * 4);
    }
    const { image: result } = await run(image, { factor: 2 }, { factor: 2, tileSize: 20 });
    const whole = await run(image, { factor: 2 }, { factor: 2 });
    expect(largestDifference(result, whole.image)).toBeLessThanOrEqual(1);
    expect(result.channels).toBe(4);
    const alphas = new Set<number>();
    for (let at = 0; at < result.data.length; at += 4) {
      const alpha = result.data[at + 3]!;
      alphas.add(alpha);
      if (alpha > 8) expect(result.data[at]).toBeGreaterThan(240);
    }
    expect(alphas.size).toBeGreaterThan(10);
    const opaque = await run(opaqueOf(30), { factor: 2 }, { factor: 2 });
    expect(opaque.image.data.filter((_, index) => index % 4 === 3).every((alpha) => alpha === 255)).toBe(true);
  });

  it('never holds the result as numbers', { timeout: 120_000 }, async () => {
    const image: PixelImage = { width: 2400, height: 1800, channels: 3, data: new Uint8Array(2400 * 1800 * 3) };
    image.data.forEach((_, index) => (image.data[index] = (index * 7) % 251));
    const before = process.memoryUsage().rss;
    let most = 0;
    const timer = setInterval(() => (most = Math.max(most, process.memoryUsage().rss)), 20);
    const { image: result } = await run(image, { factor: 2 }, { factor: 2, tileSize: 256 });
    clearInterval(timer);
    expect(result.data.length).toBe(4800 * 3600 * 3);
    // Bytes take 52 MB; floats of the whole result would take 207 MB more.
    expect((most - before) / 1e6).toBeLessThan(180);
  });

  it('refuses what it cannot do, in words', async () => {
    await expect(run(picture(7, 40), { factor: 2 }, {})).rejects.toMatchObject({ code: 'image-too-small' });
    const wide: PixelImage = { width: 8000, height: 8000, channels: 1, data: new Uint8Array(64_000_000) };
    await expect(run(wide, { factor: 2 }, { factor: 2 })).rejects.toMatchObject({
      code: 'image-too-large',
      action: 'Choose a factor of at most 1.25.',
    });
    await expect(run(picture(40, 40), { factor: 2, broken: 'black' }, {})).rejects.toMatchObject({
      code: 'model-output-invalid',
      message: expect.stringContaining('black') as string,
    });
    await expect(run(picture(40, 40), { factor: 2, broken: 'nan' }, {})).rejects.toMatchObject({
      code: 'model-output-invalid',
      message: expect.stringContaining('NaN') as string,
    });
    await expect(run(picture(40, 40), { factor: 4 }, {}, { factor: 2 })).rejects.toMatchObject({ code: 'model-output-invalid' });
  });

  it('tells how far it is, and stops between tiles', async () => {
    const { fractions } = await run(picture(100, 60), { factor: 4 }, { factor: 8, tileSize: 32 });
    expect(fractions.length).toBeGreaterThan(8);
    expect(fractions).toEqual(fractions.toSorted((a, b) => a - b));
    expect(fractions.at(-1)).toBe(1);
    const controller = new AbortController();
    controller.abort(new AppError('cancelled', 'Stopped.'));
    await expect(run(picture(100, 60), { factor: 2 }, {}, {}, {}, controller.signal)).rejects.toThrow('Stopped.');
  });
});

function opaqueOf(side: number): PixelImage {
  const image = picture(side, side, 4);
  for (let at = 3; at < image.data.length; at += 4) image.data[at] = 255;
  return image;
}
