/**
 * How good the palette studio is, measured through Kiln's own pipeline and shipped pack: likelihood of held-out palettes
 * against a Gaussian and a Gaussian mixture (fitted by models/training/palette/evaluate.py to the same training palettes),
 * exactness of the flow, completion, and recolouring. By itself: `node electron/launch/run.mjs e2e/evaluate/palette.ts`.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { z } from 'zod';
import { contrastTable } from '../../shared/colour/contrast.ts';
import { oklabFromBytes } from '../../shared/colour/oklab.ts';
import { parseHex, type Rgb } from '../../shared/colour/srgb.ts';
import { paletteDetailsSchema, type PaletteDetails } from '../../shared/pipelines/palette.ts';
import { decodePalettes, scorePalettes } from '../../models/components/palette-flow.ts';
import { seededGaussian } from '../../models/core/seeded-gaussian.ts';
import type { PixelImage } from '../../models/pipeline.ts';
import { extractPalette } from '../../models/pipelines/palette/extract.ts';
import { bitsPerDimension } from '../../models/pipelines/palette/likelihood.ts';
import { paletteDistance, permutations, rowOfBytes } from '../../models/pipelines/palette/palette-space.ts';
import { openPack, type PackRun } from '../../models/testing/run-pack.ts';
import type { Row } from './row.ts';

export interface EvaluateOptions {
  /** Every n-th picture only: a quick look. */
  every?: number;
  say?: (text: string) => void;
}

const photos = new URL('../../../shared/data/photos/', import.meta.url);
const heldOut = new URL('../../models/training/inpaint/heldout.txt', import.meta.url);
const baselines = new URL('../../models/training/palette/baselines.json', import.meta.url);
const recordSchema = z.object({ id: z.string(), file: z.string() });
const componentSchema = z.object({
  logWeight: z.number(),
  mean: z.array(z.number()).length(15),
  whitening: z.array(z.number()).length(120),
});
type Component = z.infer<typeof componentSchema>;
const baselinesSchema = z.object({ gaussian: z.array(componentSchema), mixture: z.array(componentSchema) });

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
const palettesOf = (run: PackRun): PaletteDetails => paletteDetailsSchema.parse(run.details['palettes']);
const rowOf = (colours: readonly string[]): Float32Array => rowOfBytes(colours.map((hex) => parseHex(hex) ?? ([0, 0, 0] as const)));

/** Every held-out photograph whole, and its tiles. */
async function heldOutPictures(every: number): Promise<PixelImage[]> {
  const ids = new Set(readFileSync(heldOut, 'utf8').split('\n'));
  const files = readFileSync(new URL('photos.jsonl', photos), 'utf8')
    .trim()
    .split('\n')
    .map((line) => recordSchema.parse(JSON.parse(line)))
    .filter(({ id }) => ids.has(id))
    .filter((_, index) => index % every === 0);
  return Promise.all(
    files.map(async ({ file }) => {
      const { data, info } = await sharp(fileURLToPath(new URL(file, photos)))
        .resize(256, 256, { fit: 'inside' })
        .removeAlpha()
        .toColourspace('srgb')
        .raw()
        .toBuffer({ resolveWithObject: true });
      return { width: info.width, height: info.height, channels: 3 as const, data };
    }),
  );
}

/** Natural log of a mixture's density, averaged over the orders of the colours as the flow's is. */
function mixtureLogDensity(row: Float32Array, components: readonly Component[], orders: readonly number[][]): number {
  const logs = orders.flatMap((order) => {
    const x = order.flatMap((at) => [...row.subarray(at * 3, at * 3 + 3)]);
    return components.map(({ logWeight, mean: centre, whitening }) => {
      let log = logWeight - 7.5 * Math.log(2 * Math.PI);
      let at = 0;
      for (let line = 0; line < 15; line += 1) {
        let whitened = 0;
        for (let column = 0; column <= line; column += 1) {
          whitened += (whitening[at] ?? 0) * ((x[column] ?? 0) - (centre[column] ?? 0));
          at += 1;
        }
        log += Math.log(whitening[at - 1] ?? 1) - 0.5 * whitened * whitened;
      }
      return log;
    });
  });
  const largest = logs.reduce((most, log) => Math.max(most, log), -Infinity);
  return largest + Math.log(logs.reduce((sum, log) => sum + Math.exp(log - largest), 0) / orders.length);
}

