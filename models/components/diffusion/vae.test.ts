import { describe, expect, it } from 'vitest';
import { toHalf } from '../../core/float16.ts';
import { newPlanes, type Planes } from '../../core/planes.ts';
import type { ModelSession, TensorValue } from '../../runtime.ts';
import { openTinyPack } from '../../testing/tiny-pack.ts';
import { axisTiles } from './tile-grid.ts';
import { floatsOf } from './tensors.ts';
import { goesInTiles } from '../../../shared/pipelines/vae-tiling.ts';
import { decodeLatents, encodePicture, type VaeConvention } from './vae.ts';

const sd: VaeConvention = { scalingFactor: 0.18215, shiftFactor: 0, latentsMean: null, latentsStd: null, latentChannels: 4, scale: 8 };
const untiled = { tiling: 'off' } as const;

function scene(width: number, height: number): Planes {
  const planes = newPlanes({ width, height }, 3);
  for (let index = 0; index < planes.data.length; index += 1) {
    const [x, y] = [index % width, Math.floor(index / width) % height];
    planes.data[index] = 0.5 + 0.25 * Math.sin(x / 37 + index / planes.data.length) + 0.25 * Math.cos(y / 53 - x / 300);
  }
  return planes;
}

interface Fake {
  session: ModelSession;
  fed: TensorValue[];
}

/** A graph that answers by a rule, on shapes [1, c, h, w]. */
function fake(answer: (input: TensorValue) => TensorValue, dims: (number | string)[] = ['b', 'c', 'h', 'w'], type = 'float32'): Fake {
  const fed: TensorValue[] = [];
  const session: ModelSession = {
    inputs: [{ name: 'sample', type, dimensions: dims }],
    outputs: [{ name: 'out', type, dimensions: [] }],
    run(feeds) {
      const given = feeds['sample'];
      if (given === undefined) return Promise.resolve({});
      fed.push(given);
      return Promise.resolve({ out: answer(given) });
    },
  };
  return { session, fed };
}

const side = (value: TensorValue, axis: number): number => value.dims[axis] ?? 0;
/** Mean 2, log-variance ln 9: deviation 3. */
const moments = (input: TensorValue): TensorValue => {
  const [height, width] = [side(input, 2) / 8, side(input, 3) / 8];
  const area = height * width * 4;
  return {
    type: 'float32',
    dims: [1, 8, height, width],
    data: Float32Array.from({ length: area * 2 }, (_value, index) => (index < area ? 2 : Math.log(9))),
  };
};

describe('encoding', () => {
  it('draws from mean and log-variance with the noise it is given, then scales', async () => {
    const noise = Float32Array.from({ length: 16 }, (_value, index) => index / 4);
    const { session, fed } = fake(moments);
    const latents = await encodePicture(session, sd, scene(16, 16), noise, untiled);
    expect(latents).toMatchObject({ channels: 4, height: 2, width: 2 });
    for (const [index, value] of latents.data.entries()) expect(value).toBeCloseTo(0.18215 * (2 + 3 * (index / 4)), 5);
    expect(fed[0]?.dims).toEqual([1, 3, 16, 16]);
    expect(fed[0]?.data[0]).toBeCloseTo((scene(16, 16).data[0] ?? 0) * 2 - 1, 6);
    const mean = await encodePicture(session, sd, scene(16, 16), null, untiled);
    expect(mean.data[5]).toBeCloseTo(0.3643, 5);
  });

  it('clamps wild log-variances', async () => {
    const wild = fake((input) => ({
      ...moments(input),
      data: Float32Array.from({ length: 8 }, (_value, index) => (index < 4 ? 0 : index === 4 ? 1e4 : -1e4)),
    }));
    const latents = await encodePicture(wild.session, { ...sd, scalingFactor: 1 }, scene(8, 8), new Float32Array(4).fill(1), untiled);
    expect(latents.data[0]).toBeCloseTo(Math.exp(10), 0);
    expect(latents.data[1]).toBeCloseTo(Math.exp(-15), 9);
  });

  it('takes what the graph has drawn itself as it is', async () => {
    const drawn = fake((input) => ({
      type: 'float32',
      dims: [1, 4, side(input, 2) / 8, side(input, 3) / 8],
      data: new Float32Array(16).fill(5),
    }));
    const latents = await encodePicture(
      drawn.session,
      { ...sd, shiftFactor: 1, scalingFactor: 0.5 },
      scene(16, 16),
      new Float32Array(16).fill(9),
      untiled,
    );
    expect([...latents.data]).toEqual(Array<number>(16).fill(2));
  });

  it('normalises by mean and deviation where the VAE has them, and decoding undoes it', async () => {
    const vae = { ...sd, latentsMean: [1, 0, 0, 0], latentsStd: [2, 1, 1, 1], scalingFactor: 0.5 };
    const latents = await encodePicture(fake(moments).session, vae, scene(8, 8), null, untiled);
    expect([...latents.data]).toEqual([0.25, 1, 1, 1]);
    const decoder = fake((input) => ({ type: 'float32', dims: [1, 3, 8, 8], data: new Float32Array(192).fill(Number(input.data[0]) / 4) }));
    await decodeLatents(decoder.session, vae, latents, untiled);
    expect([...(decoder.fed[0]?.data ?? [])]).toEqual([2, 2, 2, 2]);
  });

  it('refuses sides that are no multiples, and latents of another width', async () => {
    await expect(encodePicture(fake(moments).session, sd, scene(12, 16), null, untiled)).rejects.toMatchObject({ code: 'image-too-small' });
    await expect(encodePicture(fake(moments).session, { ...sd, latentChannels: 16 }, scene(16, 16), null, untiled)).rejects.toMatchObject({
      code: 'model-mismatch',
    });
  });
});

