import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { textureDetailsSchema } from '../../../shared/pipelines/texture.ts';
import { newPlanes, type Planes } from '../../core/planes.ts';
import type { PixelImage } from '../../pipeline.ts';
import { differenceOf, hasSoftwareWebgpu } from '../../testing/compare-webgpu.ts';
import { openPack, type PackRun } from '../../testing/run-pack.ts';
import { latentAt, parseMap } from './latent-map.ts';
import { normalMap, roughnessMap } from './maps.ts';
import { tintColours } from './tint.ts';

const pack = openPack('kiln-texture');
const packFile = (name: string): string => fileURLToPath(new URL(`../../packs/kiln-texture/${name}`, import.meta.url));

/**
 * Mean absolute step across the wrap over that at the interior lines of the same phase (63|64, 127|128): regular patterns
 * have periods of up to 64 px, and a line at another phase differs for reasons of its own.
 */
function seamRatio({ width, height, channels, data }: PixelImage): number {
  const step = (x: number, y: number, toX: number, toY: number): number => {
    let sum = 0;
    for (let channel = 0; channel < channels; channel += 1)
      sum += Math.abs(data[(y * width + x) * channels + channel]! - data[(toY * width + toX) * channels + channel]!);
    return sum;
  };
  let wrap = 0.1;
  let inside = 0.1;
  for (let line = 63; line < width; line += 64) {
    for (let along = 0; along < width; along += 1) {
      const both = step(line, along, (line + 1) % width, along) + step(along, line, along, (line + 1) % height);
      if (line === width - 1) wrap += both;
      else inside += both / (width / 64 - 1);
    }
  }
  return wrap / inside;
}

describe('tiles', () => {
  it('have no seam, nor have their maps, over places of the map', async () => {
    const ratios: Record<string, number[]> = {};
    for (let place = 0; place < 16; place += 1) {
      const run = await pack.run({}, { x: (place % 4) / 3, y: Math.floor(place / 4) / 3, sizePx: 192 }, { seed: place });
      expect(run.outputs.map(({ role }) => role)).toEqual(['image', 'normal', 'roughness', 'height']);
      for (const { role, image } of run.outputs) {
        expect([image.width, image.height]).toEqual([192, 192]);
        (ratios[role] ??= []).push(seamRatio(image));
      }
    }
    for (const found of Object.values(ratios)) {
      const mean = found.reduce((sum, value) => sum + value, 0) / found.length;
      expect(mean).toBeGreaterThan(0.9);
      expect(mean).toBeLessThan(1.1);
    }
  });

  it('repeat with a seed and differ between seeds and places', async () => {
    const params = { x: 0.25, y: 0.7, sizePx: 64, maps: false };
    const first = await pack.run({}, params, { seed: 5 });
    await pack.run({}, params, { seed: 6 });
    expect((await pack.run({}, params, { seed: 5 })).image.data).toEqual(first.image.data);
    expect((await pack.run({}, params, { seed: 6 })).image.data).not.toEqual(first.image.data);
    expect((await pack.run({}, { ...params, x: 0.9 }, { seed: 5 })).image.data).not.toEqual(first.image.data);
  });

  it('are the same whether decoded whole or in strips', async () => {
    // 512 px is decoded in two strips. Its colours must step over the strips' border as they do elsewhere.
    const { image } = await pack.run({}, { x: 0.4, y: 0.4, sizePx: 512, maps: false }, { seed: 2 });
    const steps = Array.from({ length: 511 }, (_, y) => {
      let sum = 0;
      for (let at = y * 512 * 3; at < (y + 1) * 512 * 3; at += 1) sum += Math.abs(image.data[at]! - image.data[at + 512 * 3]!);
      return sum / (512 * 3);
    });
    const sorted = steps.toSorted((a, b) => a - b);
    expect(steps[255]!).toBeLessThanOrEqual(sorted.at(-1)!);
    expect(steps[255]!).toBeLessThan(sorted[400]! * 1.6 + 0.5);
  });

  it('blend towards a second place, and say what is around', async () => {
    const at = async (params: object): Promise<PackRun> => pack.run({}, { sizePx: 64, maps: false, ...params }, { seed: 1 });
    const start = await at({ x: 0, y: 0 });
    const end = await at({ x: 1, y: 1 });
    const whole = await at({ x: 0, y: 0, toX: 1, toY: 1, blend: 1 });
    const difference = (a: PackRun, b: PackRun): number =>
      a.image.data.reduce((sum, value, index) => sum + Math.abs(value - b.image.data[index]!), 0) / a.image.data.length;
    expect(difference(whole, end)).toBeLessThan(1);
    const middle = await at({ x: 0, y: 0, toX: 1, toY: 1, blend: 0.5 });
    expect(difference(middle, start)).toBeGreaterThan(1);
    const details = textureDetailsSchema.parse(middle.details['texture']);
    expect(details.kinds.length).toBeGreaterThan(0);
    expect(details.latent).toHaveLength(32);
  });

  it('stop when cancelled and refuse sizes that would cut a pattern', async () => {
    const controller = new AbortController();
    const run = pack.run({}, { sizePx: 512 }, { signal: controller.signal, progress: () => controller.abort() });
    await expect(run).rejects.toThrow();
    await expect(pack.run({}, { sizePx: 100 })).rejects.toThrow();
  });

  it.skipIf(!hasSoftwareWebgpu)('come out the same on WebGPU', { timeout: 120_000 }, () => {
    expect(differenceOf(packFile('decoder.onnx'), { z: [1, 32], fields: [1, 44, 68, 68] })).toBeLessThan(1e-3);
  });
});