export async function evaluatePalette({ every = 1, say = () => undefined }: EvaluateOptions = {}): Promise<Row[]> {
  const pack = openPack('kiln-palette');
  const rows: Row[] = [];
  const add = (metric: string, measured: string, bar: string, ok: boolean): void =>
    void rows.push({ task: 'palette', metric, measured, bar, ok });

  const fitted = baselinesSchema.parse(JSON.parse(readFileSync(baselines, 'utf8')));
  const pictures = await heldOutPictures(every);
  const orders = permutations(5);
  const bits: Record<'flow' | 'gaussian' | 'mixture', number[]> = { flow: [], gaussian: [], mixture: [] };
  for (const [index, image] of pictures.entries()) {
    say(`likelihood of held-out palettes, ${String(index + 1)} of ${String(pictures.length)}`);
    const [made] = palettesOf(await pack.run({ image }, { mode: 'extract' }));
    if (made?.bitsPerDimension === undefined || made.bitsPerDimension === null) continue;
    const row = rowOf(made.colours);
    bits.flow.push(made.bitsPerDimension);
    bits.gaussian.push(bitsPerDimension(mixtureLogDensity(row, fitted.gaussian, [orders[0] ?? []]), 15));
    bits.mixture.push(bitsPerDimension(mixtureLogDensity(row, fitted.mixture, orders), 15));
  }
  const best = Math.min(mean(bits.gaussian), mean(bits.mixture));
  add(
    'held-out palettes, bits per dimension',
    `${mean(bits.flow).toFixed(3)} (Gaussian ${mean(bits.gaussian).toFixed(3)}, mixture of ${String(fitted.mixture.length)} ${mean(bits.mixture).toFixed(3)}; ${String(bits.flow.length)} palettes)`,
    'below both',
    mean(bits.flow) < best,
  );

  say('exactness');
  const gaussian = seededGaussian(3);
  const latents = Float32Array.from({ length: 1000 * 15 }, gaussian);
  const colours = await decodePalettes(await pack.session('sampler.onnx'), 15, latents);
  const back = (await scorePalettes(await pack.session('scorer.onnx'), 15, colours)).latents;
  const error = latents.reduce((most, value, index) => Math.max(most, Math.abs(value - (back[index] ?? NaN))), 0);
  add('forward(inverse(z)) against z, 1000 samples', error.toExponential(1), '<= 1e-4', error <= 1e-4);

  say('completion');
  let kept = 0;
  let asked = 0;
  const gains: number[] = [];
  for (let seed = 0; seed < 6; seed += 1) {
    const plain = palettesOf(await pack.run({}, { count: 6 }, { seed }));
    const locked = [plain[0]?.colours[1] ?? '#000000', null, plain[3]?.colours[4] ?? '#ffffff'];
    const completed = palettesOf(await pack.run({}, { colours: locked, count: 6 }, { seed }));
    for (const made of completed) {
      asked += 2;
      kept += Number(made.colours[0] === locked[0]) + Number(made.colours[2] === locked[2]);
    }
    const pasted = [];
    for (const { colours: own } of plain) {
      const [made] = palettesOf(await pack.run({}, { colours: own.map((colour, index) => locked[index] ?? colour) }));
      pasted.push(made?.bitsPerDimension ?? NaN);
    }
    gains.push(mean(pasted) - mean(completed.map(({ bitsPerDimension: own }) => own ?? NaN)));
  }
  add('locked colours that come back exactly', `${String(kept)} of ${String(asked)}`, 'all', kept === asked);
  add('completion against pasting into samples', `${mean(gains).toFixed(2)} bits per dimension fewer`, '> 0.2', mean(gains) > 0.2);

  say('variety');
  const offered = palettesOf(await pack.run({}, { count: 12, temperature: 1 }, { seed: 11 }));
  const apart: number[] = [];
  offered.forEach((first, index) => {
    for (const second of offered.slice(index + 1)) apart.push(paletteDistance(rowOf(first.colours), rowOf(second.colours)));
  });
  add(
    'least distance between 12 palettes offered',
    Math.min(...apart).toFixed(3),
    '>= 0.035 (looks different)',
    Math.min(...apart) >= 0.035,
  );
  const readable = offered.filter(({ colours: own }) =>
    contrastTable(own.map((hex): Rgb => parseHex(hex) ?? [0, 0, 0])).some((line) => line.some((ratio) => ratio >= 4.5)),
  );
  add(
    'with a pair for body text (WCAG AA)',
    `${String(readable.length)} of ${String(offered.length)}`,
    'half',
    readable.length * 2 >= offered.length,
  );

  say('recolouring');
  await recolourRows();
  return rows;

  async function recolourRows(): Promise<void> {
    const target = ['#1b2a41', '#7a4a2b', '#c98b3c', '#e9d8a6', '#5f7470'];
    const goal = rowOf(target);
    const nearer: number[] = [];
    const edges: number[] = [];
    let unchanged = 0;
    const chosen = pictures.filter((_, index) => index % 6 === 0);
    for (const image of chosen) {
      const made = (await pack.run({ image }, { mode: 'recolour', colours: target, keepLightness: 0.6 })).image;
      nearer.push(distanceTo(made, goal) / distanceTo(image, goal));
      edges.push(edgeCorrelation(image, made));
      const same = (await pack.run({ image }, { mode: 'recolour', colours: target, strength: 0 })).image;
      unchanged += Number(Buffer.compare(Buffer.from(same.data), Buffer.from(image.data)) === 0);
    }
    add('chroma distance to the palette after recolouring', `${mean(nearer).toFixed(2)} of before`, '<= 0.75', mean(nearer) <= 0.75);
    add('lightness edges kept (correlation)', mean(edges).toFixed(3), '>= 0.9', mean(edges) >= 0.9);
    add('bit-identical at strength 0', `${String(unchanged)} of ${String(chosen.length)}`, 'all', unchanged === chosen.length);
  }
}

