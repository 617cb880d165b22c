/**
 * How good upscaling is, measured on held-out photographs through Kiln's own pipeline and shipped pack: PSNR of the luma
 * against bicubic, how much texture comes back, what cleaning does to a poor picture, and whether tiles show. Pictures are
 * reduced as Pillow's BICUBIC does. By itself: `node electron/launch/run.mjs e2e/evaluate/upscale.ts`.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { z } from 'zod';
import { gaussianBlur } from '../../models/core/gaussian-blur.ts';
import { cropColours, type Planes } from '../../models/core/planes.ts';
import { resize } from '../../models/core/resize.ts';
import { seededGaussian } from '../../models/core/seeded-gaussian.ts';
import type { PixelImage } from '../../models/pipeline.ts';
import { openPack } from '../../models/testing/run-pack.ts';
import type { Row } from './row.ts';

export interface EvaluateOptions {
  /** Every n-th picture only: a quick look. */
  every?: number;
  say?: (text: string) => void;
}

const photos = new URL('../../../shared/data/photos/', import.meta.url);
const heldOut = new URL('../../models/training/inpaint/heldout.txt', import.meta.url);
const recordSchema = z.object({ id: z.string(), file: z.string(), kind: z.enum(['whole', 'crop']) });

/** Each held-out photograph whole, and its first tile; sides cut to multiples of 4. */
async function heldOutPictures(every: number): Promise<PixelImage[]> {
  const ids = new Set(
    readFileSync(heldOut, 'utf8')
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#')),
  );
  const seen = new Set<string>();
  const records = readFileSync(new URL('photos.jsonl', photos), 'utf8')
    .trim()
    .split('\n')
    .map((line) => recordSchema.parse(JSON.parse(line)))
    .filter(({ id, kind }) => {
      if (!ids.has(id) || seen.has(id + kind)) return false;
      seen.add(id + kind);
      return true;
    })
    .filter((_, index) => index % every === 0);
  const pictures: PixelImage[] = [];
  for (const { file } of records) {
    const source = sharp(fileURLToPath(new URL(file, photos)));
    const { width, height } = await source.metadata();
    const size = { width: width - (width % 4), height: height - (height % 4) };
    const data = await source
      .extract({ left: 0, top: 0, ...size })
      .removeAlpha()
      .toColourspace('srgb')
      .raw()
      .toBuffer();
    pictures.push({ ...size, channels: 3, data });
  }
  return pictures;
}

const whole = (image: PixelImage): Planes => cropColours(image, { x: 0, y: 0, width: image.width, height: image.height });

function toImage(planes: Planes): PixelImage {
  const count = planes.width * planes.height;
  const data = new Uint8Array(count * 3);
  for (let index = 0; index < count; index += 1) {
    for (let channel = 0; channel < 3; channel += 1) {
      data[index * 3 + channel] = Math.round(Math.min(1, Math.max(0, planes.data[channel * count + index] ?? 0)) * 255);
    }
  }
  return { width: planes.width, height: planes.height, channels: 3, data };
}

const resized = (image: PixelImage, by: number): PixelImage =>
  toImage(resize(whole(image), { width: Math.round(image.width * by), height: Math.round(image.height * by) }));

/** Blur, bicubic reduction to a quarter, noise of 8 levels and JPEG at quality 45: a small picture from an old web page. */
async function poorVersion(image: PixelImage, seed: number): Promise<PixelImage> {
  const blurred = whole(image);
  const small = resize(gaussianBlur(blurred, 1.6), { width: image.width / 4, height: image.height / 4 });
  const noise = seededGaussian(seed);
  const noisy = toImage({ ...small, data: small.data.map((level) => level + (noise() * 8) / 255) });
  const code = await sharp(noisy.data, { raw: { width: noisy.width, height: noisy.height, channels: 3 } })
    .jpeg({ quality: 45 })
    .toBuffer();
  return { ...noisy, data: await sharp(code).toColourspace('srgb').raw().toBuffer() };
}

