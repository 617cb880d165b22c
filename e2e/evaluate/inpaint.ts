/**
 * How good inpainting is, measured on held-out photographs through Kiln's own pipeline: crops, holes and the classical
 * methods' fills come from models/training/inpaint/figures.py, which also takes the figures, so that all methods are
 * measured by the same code. By itself: `node electron/launch/run.mjs e2e/evaluate/inpaint.ts`.
 */
import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import type { PixelImage } from '../../models/pipeline.ts';
import { openPack } from '../../models/testing/run-pack.ts';
import type { Row } from './row.ts';

export interface EvaluateOptions {
  /** Every n-th hole only: a quick look. */
  every?: number;
  /** Where to write a contact sheet (.jpg or .png). */
  sheet?: string;
  params?: Readonly<Record<string, unknown>>;
  say?: (text: string) => void;
}

const side = 256;
const script = fileURLToPath(new URL('../../models/training/inpaint/figures.py', import.meta.url));
const figuresSchema = z.object({ psnr: z.number(), ssim: z.number(), texture: z.number(), seam: z.number(), seam_true: z.number() });
const resultSchema = z.record(z.string(), z.object({ telea: figuresSchema, ns: figuresSchema, kiln: figuresSchema }));
type Figures = z.infer<typeof figuresSchema>;

/** A Python with OpenCV and scikit-image: KILN_PYTHON, or the first on the way that has them. */
function findPython(): string {
  const candidates = [process.env['KILN_PYTHON'], 'python3', '/usr/bin/python3'].filter((name) => name !== undefined);
  for (const name of candidates) {
    try {
      execFileSync(name, ['-c', 'import cv2, skimage'], { stdio: 'ignore' });
      return name;
    } catch {
      // The next one may have them.
    }
  }
  throw new Error('Evaluating inpainting needs a Python with OpenCV and scikit-image: set KILN_PYTHON to one.');
}

export async function evaluateInpaint({ every = 1, sheet, params = {}, say = () => undefined }: EvaluateOptions = {}): Promise<Row[]> {
  const python = findPython();
  const folder = await mkdtemp(join(tmpdir(), 'kiln-evaluate-inpaint-'));
  try {
    execFileSync(python, [script, 'prepare', folder], { stdio: ['ignore', 'inherit', 'inherit'] });
    await fillAll(folder, every, params, say);
    const measured = execFileSync(python, [script, 'measure', folder, ...(sheet === undefined ? [] : ['--sheet', sheet])], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    return rowsOf(resultSchema.parse(JSON.parse(measured)));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function fillAll(folder: string, every: number, params: object, say: (text: string) => void): Promise<void> {
  const crops = await readFile(join(folder, 'crops.bin'));
  const masks = await readFile(join(folder, 'masks.bin'));
  const fills = Uint8Array.from(crops);
  const pack = openPack('kiln-inpaint');
  const pixels = side * side;
  const done: number[] = [];
  for (let item = 0; item * pixels < masks.length; item += every) {
    const image: PixelImage = { width: side, height: side, channels: 3, data: crops.subarray(item * pixels * 3, (item + 1) * pixels * 3) };
    const mask: PixelImage = { width: side, height: side, channels: 1, data: masks.subarray(item * pixels, (item + 1) * pixels) };
    // The holes are exact and figures are taken inside them: nothing is grown or feathered.
    const run = await pack.run({ image, mask }, { maskGrow: 0, feather: 0, ...params });
    fills.set(run.image.data, item * pixels * 3);
    done.push(item);
    if (done.length % 20 === 0) say(`inpaint: ${String(done.length)} of ${String(Math.ceil(masks.length / pixels / every))} holes filled`);
  }
  await writeFile(join(folder, 'fills.bin'), fills);
  await writeFile(join(folder, 'done.json'), JSON.stringify(done));
}

function rowsOf(results: z.infer<typeof resultSchema>): Row[] {
  const rows: Row[] = [];
  for (const [kind, { telea, ns, kiln }] of Object.entries(results)) {
    const add = (metric: string, measured: string, bar: string, ok: boolean): void =>
      void rows.push({ task: 'inpaint', metric: `${names[kind] ?? kind}: ${metric}`, measured, bar, ok });
    const over = (key: 'psnr' | 'ssim'): number => kiln[key] - Math.max(telea[key], ns[key]);
    const listed = (key: keyof Figures, digits: number): string =>
      `Kiln ${kiln[key].toFixed(digits)}, Telea ${telea[key].toFixed(digits)}, Navier-Stokes ${ns[key].toFixed(digits)}`;
    add('PSNR over the better classical method', `${signed(over('psnr'), 2)} dB (${listed('psnr', 2)})`, '≥ +1.0 dB', over('psnr') >= 1);
    add('SSIM over the better classical method', `${signed(over('ssim'), 4)} (${listed('ssim', 4)})`, '≥ +0.02', over('ssim') >= 0.02);
    add('texture energy, 1 is the surroundings’', listed('texture', 3), '0.6 to 1.3', kiln.texture >= 0.6 && kiln.texture <= 1.3);
    const seam = kiln.seam / kiln.seam_true;
    add(
      'step across the seam, 1 is the photograph’s',
      `${seam.toFixed(2)} (${listed('seam', 2)})`,
      '0.75 to 1.25',
      seam >= 0.75 && seam <= 1.25,
    );
  }
  return rows;
}

const names: Readonly<Record<string, string>> = { freeform: 'strokes', object: 'object shapes', all: 'all holes' };
const signed = (value: number, digits: number): string => `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(digits)}`;

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [every, sheet] = process.argv.slice(2);
  const rows = await evaluateInpaint({
    every: every === undefined ? 1 : Number(every),
    ...(sheet === undefined ? {} : { sheet }),
    say: (text) => void process.stderr.write(`${text}\n`),
  });
  console.table(Object.fromEntries(rows.map(({ metric, measured, bar, ok }) => [metric, { measured, bar, ok }])));
  process.exitCode = rows.every((row) => row.ok) ? 0 : 1;
}