describe('decoding', () => {
  const latents = { data: new Float32Array(16).fill(0.18215), channels: 4, height: 2, width: 2 };
  const picture = (level: number, type: 'float32' | 'float16' = 'float32'): Fake =>
    fake(
      (input) => {
        const data = new Float32Array(3 * 64 * side(input, 2) * side(input, 3)).fill(level);
        return { type, dims: [1, 3, side(input, 2) * 8, side(input, 3) * 8], data: type === 'float16' ? toHalf(data) : data };
      },
      ['b', 'c', 'h', 'w'],
      type,
    );

  it('is clamped to 0..1', async () => {
    expect((await decodeLatents(picture(0.5).session, sd, latents, untiled)).data[0]).toBeCloseTo(0.75, 6);
    expect((await decodeLatents(picture(7).session, sd, latents, untiled)).data[0]).toBe(1);
    const { session, fed } = picture(-7);
    expect((await decodeLatents(session, sd, latents, untiled)).data[0]).toBe(0);
    expect(fed[0]?.data[0]).toBeCloseTo(1, 5);
  });

  it('tells overflow of half precision from a damaged pack', async () => {
    const action = (text: string): unknown => expect.stringContaining(text);
    await expect(decodeLatents(picture(NaN, 'float16').session, sd, latents, untiled)).rejects.toMatchObject({
      code: 'model-output-invalid',
      message: action('half precision'),
      action: action('fp16-fix'),
    });
    await expect(decodeLatents(picture(-1, 'float16').session, sd, latents, untiled)).rejects.toMatchObject({ message: action('black') });
    await expect(decodeLatents(picture(NaN).session, sd, latents, untiled)).rejects.toMatchObject({ action: action('damaged') });
    // A black picture of a float32 VAE is one.
    expect((await decodeLatents(picture(-1).session, sd, latents, untiled)).data[0]).toBe(0);
  });

  it('refuses a scale that is not the pack’s', async () => {
    await expect(decodeLatents(picture(0).session, { ...sd, scale: 4 }, latents, untiled)).rejects.toMatchObject({
      code: 'model-output-invalid',
    });
  });
});

describe('tiles of an axis', () => {
  it.each([
    [64, 64, 16],
    [65, 64, 16],
    [128, 64, 16],
    [131, 64, 16],
    [500, 64, 16],
    [96, 64, 32],
    [30, 64, 16],
  ])('of %i places in %i cover it, share %i, and their weights sum to one', (length, tile, overlap) => {
    const sums = new Float32Array(length * 8);
    const tiles = axisTiles(length, tile, overlap, 8);
    for (const { start, weights } of tiles)
      for (const [index, weight] of weights.entries()) sums[start * 8 + index] = (sums[start * 8 + index] ?? 0) + weight;
    for (const sum of sums) expect(sum).toBeCloseTo(1, 5);
    for (const [index, { start, weights }] of tiles.entries()) {
      const next = tiles[index + 1];
      if (next !== undefined) expect(start + weights.length / 8 - next.start).toBeGreaterThanOrEqual(overlap);
      expect(weights.length).toBe(8 * Math.min(tile, length));
    }
  });
});