/** BT.601 luma of 8-bit pixels, 16..235, without a border of `border` pixels. */
function luma(image: PixelImage, border: number): { width: number; height: number; data: Float64Array } {
  const width = image.width - 2 * border;
  const height = image.height - 2 * border;
  const data = new Float64Array(width * height);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const at = ((y + border) * image.width + x + border) * 3;
      const [red = 0, green = 0, blue = 0] = image.data.subarray(at, at + 3);
      data[y * width + x] = 16 + (65.481 * red + 128.553 * green + 24.966 * blue) / 255;
    }
  }
  return { width, height, data };
}

/** Decibels. */
function psnr(made: PixelImage, truth: PixelImage, border: number): number {
  const [a, b] = [luma(made, border), luma(truth, border)];
  const error = a.data.reduce((sum, value, index) => sum + (value - (b.data[index] ?? 0)) ** 2, 0) / a.data.length;
  return 10 * Math.log10(255 ** 2 / Math.max(error, 1e-3));
}

/** Variance of the luma's Laplacian: how much fine detail there is. */
function detail(image: PixelImage): number {
  const { width, height, data } = luma(image, 4);
  let sum = 0;
  let squares = 0;
  let count = 0;
  for (let y = 1; y < height - 1; y += 1) {
    for (let x = 1; x < width - 1; x += 1) {
      const at = y * width + x;
      const value = (data[at - 1] ?? 0) + (data[at + 1] ?? 0) + (data[at - width] ?? 0) + (data[at + width] ?? 0) - 4 * (data[at] ?? 0);
      sum += value;
      squares += value * value;
      count += 1;
    }
  }
  return squares / count - (sum / count) ** 2;
}

/**
 * Unrest in places where the original is smooth: mean second difference over 4 pixels, the size of noise and JPEG marks in a
 * picture enlarged four times. Null where there are too few such places.
 */