/** Mean distance in a and b from the picture's own five colours to the nearest of the goal's, by share. */
function distanceTo(image: PixelImage, goal: Float32Array): number {
  return extractPalette(image, 5, 1).reduce((sum, { lab, share }) => {
    let nearest = Infinity;
    for (let at = 0; at < goal.length; at += 3)
      nearest = Math.min(nearest, Math.hypot(lab[1] - (goal[at + 1] ?? 0), lab[2] - (goal[at + 2] ?? 0)));
    return sum + share * nearest;
  }, 0);
}

/** Pearson correlation of the gradients of OKLab lightness. */
function edgeCorrelation(first: PixelImage, second: PixelImage): number {
  const gradients = (image: PixelImage): number[] => {
    const light = Float64Array.from({ length: image.width * image.height }, (_, index) => {
      const at = index * image.channels;
      return oklabFromBytes([image.data[at] ?? 0, image.data[at + 1] ?? 0, image.data[at + 2] ?? 0])[0];
    });
    const found: number[] = [];
    for (let y = 1; y < image.height; y += 1) {
      for (let x = 1; x < image.width; x += 1) {
        const at = y * image.width + x;
        found.push((light[at] ?? 0) - (light[at - 1] ?? 0), (light[at] ?? 0) - (light[at - image.width] ?? 0));
      }
    }
    return found;
  };
  const [a, b] = [gradients(first), gradients(second)];
  const dot = (u: readonly number[], v: readonly number[]): number => u.reduce((sum, value, index) => sum + value * (v[index] ?? 0), 0);
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const every = Number(process.argv[2] ?? 1);
  const rows = await evaluatePalette({ every, say: (text) => process.stderr.write(`\r${text}   `) });
  process.stderr.write('\n');
  console.table(Object.fromEntries(rows.map(({ metric, measured, bar, ok }) => [metric, { measured, bar, ok }])));
  process.exitCode = rows.every(({ ok }) => ok) ? 0 : 1;
}
