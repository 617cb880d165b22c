/** The shipped pack on a small photograph. */
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { cropColours } from '../../core/planes.ts';
import { resize } from '../../core/resize.ts';
import { seededGaussian } from '../../core/seeded-gaussian.ts';
import type { PixelImage } from '../../pipeline.ts';
import { hasSoftwareWebgpu, webgpuDifference } from '../../testing/compare-webgpu.ts';
import { openPack, type OpenPack } from '../../testing/run-pack.ts';

const photo = fileURLToPath(new URL('../../../e2e/fixtures/mountain-lake.jpg', import.meta.url));
let pack: OpenPack;
let truth: PixelImage;
beforeAll(async () => {
  pack = openPack('kiln-upscale');
  const data = await sharp(photo).extract({ left: 160, top: 120, width: 192, height: 160 }).removeAlpha().raw().toBuffer();
  truth = { width: 192, height: 160, channels: 3, data };
});

function resized(image: PixelImage, by: number): PixelImage {
  const planes = resize(cropColours(image, { x: 0, y: 0, width: image.width, height: image.height }), {
    width: image.width * by,
    height: image.height * by,
  });
  const count = planes.width * planes.height;
  const data = new Uint8Array(count * 3);
  for (let index = 0; index < data.length; index += 1) {
    data[index] = Math.round(Math.min(1, Math.max(0, planes.data[(index % 3) * count + Math.floor(index / 3)]!)) * 255);
  }
  return { width: planes.width, height: planes.height, channels: 3, data };
}

/** Decibels over all channels. */
function psnr(a: PixelImage, b: PixelImage): number {
  expect([a.width, a.height]).toEqual([b.width, b.height]);
  return 10 * Math.log10(255 ** 2 / (a.data.reduce((sum, value, index) => sum + (value - b.data[index]!) ** 2, 0) / a.data.length));
}

/** Mean absolute step between neighbours: how crisp a picture is. */
const crispness = ({ data }: PixelImage): number =>
  data.reduce((sum, value, index) => sum + Math.abs(value - (data[index + 3] ?? value)), 0) / data.length;

describe('the upscaling pack', () => {
  it.each([
    [2, 1],
    [4, 0.4],
  ])('beats bicubic at x%i by %f dB', async (factor, least) => {
    const small = resized(truth, 1 / factor);
    const { image } = await pack.run({ image: small }, { factor, sharpness: 0 });
    expect(psnr(image, truth) - psnr(resized(small, factor), truth)).toBeGreaterThan(least);
  });

  it('is crisper with sharpness', async () => {
    const small = resized(truth, 1 / 4);
    const faithful = await pack.run({ image: small }, { factor: 4, sharpness: 0 });
    const sharpened = await pack.run({ image: small }, { factor: 4, sharpness: 1 });
    expect(crispness(sharpened.image)).toBeGreaterThan(crispness(faithful.image) * 1.05);
  });

  it('takes most of the noise and JPEG marks off a smooth picture when it cleans up', async () => {
    const side = 40;
    const random = seededGaussian(4);
    const smooth: PixelImage = { width: side, height: side, channels: 3, data: new Uint8Array(side * side * 3) };
    smooth.data.forEach((_, index) => (smooth.data[index] = 60 + (index / side / 3) * 2.5));
    const noisy = smooth.data.map((value) => Math.round(Math.min(255, Math.max(0, value + random() * 8))));
    const code = await sharp(noisy, { raw: { width: side, height: side, channels: 3 } })
      .jpeg({ quality: 45 })
      .toBuffer();
    const poor: PixelImage = { ...smooth, data: await sharp(code).raw().toBuffer() };
    const ideal = resized(smooth, 4);
    const cleaned = await pack.run({ image: poor }, { factor: 4, denoise: 1 });
    expect(psnr(cleaned.image, ideal)).toBeGreaterThan(psnr(resized(poor, 4), ideal) + 1.5);
  });

  it.each([
    { factor: 2, sharpness: 0 },
    { factor: 4, sharpness: 0.5, denoise: 0.5 },
    { factor: 3, sharpness: 1 },
    { factor: 8, sharpness: 0 },
  ])('shows no seam between tiles: %o', async (params) => {
    const small = resized(truth, 1 / 2);
    const tiled = await pack.run({ image: small }, { ...params, tileSize: 40 });
    const whole = await pack.run({ image: small }, { ...params, tileSize: 4096 });
    const most = tiled.image.data.reduce((worst, value, index) => Math.max(worst, Math.abs(value - whole.image.data[index]!)), 0);
    expect(most).toBeLessThanOrEqual(1);
  });

  it.skipIf(!hasSoftwareWebgpu)('runs every graph on WebGPU as on the CPU', { timeout: 240_000 }, () => {
    const graphs = pack.manifest.files.filter(({ path }) => path.endsWith('.onnx'));
    expect(graphs.length).toBe(4);
    for (const { path } of graphs) {
      const file = fileURLToPath(new URL(`../../packs/kiln-upscale/${path}`, import.meta.url));
      expect(webgpuDifference(file, 19, 14)).toBeLessThan(1e-4);
    }
  });
});