function unrest(made: PixelImage, truth: PixelImage): number | null {
  const [a, b] = [luma(made, 4), luma(truth, 4)];
  const { width, height } = b;
  const bend = (data: Float64Array, at: number): number =>
    Math.abs(4 * (data[at] ?? 0) - (data[at - 4] ?? 0) - (data[at + 4] ?? 0) - (data[at - 4 * width] ?? 0) - (data[at + 4 * width] ?? 0));
  let sum = 0;
  let count = 0;
  for (let y = 4; y < height - 4; y += 1) {
    for (let x = 4; x < width - 4; x += 1) {
      const at = y * width + x;
      if (bend(b.data, at) > 3) continue;
      sum += bend(a.data, at);
      count += 1;
    }
  }
  return count < 2000 ? null : sum / count;
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? NaN;

export async function evaluateUpscale({ every = 1, say = () => undefined }: EvaluateOptions = {}): Promise<Row[]> {
  const pack = openPack('kiln-upscale');
  const pictures = await heldOutPictures(every);
  const gain: Record<'x2' | 'x4' | 'poor', number[]> = { x2: [], x4: [], poor: [] };
  const plain: Record<'x2' | 'x4' | 'poor', number[]> = { x2: [], x4: [], poor: [] };
  const texture: Record<'bicubic' | 'faithful' | 'sharpened', number[]> = { bicubic: [], faithful: [], sharpened: [] };
  const calm: number[] = [];
  const run = async (image: PixelImage, params: object): Promise<PixelImage> => (await pack.run({ image }, { ...params })).image;
  for (const [index, truth] of pictures.entries()) {
    say(`upscaling ${String(index + 1)} of ${String(pictures.length)}`);
    const half = resized(truth, 1 / 2);
    plain.x2.push(psnr(resized(half, 2), truth, 2));
    gain.x2.push(psnr(await run(half, { factor: 2, sharpness: 0 }), truth, 2) - (plain.x2.at(-1) ?? 0));

    const quarter = resized(truth, 1 / 4);
    const bicubic = resized(quarter, 4);
    const faithful = await run(quarter, { factor: 4, sharpness: 0 });
    const sharpened = await run(quarter, { factor: 4, sharpness: 1 });
    plain.x4.push(psnr(bicubic, truth, 4));
    gain.x4.push(psnr(faithful, truth, 4) - (plain.x4.at(-1) ?? 0));
    const own = detail(truth) + 0.5;
    texture.bicubic.push((detail(bicubic) + 0.5) / own);
    texture.faithful.push((detail(faithful) + 0.5) / own);
    texture.sharpened.push((detail(sharpened) + 0.5) / own);

    const poor = await poorVersion(truth, index + 1);
    const enlarged = resized(poor, 4);
    const cleaned = await run(poor, { factor: 4, denoise: 1 });
    plain.poor.push(psnr(enlarged, truth, 4));
    gain.poor.push(psnr(cleaned, truth, 4) - (plain.poor.at(-1) ?? 0));
    const [before, after] = [unrest(enlarged, truth), unrest(cleaned, truth)];
    if (before !== null && after !== null) calm.push(after / before);
  }
  const seam = await largestSeam(pictures[0], run);
  const row = (metric: string, measured: string, bar: string, ok: boolean): Row => ({ task: 'upscale', metric, measured, bar, ok });
  const decibels = (kind: 'x2' | 'x4' | 'poor'): string =>
    `+${mean(gain[kind]).toFixed(2)} dB (bicubic ${mean(plain[kind]).toFixed(2)} dB, ${String(gain[kind].length)} pictures)`;
  const sharpened = median(texture.sharpened);
  return [
    row('x2 luma PSNR over bicubic', decibels('x2'), '>= +1.5 dB', mean(gain.x2) >= 1.5),
    row('x4 luma PSNR over bicubic', decibels('x4'), '>= +0.8 dB', mean(gain.x4) >= 0.8),
    row('x4 cleaned, poor pictures: luma PSNR over bicubic', decibels('poor'), '> 0 dB', mean(gain.poor) > 0),
    row('x4 cleaned, noise and marks left in smooth places', `${mean(calm).toFixed(2)} of bicubic's`, '<= 0.7', mean(calm) <= 0.7),
    row(
      'x4 sharpened, texture of the original',
      `${sharpened.toFixed(2)} (faithful ${median(texture.faithful).toFixed(2)}, bicubic ${median(texture.bicubic).toFixed(2)})`,
      '>= 1.5 × faithful, <= 1.3',
      sharpened >= 1.5 * median(texture.faithful) && sharpened <= 1.3,
    ),
    row('tiled against untiled', `${String(seam)}/255`, '<= 2/255', seam <= 2),
  ];
}

/** Over x2, x4 with all graphs mixed, and a factor that needs resampling. */
async function largestSeam(
  picture: PixelImage | undefined,
  run: (image: PixelImage, params: object) => Promise<PixelImage>,
): Promise<number> {
  if (picture === undefined) return NaN;
  const small = resized(picture, 1 / 4);
  let most = 0;
  for (const params of [
    { factor: 2, sharpness: 0 },
    { factor: 4, sharpness: 0.5, denoise: 0.3 },
    { factor: 2.6, sharpness: 1 },
  ]) {
    const tiled = await run(small, { ...params, tileSize: 48 });
    const untiled = await run(small, { ...params, tileSize: 4096 });
    most = tiled.data.reduce((worst, value, index) => Math.max(worst, Math.abs(value - (untiled.data[index] ?? 0))), most);
  }
  return most;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const every = Number(process.argv[2] ?? 1);
  const rows = await evaluateUpscale({ every, say: (text) => process.stderr.write(`\r${text}   `) });
  process.stderr.write('\n');
  console.table(Object.fromEntries(rows.map(({ metric, measured, bar, ok }) => [metric, { measured, bar, ok }])));
  process.exitCode = rows.every(({ ok }) => ok) ? 0 : 1;
}
