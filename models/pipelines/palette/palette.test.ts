import { describe, expect, it } from 'vitest';
import { oklabDistance, oklabFromBytes } from '../../../shared/colour/oklab.ts';
import { parseHex, type Rgb } from '../../../shared/colour/srgb.ts';
import { paletteDetailsSchema, type PaletteDetails } from '../../../shared/pipelines/palette.ts';
import { decodePalettes, scorePalettes } from '../../components/palette-flow.ts';
import { assignLeastCost } from '../../core/assignment.ts';
import { seededGaussian } from '../../core/seeded-gaussian.ts';
import { seededRandom } from '../../core/seeded-random.ts';
import type { PixelImage } from '../../pipeline.ts';
import { openPack, type PackRun } from '../../testing/run-pack.ts';
import { permutations } from './palette-space.ts';

const pack = openPack('kiln-palette');
const dims = 15;

const palettesOf = (run: PackRun): PaletteDetails => paletteDetailsSchema.parse(run.details['palettes']);
const rgbOf = (hex: string): Rgb => parseHex(hex)!;

function blocks(colours: readonly Rgb[], side = 40): PixelImage {
  const width = side * colours.length;
  const data = new Uint8Array(width * side * 3);
  for (let y = 0; y < side; y += 1) {
    for (let x = 0; x < width; x += 1) data.set(colours[Math.floor(x / side)]!, (y * width + x) * 3);
  }
  return { width, height: side, channels: 3, data };
}

function largestDifference(first: ArrayLike<number>, second: ArrayLike<number>): number {
  let largest = 0;
  for (let index = 0; index < first.length; index += 1) largest = Math.max(largest, Math.abs(first[index]! - second[index]!));
  return largest;
}

describe('the flow', () => {
  it('undoes itself: colours of latents give the latents back to 1e-4, and the other way round', async () => {
    const [sampler, scorer] = [await pack.session('sampler.onnx'), await pack.session('scorer.onnx')];
    const gaussian = seededGaussian(1);
    const latents = Float32Array.from({ length: 500 * dims }, gaussian);
    const colours = await decodePalettes(sampler, dims, latents);
    const { latents: back } = await scorePalettes(scorer, dims, colours);
    expect(largestDifference(latents, back)).toBeLessThan(1e-4);
    expect(largestDifference(colours, await decodePalettes(sampler, dims, back))).toBeLessThan(1e-4);
  });

  it('gives the log-likelihood that the numerical Jacobian gives', async () => {
    const scorer = await pack.session('scorer.onnx');
    const sampler = await pack.session('sampler.onnx');
    const gaussian = seededGaussian(2);
    for (let trial = 0; trial < 4; trial += 1) {
      const colours = await decodePalettes(sampler, dims, Float32Array.from({ length: dims }, gaussian));
      const step = 2e-3;
      const shifted = new Float32Array(2 * dims * dims);
      for (let axis = 0; axis < dims; axis += 1) {
        for (const [side, sign] of [1, -1].entries()) {
          shifted.set(colours, (2 * axis + side) * dims);
          shifted[(2 * axis + side) * dims + axis] = colours[axis]! + sign * step;
        }
      }
      const moved = (await scorePalettes(scorer, dims, shifted)).latents;
      const jacobian = Array.from({ length: dims }, (_, axis) =>
        Array.from(
          { length: dims },
          (_unused, output) => (moved[2 * axis * dims + output]! - moved[(2 * axis + 1) * dims + output]!) / (2 * step),
        ),
      );
      const { latents, logLikelihoods } = await scorePalettes(scorer, dims, colours);
      const prior = latents.reduce((sum, value) => sum - 0.5 * value * value - 0.5 * Math.log(2 * Math.PI), 0);
      expect(Math.abs(logLikelihoods[0]! - prior - logAbsoluteDeterminant(jacobian))).toBeLessThan(0.02);
    }
  });
});

function logAbsoluteDeterminant(matrix: number[][]): number {
  const rows = matrix.map((row) => [...row]);
  let sum = 0;
  for (let column = 0; column < rows.length; column += 1) {
    const pivot = rows
      .slice(column)
      .reduce((best, row, index) => (Math.abs(row[column]!) > Math.abs(rows[best]![column]!) ? column + index : best), column);
    [rows[column], rows[pivot]] = [rows[pivot]!, rows[column]!];
    const head = rows[column]!;
    sum += Math.log(Math.abs(head[column]!));
    for (let row = column + 1; row < rows.length; row += 1) {
      const factor = rows[row]![column]! / head[column]!;
      for (let at = column; at < rows.length; at += 1) rows[row]![at]! -= factor * head[at]!;
    }
  }
  return sum;
}

