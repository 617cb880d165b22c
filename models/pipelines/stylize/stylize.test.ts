import * as ort from 'onnxruntime-node';
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { adaptSession } from '../../../electron/inference/runtimes/session-adapter.ts';
import { stylizeParamsSchema } from '../../../shared/pipelines/stylize.ts';
import { cropColours } from '../../core/planes.ts';
import type { PipelineContext, PixelImage } from '../../pipeline.ts';
import type { ModelSession } from '../../runtime.ts';
import { openPack, type OpenPack } from '../../testing/run-pack.ts';
import { fastStyleLikeGraph } from '../../testing/style-graphs.ts';
import { paintFixed, tilesWithOverlap } from './paint-fixed.ts';
import { paint } from './paint.ts';
import { planStylize, sharesOf, styleSizeFor, tilesOf } from './plan.ts';
import { noAddOns } from '../../testing/no-add-ons.ts';

const pack: OpenPack = openPack('kiln-style');
const { convention } = pack.manifest;
if (convention.task !== 'stylize' || convention.kind !== 'statistics') throw new Error('kiln-style is not a pack of statistics.');
const statistics = convention;

async function load(url: URL, longest: number): Promise<PixelImage> {
  const { data, info } = await sharp(url.pathname)
    .resize({ width: longest, height: longest, fit: 'inside' })
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, channels: 3, data: new Uint8Array(data) };
}

let image: PixelImage;
let starry: PixelImage;
let wave: PixelImage;
beforeAll(async () => {
  image = await load(new URL('../../../e2e/fixtures/mountain-lake.jpg', import.meta.url), 160);
  starry = await load(new URL('../../styles/van-gogh-starry-night.jpg', import.meta.url), 256);
  wave = await load(new URL('../../styles/hokusai-great-wave-detail.jpg', import.meta.url), 256);
});

const difference = (a: Uint8Array, b: Uint8Array): { most: number; mean: number } => {
  let most = 0;
  let sum = 0;
  for (let index = 0; index < a.length; index += 1) {
    const apart = Math.abs(a[index]! - b[index]!);
    most = Math.max(most, apart);
    sum += apart;
  }
  return { most, mean: sum / a.length };
};

function contextOf(): PipelineContext<'stylize'> {
  return {
    manifest: pack.manifest,
    convention: statistics,
    ...noAddOns,
    session: (file) => pack.session(file),
    packText: () => Promise.reject(new Error('no text')),
    signal: new AbortController().signal,
    progress: () => undefined,
    preview: () => undefined,
    time: async (_phase, work) => work(),
    note: () => undefined,
    detail: () => undefined,
  };
}

describe('plans', () => {
  const params = stylizeParamsSchema.parse({});

  it('divides weights by their sum over the styles that are there', () => {
    const shares = sharesOf(['a', undefined, 'c'], { ...params, weight1: 0.5, weight2: 1, weight3: 0.25 });
    expect(shares.map(({ style }) => style)).toEqual(['a', 'c']);
    expect(shares[0]?.share).toBeCloseTo(2 / 3);
    expect(shares.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1);
    expect(sharesOf(['a', 'b'], { ...params, weight2: 0 })).toEqual([{ style: 'a', share: 1 }]);
    expect(() => sharesOf([undefined], params)).toThrow(/needs a style/);
    expect(() => sharesOf(['a'], { ...params, weight1: 0 })).toThrow(/weights/);
  });

  it('keeps strokes the same size relative to the picture, whatever it is painted at', () => {
    const size = { width: 4000, height: 3000 };
    const small = styleSizeFor({ width: 512, height: 512 }, size, 512 / 4000, 640, params);
    const large = styleSizeFor({ width: 512, height: 512 }, size, 1024 / 4000, 640, params);
    expect(large.width).toBe(2 * small.width);
    expect(styleSizeFor({ width: 900, height: 30 }, size, 0.01, 640, params).height).toBe(64);
  });

  it('covers every pixel with exactly one core, and begins cores on the grid of features', () => {
    const size = { width: 700, height: 500 };
    const tiles = tilesOf(size, 400 * 400, 112, 16);
    const seen = new Uint8Array(size.width * size.height);
    for (const { core, source } of tiles) {
      expect([core.x % 16, core.y % 16, source.x % 16, source.y % 16]).toEqual([0, 0, 0, 0]);
      for (let y = core.y; y < core.y + core.height; y += 1) {
        for (let x = core.x; x < core.x + core.width; x += 1) seen[y * size.width + x] = (seen[y * size.width + x] ?? 0) + 1;
      }
    }
    expect(seen.every((count) => count === 1)).toBe(true);
  });

  it('refuses pictures too small to paint', () => {
    expect(() => planStylize({ width: 300, height: 4 }, null, params)).toThrow(/300×4/);
  });
});