describe('tiling', () => {
  it('is for large pictures, unless it is asked for', () => {
    expect([1024, 1032].map((width) => goesInTiles({ width, height: 1024 }, 8, 'auto'))).toEqual([false, true]);
    expect([512, 516].map((width) => goesInTiles({ width, height: 512 }, 4, 'auto'))).toEqual([false, true]);
    expect(goesInTiles({ width: 64, height: 64 }, 8, 'on')).toBe(true);
    expect(goesInTiles({ width: 4096, height: 4096 }, 8, 'off')).toBe(false);
  });

  it('feeds a graph of fixed size with tiles of it, and pads small pictures', async () => {
    const pass = fake(
      (input) => ({ type: 'float32', dims: [1, 3, side(input, 2) * 8, side(input, 3) * 8], data: floatsOf(input).slice(0, 0) }),
      [1, 4, 8, 8],
    );
    pass.session.run = (feeds) => {
      const given = feeds['sample'];
      if (given === undefined) return Promise.resolve({});
      pass.fed.push(given);
      // Nearest neighbour of the first three channels.
      const values = floatsOf(given);
      const data = Float32Array.from({ length: 3 * 64 * 64 }, (_value, index) => {
        const [channel, y, x] = [Math.floor(index / 4096), Math.floor((index % 4096) / 64), index % 64];
        return values[channel * 64 + Math.floor(y / 8) * 8 + Math.floor(x / 8)] ?? 0;
      });
      return Promise.resolve({ out: { type: 'float32', dims: [1, 3, 64, 64], data } });
    };
    const vae = { ...sd, scalingFactor: 1 };
    const small = { data: Float32Array.from({ length: 4 * 15 }, (_value, index) => (index % 15) / 30), channels: 4, height: 3, width: 5 };
    const picture = await decodeLatents(pass.session, vae, small, untiled);
    expect(picture).toMatchObject({ width: 40, height: 24 });
    expect(picture.data[24 * 40 - 1]).toBeCloseTo(14 / 30 / 2 + 0.5, 5);
    const large = { data: new Float32Array(4 * 20 * 8).fill(0.25), channels: 4, height: 8, width: 20 };
    const seen: [number, number][] = [];
    const wide = await decodeLatents(pass.session, vae, large, { ...untiled, progress: (done, of) => seen.push([done, of]) });
    expect(wide).toMatchObject({ width: 160, height: 64 });
    for (const level of wide.data) expect(level).toBeCloseTo(0.625, 5);
    expect(seen.at(-1)).toEqual([seen.length, seen.length]);
    for (const { dims } of pass.fed) expect(dims).toEqual([1, 4, 8, 8]);
  });

  it('stops between tiles', async () => {
    const controller = new AbortController();
    const { session, fed } = fake(moments);
    const run = encodePicture(session, sd, scene(1024, 1024), null, {
      tiling: 'on',
      signal: controller.signal,
      progress: () => controller.abort(),
    });
    await expect(run).rejects.toThrow();
    expect(fed.length).toBe(1);
  });
});

describe.each(['sd15', 'sd15-legacy', 'sd-turbo'])('the VAE of %s', (name) => {
  const pack = openTinyPack(name);
  const half = name === 'sd-turbo';

  it('encodes and decodes; tiles come close to the whole', async () => {
    const [encoder, decoder] = [await pack.session('vae_encoder/model.onnx'), await pack.session('vae_decoder/model.onnx')];
    const picture = scene(1152, 640);
    const noise = new Float32Array(4 * 144 * 80);
    const whole = await encodePicture(encoder, sd, picture, noise, untiled);
    const tiled = await encodePicture(encoder, sd, picture, noise, { tiling: 'on' });
    expect(whole).toMatchObject({ channels: 4, width: 144, height: 80 });
    const spread = (values: Float32Array): number => Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length);
    const apart = (a: Float32Array, b: Float32Array): number => spread(a.map((value, index) => value - (b[index] ?? 0)));
    expect(apart(whole.data, tiled.data) / spread(whole.data)).toBeLessThan(0.05);
    const decoded = await decodeLatents(decoder, sd, whole, untiled);
    const inTiles = await decodeLatents(decoder, sd, whole, { tiling: 'on' });
    expect(decoded).toMatchObject({ width: 1152, height: 640, channels: 3 });
    const contrast = spread(decoded.data.map((level) => level - 0.5));
    expect(apart(decoded.data, inTiles.data) / contrast).toBeLessThan(0.05);
    expect(
      Math.max(
        ...[...decoded.data.keys()].map((index) => Math.abs((decoded.data[index] ?? 0) - (inTiles.data[index] ?? 0))).slice(0, 100_000),
      ),
    ).toBeLessThan(half ? 0.1 : 0.05);
  }, 60_000);
});