describe('sampling', () => {
  it('repeats with a seed, differs between seeds, ranks by likelihood and draws the exact colours', async () => {
    const first = await pack.run({}, { count: 6 }, { seed: 7 });
    const again = await pack.run({}, { count: 6 }, { seed: 7 });
    const other = await pack.run({}, { count: 6 }, { seed: 8 });
    const palettes = palettesOf(first);
    expect(palettes).toHaveLength(6);
    expect(palettesOf(again)).toEqual(palettes);
    expect(palettesOf(other)).not.toEqual(palettes);
    const scores = palettes.map(({ logLikelihood }) => logLikelihood!);
    expect(scores).toEqual(scores.toSorted((a, b) => b - a));
    expect(palettes[0]!.bitsPerDimension).toBeCloseTo(-scores[0]! / Math.LN2 / 15 + 8, 9);
    const { image } = first;
    palettes.forEach(({ colours }, row) => {
      colours.forEach((hex, column) => {
        const at = ((row * 108 + 50) * image.width + column * 96 + 50) * 4;
        expect([...image.data.subarray(at, at + 4)]).toEqual([...rgbOf(hex), 255]);
      });
    });
  });

  it('offers palettes that do not look alike, and bolder ones at a higher temperature', async () => {
    const spread = async (temperature: number): Promise<number> => {
      const palettes = palettesOf(await pack.run({}, { count: 16, temperature }, { seed: 3 }));
      const chroma = palettes.flatMap(({ colours }) => colours.map((hex) => Math.hypot(...oklabFromBytes(rgbOf(hex)).slice(1))));
      return chroma.reduce((sum, value) => sum + value, 0) / chroma.length;
    };
    expect(await spread(1.2)).toBeGreaterThan(await spread(0.4));
  });

  it('scores a palette the same in any order', async () => {
    const scored = await Promise.all(
      [
        ['#203040', '#a05030', '#e0c080', '#f0f0e0', '#607060'],
        ['#f0f0e0', '#203040', '#607060', '#a05030', '#e0c080'],
      ].map(async (colours) => palettesOf(await pack.run({}, { colours }))[0]!),
    );
    expect(scored[0]!.logLikelihood).toBeCloseTo(scored[1]!.logLikelihood!, 4);
  });
});