describe('painting with the built-in pack', () => {
  it('changes the picture, the same way each time, and differently for another seed', { timeout: 120_000 }, async () => {
    const first = await pack.run({ image, style: starry }, {});
    expect(difference(first.image.data, image.data).mean).toBeGreaterThan(8);
    const fresh = openPack('kiln-style');
    const second = await fresh.run({ image, style: starry }, {});
    expect(second.image.data).toEqual(first.image.data);
    const other = await pack.run({ image, style: starry }, {}, { seed: 7 });
    expect(difference(other.image.data, first.image.data).mean).toBeGreaterThan(0.5);
    expect(difference(other.image.data, first.image.data).mean).toBeLessThan(difference(first.image.data, image.data).mean);
  });

  it('gives the picture itself at strength 0, and comes nearer to it as strength falls', { timeout: 120_000 }, async () => {
    const distances: number[] = [];
    for (const strength of [0, 0.05, 0.3, 0.6, 1]) {
      const run = await pack.run({ image, style: starry }, { strength, detail: 0 });
      distances.push(difference(run.image.data, image.data).mean);
    }
    expect(distances[0]).toBe(0);
    expect(distances[1]).toBeLessThan(5);
    expect(distances).toEqual(distances.toSorted((a, b) => a - b));
  });

  it('goes from one style to the other by weight', { timeout: 120_000 }, async () => {
    const inputs = { image, style: starry, style2: wave };
    const only = async (params: object): Promise<Uint8Array> => (await pack.run(inputs, { ...params, brushwork: 0 })).image.data;
    const [first, second] = [await only({ weight2: 0 }), await only({ weight1: 0 })];
    const half = await only({ weight1: 0.5, weight2: 0.5 });
    const apart = difference(first, second).mean;
    expect(difference(half, first).mean).toBeLessThan(apart);
    expect(difference(half, second).mean).toBeLessThan(apart);
    expect(await only({ weight1: 0.2, weight2: 0.2 })).toEqual(half);
    expect((await pack.run({ image, style: starry }, { brushwork: 0 })).image.data).toEqual(first);
  });

  it('leaves everything beyond the mask as it was, bit for bit, and mixes where the mask is soft', { timeout: 120_000 }, async () => {
    const rgba: PixelImage = { ...image, channels: 4, data: new Uint8Array(image.width * image.height * 4) };
    for (let index = 0; index < image.width * image.height; index += 1) {
      for (let channel = 0; channel < 3; channel += 1) rgba.data[index * 4 + channel] = image.data[index * 3 + channel]!;
      rgba.data[index * 4 + 3] = index % 200;
    }
    const mask: PixelImage = { width: image.width, height: image.height, channels: 1, data: new Uint8Array(image.width * image.height) };
    for (let y = 20; y < 70; y += 1) {
      mask.data.fill(255, y * image.width + 30, y * image.width + 90);
      mask.data.fill(100, y * image.width + 90, y * image.width + 110);
    }
    const run = await pack.run({ image: rgba, style: starry, mask }, {});
    const patch = run.outputs.find(({ role }) => role === 'patch')!;
    expect(patch.bounds).toEqual({ x: 30, y: 20, width: 80, height: 50 });
    let changed = 0;
    for (let index = 0; index < mask.data.length; index += 1) {
      expect(run.image.data[index * 4 + 3]).toBe(index % 200);
      const same = [0, 1, 2].every((channel) => run.image.data[index * 4 + channel] === rgba.data[index * 4 + channel]);
      if (mask.data[index] === 0) expect(same).toBe(true);
      else if (!same) changed += 1;
    }
    expect(changed).toBeGreaterThan(3000);
    // The patch over the input is the result.
    for (let y = 0; y < 50; y += 1) {
      for (let x = 0; x < 80; x += 1) {
        const from = (y * 80 + x) * 4;
        const at = ((y + 20) * image.width + x + 30) * 4;
        const alpha = patch.image.data[from + 3]! / 255;
        const over = alpha * patch.image.data[from]! + (1 - alpha) * rgba.data[at]!;
        expect(Math.abs(over - run.image.data[at]!)).toBeLessThanOrEqual(1);
      }
    }
    const empty = { ...mask, data: new Uint8Array(mask.data.length) };
    await expect(pack.run({ image, style: starry, mask: empty }, {})).rejects.toMatchObject({ code: 'mask-empty' });
  });

  it('gives the same in tiles as in one piece, within 2 of 255', { timeout: 240_000 }, async () => {
    const larger = await load(new URL('../../../e2e/fixtures/dune.jpg', import.meta.url), 560);
    const picture = cropColours(larger, { x: 0, y: 0, width: larger.width, height: larger.height });
    const job = {
      picture,
      image: larger,
      scale: 1,
      styles: [
        { style: starry, share: 0.6 },
        { style: wave, share: 0.4 },
      ],
      params: stylizeParamsSchema.parse({}),
      seed: 3,
    };
    const whole = await paint({ ...job, mostPixels: 1e7 }, contextOf(), statistics);
    const tiled = await paint({ ...job, mostPixels: 380 * 380 }, contextOf(), statistics);
    let most = 0;
    for (let index = 0; index < whole.data.length; index += 1) most = Math.max(most, Math.abs(whole.data[index]! - tiled.data[index]!));
    expect(most * 255).toBeLessThanOrEqual(2);
  });

  it('uses more of the style’s colours with the palette', { timeout: 120_000 }, async () => {
    const run = async (params: object): Promise<Uint8Array> =>
      (await pack.run({ image, style: starry }, { detail: 0, ...params })).image.data;
    const [plain, full] = [await run({ palette: 0 }), await run({})];
    // The 95th percentile of how yellow pixels are: the stars are the style's rare colour.
    const yellow = (data: Uint8Array): number => {
      const values = Array.from(
        { length: data.length / 3 },
        (_, pixel) => Math.min(data[pixel * 3]!, data[pixel * 3 + 1]!) - data[pixel * 3 + 2]!,
      );
      return values.toSorted((a, b) => a - b)[Math.floor(0.95 * values.length)]!;
    };
    expect(Math.abs(yellow(full) - yellow(starry.data))).toBeLessThan(Math.abs(yellow(plain) - yellow(starry.data)));
    const kept = { preserveColours: true };
    expect(await run({ ...kept, palette: 1 })).toEqual(await run({ ...kept, palette: 0 }));
  });

  it('keeps colours by luminance: chroma is the picture’s', { timeout: 120_000 }, async () => {
    const run = await pack.run({ image, style: starry }, { preserveColours: true, detail: 0 });
    let unclipped = 0;
    for (let index = 0; index < image.data.length; index += 3) {
      const made = [0, 1, 2].map((channel) => run.image.data[index + channel]!);
      if (made.some((value) => value === 0 || value === 255)) continue;
      const shifts = made.map((value, channel) => value - image.data[index + channel]!);
      expect(Math.max(...shifts) - Math.min(...shifts)).toBeLessThanOrEqual(1);
      unclipped += 1;
    }
    expect(unclipped).toBeGreaterThan(5000);
  });

  it('keeps colours by matching the style: means come out near the picture’s', { timeout: 120_000 }, async () => {
    const meanOf = (pixels: Uint8Array, channel: number): number =>
      pixels.reduce((sum, value, index) => (index % 3 === channel ? sum + value : sum), 0) / (pixels.length / 3);
    const run = await pack.run({ image, style: starry }, { preserveColours: true, colourMethod: 'matched' });
    for (const channel of [0, 1, 2]) {
      expect(Math.abs(meanOf(run.image.data, channel) - meanOf(image.data, channel))).toBeLessThan(20);
    }
  });

  it('paints grey, tiny and one-coloured pictures without strange values', { timeout: 120_000 }, async () => {
    const grey: PixelImage = { width: 40, height: 33, channels: 1, data: new Uint8Array(40 * 33).map((_, index) => index % 256) };
    const run = await pack.run({ image: grey, style: starry }, {});
    expect(run.image).toMatchObject({ width: 40, height: 33, channels: 3 });
    const flat: PixelImage = { width: 9, height: 8, channels: 3, data: new Uint8Array(9 * 8 * 3).fill(90) };
    expect((await pack.run({ image: flat, style: flat }, {})).image.data.length).toBe(flat.data.length);
  });

  it('stops when asked to, and says what is missing', { timeout: 120_000 }, async () => {
    const controller = new AbortController();
    const stopped = pack.run({ image, style: starry }, {}, { signal: controller.signal, progress: () => controller.abort(), seed: 99 });
    await expect(stopped).rejects.toThrow();
    await expect(pack.run({ image }, {})).rejects.toMatchObject({ code: 'invalid-request' });
    const mask: PixelImage = { width: 3, height: 3, channels: 1, data: new Uint8Array(9).fill(255) };
    await expect(pack.run({ image, style: starry, mask }, {})).rejects.toThrow(/3×3/);
  });
});