describe('the map', () => {
  const map = parseMap(JSON.stringify({ columns: 2, rows: 2, latents: [[0], [1], [2], [3]], kinds: ['a', 'b', 'c', 'd'] }), 1);

  it('interpolates and holds its corners', () => {
    expect(latentAt(map, 0, 0)[0]).toBe(0);
    expect(latentAt(map, 1, 1)[0]).toBe(3);
    expect(latentAt(map, 0.5, 0.5)[0]).toBeCloseTo(1.5, 6);
  });

  it('refuses files that are no map', () => {
    for (const text of ['', '{}', JSON.stringify({ columns: 2, rows: 2, latents: [[0]], kinds: ['a'] })])
      expect(() => parseMap(text, 1)).toThrow(/map/);
    expect(() => parseMap(JSON.stringify(map), 2)).toThrow(/latents/);
  });
});

describe('maps', () => {
  function waves(): Planes {
    const planes = newPlanes({ width: 64, height: 64 }, 1);
    for (let at = 0; at < 64 * 64; at += 1) planes.data[at] = 0.5 + 0.5 * Math.sin((2 * Math.PI * (at % 64)) / 32);
    return planes;
  }

  it('give unit normals that lean away from rising ground, flat at strength 0', () => {
    const normal = normalMap(waves(), 2);
    for (let at = 0; at < normal.data.length; at += 3) {
      const [x, y, z] = [0, 1, 2].map((axis) => normal.data[at + axis]! / 127.5 - 1) as [number, number, number];
      expect(Math.hypot(x, y, z)).toBeCloseTo(1, 1);
    }
    // Rising to the right at x = 0: the normal points to the left. The other way round half a wave on.
    expect(normal.data[0]!).toBeLessThan(120);
    expect(normal.data[16 * 3]!).toBeGreaterThan(120);
    expect(normal.data[32 * 3]!).toBe(normal.data[0]);
    expect(new Set(normalMap(waves(), 0).data)).toEqual(new Set([128, 255]));
  });

  it('make raised places smoother than pits', () => {
    const colour = newPlanes({ width: 64, height: 64 }, 3);
    const rough = roughnessMap(colour, waves());
    expect(rough.data[8]!).toBeLessThan(rough.data[24]!);
    expect(Math.min(...rough.data)).toBeGreaterThanOrEqual(89);
  });
});

describe('tint', () => {
  const colour: Planes = { width: 2, height: 1, channels: 3, data: Float32Array.from([0.55, 0.45, 0.45, 0.5, 0.5, 0.55]) };

  it('leaves colours alone when nothing is asked, greys at saturation 0, comes back after a full turn', () => {
    expect(tintColours(colour, { hueDegrees: 0, saturation: 1, contrast: 1 })).toBe(colour);
    const grey = tintColours(colour, { hueDegrees: 0, saturation: 0, contrast: 1 }).data;
    expect(Math.abs(grey[0]! - grey[2]!)).toBeLessThan(2e-3);
    const turned = tintColours(tintColours(colour, { hueDegrees: 40, saturation: 1, contrast: 1 }), {
      hueDegrees: -40,
      saturation: 1,
      contrast: 1,
    }).data;
    turned.forEach((value, index) => {
      expect(Math.abs(value - colour.data[index]!)).toBeLessThan(0.02);
    });
    expect(tintColours(colour, { hueDegrees: 0, saturation: 1, contrast: 0 }).data[0]).not.toBe(colour.data[0]);
  });
});