describe('completion', () => {
  it('gives locked colours back exactly, in their places, and other free colours each time', async () => {
    const colours = ['#123456', null, null, '#fedc10', null];
    const palettes = palettesOf(await pack.run({}, { colours, count: 8 }, { seed: 5 }));
    expect(palettes.length).toBeGreaterThanOrEqual(6);
    for (const palette of palettes) {
      expect(palette.colours[0]).toBe('#123456');
      expect(palette.colours[3]).toBe('#fedc10');
    }
    expect(new Set(palettes.map(({ colours: made }) => made.join())).size).toBe(palettes.length);
    expect(palettesOf(await pack.run({}, { colours, count: 8 }, { seed: 5 }))).toEqual(palettes);
  });

  it('completes far better than pasting the locked colours into plain samples', async () => {
    const locked = ['#7a1f2b', '#e8d9b0'];
    const completed = palettesOf(await pack.run({}, { colours: locked, count: 8 }, { seed: 2 }));
    const plain = palettesOf(await pack.run({}, { count: 8 }, { seed: 2 }));
    const pasted = await Promise.all(
      plain.map(async ({ colours }) => palettesOf(await pack.run({}, { colours: [...locked, ...colours.slice(2)] }))[0]!.logLikelihood!),
    );
    const mean = (values: number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
    expect(mean(completed.map(({ logLikelihood }) => logLikelihood!))).toBeGreaterThan(mean(pasted) + 1);
  });

  it('refuses more colours than the model has places, and stops when cancelled', async () => {
    await expect(pack.run({}, { colours: Array.from({ length: 6 }, () => '#000000') })).rejects.toMatchObject({ code: 'invalid-request' });
    const controller = new AbortController();
    const run = pack.run({}, { colours: ['#112233'] }, { signal: controller.signal, progress: () => controller.abort() });
    await expect(run).rejects.toThrow();
  });
});

describe('extraction', () => {
  it('finds the colours of flat blocks, their shares and the likelihood', async () => {
    const colours: Rgb[] = [
      [30, 40, 70],
      [200, 60, 40],
      [240, 220, 180],
      [90, 140, 90],
      [250, 200, 20],
    ];
    const [palette] = palettesOf(await pack.run({ image: blocks(colours) }, { mode: 'extract' }));
    for (const colour of colours)
      expect(Math.min(...palette!.colours.map((hex) => oklabDistance(oklabFromBytes(rgbOf(hex)), oklabFromBytes(colour))))).toBeLessThan(
        0.004,
      );
    palette!.shares!.forEach((share) => {
      expect(share).toBeCloseTo(0.2, 6);
    });
    expect(palette!.logLikelihood).not.toBeNull();
  });

  it('keeps locked places, and says when a picture has fewer colours', async () => {
    const locked = await pack.run(
      {
        image: blocks([
          [30, 40, 70],
          [200, 60, 40],
        ]),
      },
      { mode: 'extract', colours: [null, '#123123', null] },
    );
    expect(palettesOf(locked)[0]!.colours[1]).toBe('#123123');
    const few = await pack.run({ image: blocks([[9, 9, 9]]) }, { mode: 'extract' });
    expect(palettesOf(few)[0]!.colours).toEqual(['#090909']);
    expect(few.notes.join()).toContain('only 1');
    const empty: PixelImage = { width: 4, height: 4, channels: 4, data: new Uint8Array(64) };
    await expect(pack.run({ image: empty }, { mode: 'extract' })).rejects.toMatchObject({ code: 'invalid-request' });
    await expect(pack.run({}, { mode: 'extract' })).rejects.toMatchObject({ code: 'invalid-request' });
  });
});

describe('recolouring', () => {
  const source: Rgb[] = [
    [20, 30, 60],
    [150, 60, 50],
    [220, 200, 160],
  ];
  const target = ['#102010', '#408060', '#e0f0c0'];

  it('takes flat colours to their targets when no lightness is kept', async () => {
    const { image } = await pack.run({ image: blocks(source) }, { mode: 'recolour', colours: target, keepLightness: 0 });
    target.forEach((hex, index) => {
      const at = (20 * image.width + index * 40 + 20) * 3;
      const got = [...image.data.subarray(at, at + 3)] as unknown as Rgb;
      expect(oklabDistance(oklabFromBytes(got), oklabFromBytes(rgbOf(hex)))).toBeLessThan(0.045);
    });
  });

  it('leaves the picture alone at strength 0, keeps alpha, and keeps lightness when asked', async () => {
    const random = seededRandom(4);
    const picture: PixelImage = {
      width: 64,
      height: 48,
      channels: 4,
      data: Uint8Array.from({ length: 64 * 48 * 4 }, () => Math.floor(random() * 256)),
    };
    picture.data[3] = 255;
    const untouched = await pack.run({ image: picture }, { mode: 'recolour', colours: target, strength: 0 });
    expect(Buffer.compare(Buffer.from(untouched.image.data), Buffer.from(picture.data))).toBe(0);
    const { image } = await pack.run({ image: blocks(source) }, { mode: 'recolour', colours: target, keepLightness: 1 });
    source.forEach((colour, index) => {
      const at = (20 * image.width + index * 40 + 20) * 3;
      const [L] = oklabFromBytes([image.data[at]!, image.data[at + 1]!, image.data[at + 2]!]);
      expect(Math.abs(L - oklabFromBytes(colour)[0])).toBeLessThan(0.03);
    });
    const strong = await pack.run({ image: picture }, { mode: 'recolour', colours: target });
    for (let at = 3; at < picture.data.length; at += 4) expect(strong.image.data[at]).toBe(picture.data[at]);
  });

  it('makes no new edges: a smooth ramp stays smooth', async () => {
    const width = 256;
    const ramp: PixelImage = { width, height: 8, channels: 3, data: new Uint8Array(width * 8 * 3) };
    for (let y = 0; y < 8; y += 1) for (let x = 0; x < width; x += 1) ramp.data.set([x, 255 - x, (x * 3) >> 2], (y * width + x) * 3);
    const { image } = await pack.run({ image: ramp }, { mode: 'recolour', colours: target });
    for (let x = 1; x < width; x += 1) {
      for (let channel = 0; channel < 3; channel += 1)
        expect(Math.abs(image.data[x * 3 + channel]! - image.data[x * 3 - 3 + channel]!)).toBeLessThanOrEqual(9);
    }
    await expect(pack.run({ image: ramp }, { mode: 'recolour' })).rejects.toMatchObject({ code: 'invalid-request' });
  });
});

describe('small parts', () => {
  it('finds the least-cost assignment, as trying all of them does', () => {
    const random = seededRandom(9);
    for (let trial = 0; trial < 20; trial += 1) {
      const cost = Array.from({ length: 5 }, () => Array.from({ length: 5 }, () => Math.floor(random() * 50)));
      const total = (columns: readonly number[]): number => columns.reduce((sum, column, row) => sum + cost[row]![column]!, 0);
      const found = assignLeastCost(cost);
      expect(new Set(found).size).toBe(5);
      expect(total(found)).toBe(Math.min(...permutations(5).map(total)));
    }
  });
});