describe('graphs of one style', () => {
  const open = async (side: number | null): Promise<ModelSession> =>
    adaptSession(await ort.InferenceSession.create(fastStyleLikeGraph(side)), ort.Tensor);
  const fixed = (side: number | null) =>
    ({
      task: 'stylize',
      kind: 'fixed-style',
      input: 'input1',
      output: 'output1',
      valueType: 'float32',
      inputRange: '0..255',
      outputRange: '0..255',
      fixedSize: side === null ? null : { width: side, height: side },
      sizeMultiple: side === null ? 4 : 1,
    }) as const;
  const run = async (side: number | null, most?: number): Promise<Float32Array> => {
    const session = await open(side);
    const context = { ...contextOf(), session: () => Promise.resolve(session) };
    const picture = cropColours(image, { x: 0, y: 0, width: image.width, height: image.height });
    return (await paintFixed(picture, fixed(side), context, most)).data;
  };

  it('runs free sizes whole, and fixed ones in tiles without visible seams', async () => {
    const whole = await run(null);
    const tiled = await run(64);
    expect(tiled.length).toBe(whole.length);
    const mean = whole.reduce((sum, value, index) => sum + Math.abs(value - tiled[index]!), 0) / whole.length;
    expect(mean).toBeLessThan(0.1);
    // Steps between neighbours at the tiles' borders are no larger than elsewhere.
    const { width, height } = image;
    const borders = new Set(tilesWithOverlap(image, { width: 64, height: 64 }).map(({ x }) => x));
    const step = (x: number): number => {
      let sum = 0;
      for (let y = 0; y < height; y += 1) sum += Math.abs(tiled[y * width + x]! - tiled[y * width + x - 1]!);
      return sum / height;
    };
    const all = Array.from({ length: width - 1 }, (_, index) => step(index + 1)).toSorted((a, b) => a - b);
    for (const border of borders) if (border > 0) expect(step(border)).toBeLessThanOrEqual(all[Math.floor(all.length * 0.97)]!);
  });

  it('needs no style picture and mixes by strength', async () => {
    const session = await open(null);
    const { stylize } = await import('./stylize.ts');
    const request = (strength: number) =>
      ({ kind: 'stylize', seed: 0, params: stylizeParamsSchema.parse({ strength, detail: 0 }) }) as Parameters<typeof stylize>[1];
    const context = { ...contextOf(), convention: fixed(null), session: () => Promise.resolve(session) };
    const [half, full] = [await stylize({ image }, request(0.5), context), await stylize({ image }, request(1), context)];
    const [a, b] = [half[0]!.image.data, full[0]!.image.data];
    for (let index = 0; index < a.length; index += 97)
      expect(Math.abs(a[index]! - (b[index]! + image.data[index]!) / 2)).toBeLessThanOrEqual(1);
  });
});
