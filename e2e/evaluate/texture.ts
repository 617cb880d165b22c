/**
 * How good the texture lab is, measured through Kiln's own pipeline and shipped pack over the whole map: seams, how crisp
 * and how different tiles are, how smoothly the map moves. By itself: `node electron/launch/run.mjs e2e/evaluate/texture.ts`.
 */
import { fileURLToPath } from 'node:url';
import type { PixelImage } from '../../models/pipeline.ts';
import { decodeTile, type TileFields } from '../../models/components/texture-decoder.ts';
import { drawFieldNoise, prepareFields, type FieldNoise } from '../../models/components/texture-fields.ts';
import { openPack } from '../../models/testing/run-pack.ts';
import type { Row } from './row.ts';

export interface EvaluateOptions {
  /** Places a side of the map that are looked at. */
  side?: number;
  say?: (text: string) => void;
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? NaN;

/** Regular textures repeat within this: lines at its multiples are alike but for the seam that one of them might be. */
const period = 64;

/**
 * Mean absolute step across the wrap over that between the columns and rows inside that stand at the same phase of the
 * regular patterns (63|64, 127|128 ...): 1 = no seam. Lines at other phases differ for reasons of their own: a brick's
 * joint is a larger step than its face.
 */
export function seamOf({ width, height, channels, data }: PixelImage): number {
  const lineStep = (line: number, columns: boolean): number => {
    const length = columns ? height : width;
    const next = (line + 1) % (columns ? width : height);
    let sum = 0;
    for (let along = 0; along < length; along += 1) {
      const from = (columns ? along * width + line : line * width + along) * channels;
      const to = (columns ? along * width + next : next * width + along) * channels;
      for (let channel = 0; channel < channels; channel += 1) sum += Math.abs((data[from + channel] ?? 0) - (data[to + channel] ?? 0));
    }
    return sum / (length * channels);
  };
  const inside = Array.from({ length: width / period - 1 }, (_, index) => (index + 1) * period - 1);
  const wrap = lineStep(width - 1, true) + lineStep(height - 1, false);
  const interior = mean(inside.map((line) => lineStep(line, true) + lineStep(line, false)));
  return (wrap + 0.1) / (interior + 0.1);
}

/** Mean absolute difference of neighbouring pixels, levels of 255. */
function gradient(image: PixelImage): number {
  let sum = 0;
  let count = 0;
  for (let y = 0; y < image.height; y += 1) {
    for (let x = 1; x < image.width; x += 1) {
      const at = (y * image.width + x) * image.channels;
      sum += Math.abs((image.data[at] ?? 0) - (image.data[at - image.channels] ?? 0));
      count += 1;
    }
  }
  return sum / count;
}

function difference(first: PixelImage, second: PixelImage): number {
  return first.data.reduce((sum, value, index) => sum + Math.abs(value - (second.data[index] ?? 0)), 0) / first.data.length;
}

export async function evaluateTexture({ side = 6, say = () => undefined }: EvaluateOptions = {}): Promise<Row[]> {
  const pack = openPack('kiln-texture');
  const rows: Row[] = [];
  const add = (metric: string, measured: string, bar: string, ok: boolean): void =>
    void rows.push({ task: 'texture', metric, measured, bar, ok });
  const places = Array.from({ length: side * side }, (_, index) => ({
    x: (index % side) / (side - 1),
    y: Math.floor(index / side) / (side - 1),
  }));
  const ratios: Record<string, number[]> = {};
  const tiles: PixelImage[] = [];
  for (const [index, place] of places.entries()) {
    say(`tile ${String(index + 1)} of ${String(places.length)}`);
    const run = await pack.run({}, { ...place, sizePx: 4 * period, maps: true }, { seed: index });
    tiles.push(run.image);
    for (const { role, image } of run.outputs) {
      (ratios[role] ??= []).push(seamOf(image));
    }
  }
  for (const [role, found] of Object.entries(ratios)) {
    const middle = mean(found);
    add(
      `seam of ${role}: wrap step over the same steps inside`,
      `${middle.toFixed(3)} (mean of ${String(found.length)})`,
      '0.9..1.1',
      middle >= 0.9 && middle <= 1.1,
    );
  }
  say('shift');
  const shifted = await commutesWithShift();
  add('tile of 256 px against itself from shifted noise', `${shifted.toFixed(2)}/255 at most`, '<= 1/255', shifted <= 1);

  const crisp = median(tiles.map(gradient));
  add('crispness: mean step between neighbours', `${crisp.toFixed(1)}/255 (median)`, '>= 4/255', crisp >= 4);
  const apart: number[] = [];
  tiles.forEach((first, index) => {
    for (const second of tiles.slice(index + 1)) apart.push(difference(first, second));
  });
  add('variety: mean difference between places', `${mean(apart).toFixed(0)}/255`, '>= 30/255', mean(apart) >= 30);

  say('smoothness');
  const steps: number[] = [];
  let before: PixelImage | null = null;
  for (let step = 0; step <= 60; step += 1) {
    const { image } = await pack.run({}, { x: 0.1 + (0.8 * step) / 60, y: 0.45, sizePx: 128, maps: false }, { seed: 1 });
    if (before !== null) steps.push(difference(before, image));
    before = image;
  }
  add('dragging: largest change for 1/75 of the map', `${Math.max(...steps).toFixed(1)}/255`, '<= 20/255', Math.max(...steps) <= 20);
  return rows;

  /** Noise rolled by 64 px must give the same tile rolled by 64 px: no place on the tile is special. */
  async function commutesWithShift(): Promise<number> {
    const session = await pack.session();
    const latent = Float32Array.from({ length: 32 }, (_, index) => Math.sin(index * 1.7));
    const noise = drawFieldNoise(256, 5);
    const rolled = noise.map((grids) =>
      grids.map((grid) => {
        const columns = Math.sqrt(grid.length);
        return grid.map((_, at) => grid[at - (at % columns) + (((at % columns) + (3 * columns) / 4) % columns)] ?? 0);
      }),
    );
    const fieldsOf = (given: FieldNoise): TileFields => ({ source: prepareFields(256, given), whole: null });
    const first = (await decodeTile(session, latent, fieldsOf(noise))).colour;
    const second = (await decodeTile(session, latent, fieldsOf(rolled))).colour;
    let most = 0;
    for (let line = 0; line < 3 * 256; line += 1) {
      for (let x = 0; x < 256; x += 1) {
        most = Math.max(most, Math.abs((first.data[line * 256 + x] ?? 0) - (second.data[line * 256 + ((x + 64) % 256)] ?? 0)));
      }
    }
    return most * 255;
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const rows = await evaluateTexture({ say: (text) => process.stderr.write(`\r${text}   `) });
  process.stderr.write('\n');
  console.table(Object.fromEntries(rows.map(({ metric, measured, bar, ok }) => [metric, { measured, bar, ok }])));
  process.exitCode = rows.every(({ ok }) => ok) ? 0 : 1;
}
