/**
 * How much of a style restyling brings and how much of the content it keeps, measured through Kiln's own pipeline on six
 * held-out photographs and six paintings of the gallery, three of which were never trained on. By itself:
 * `node electron/launch/run.mjs e2e/evaluate/style.ts [sheet.jpg]`.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import sharp, { type OverlayOptions } from 'sharp';
import { encodeFeatures } from '../../models/components/style-encoder.ts';
import { cropColours, type Planes } from '../../models/core/planes.ts';
import { resize } from '../../models/core/resize.ts';
import type { PixelImage } from '../../models/pipeline.ts';
import { styleSizeFor } from '../../models/pipelines/stylize/plan.ts';
import { openPack } from '../../models/testing/run-pack.ts';
import { stylizeParamsSchema } from '../../shared/pipelines/stylize.ts';
import type { Row } from './row.ts';
import { gradientCorrelation, paletteDistance, randomDistance, randomFeatures, slicedDistance } from './style-measures.ts';

/** Held-out photographs (models/training/inpaint/heldout.txt). */
const contents = ['006', '017', '028', '032', '045', '070'];
const seenStyles = ['van-gogh-starry-night', 'munch-the-scream', 'turner-shipwreck-of-the-minotaur'];
/** models/training/style/heldout_styles.txt */
const unseenStyles = ['hokusai-great-wave-detail', 'picabia-udnie', 'van-gogh-olive-trees'];
const side = 512;

const here = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const photo = (id: string): string => here(`../shared/data/photos/img/${id}.jpg`);
const painting = (id: string): string => here(`models/styles/${id}.jpg`);

export interface StyleEvaluation {
  params?: Readonly<Record<string, unknown>>;
  /** Where to write the sheet of all results (.jpg or .png). */
  sheet?: string;
  say?: (text: string) => void;
}

interface Cell {
  style: string;
  content: string;
  /** Distances to the style, of the result over those of the content. */
  random: number;
  encoder: number;
  /** Of colours alone, likewise; `chroma` leaves lightness out. */
  palette: number;
  chroma: number;
  edges: number;
}

/** A picture's features: of the fixed random network, and of our own encoder. */
interface Described {
  random: Planes[];
  encoder: Planes;
}

async function load(file: string, longest: number): Promise<PixelImage> {
  const { data, info } = await sharp(readFileSync(file))
    .resize({ width: longest, height: longest, fit: 'inside', withoutEnlargement: true })
    .removeAlpha()
    .toColourspace('srgb')
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, channels: 3, data: new Uint8Array(data) };
}

const planesOf = (image: PixelImage): Planes => cropColours(image, { x: 0, y: 0, width: image.width, height: image.height });

export async function measureStyles({ params = {}, sheet, say = () => undefined }: StyleEvaluation = {}): Promise<Cell[]> {
  const pack = openPack('kiln-style');
  const { convention } = pack.manifest;
  if (convention.task !== 'stylize' || convention.kind !== 'statistics') throw new Error('kiln-style is not a pack of statistics.');
  const encoder = await pack.session(convention.encoder);
  const features = (picture: Planes): Promise<Planes> => encodeFeatures(encoder, convention, picture);
  const parsed = stylizeParamsSchema.parse(params);
  const describe = async (picture: Planes): Promise<Described> => ({ random: randomFeatures(picture), encoder: await features(picture) });
  const originals = await Promise.all(contents.map((id) => load(photo(id), side)));
  const before: (Planes & Described)[] = [];
  for (const original of originals) before.push({ ...planesOf(original), ...(await describe(planesOf(original))) });
  const cells: Cell[] = [];
  const pictures: PixelImage[][] = [];
  for (const style of [...seenStyles, ...unseenStyles]) {
    const styleImage = await load(painting(style), 4096);
    const row: PixelImage[] = [styleImage];
    // The style as large as the pipeline reads it for these pictures: its strokes are to be met at that size.
    const square = { width: side, height: side };
    const styleRead = resize(planesOf(styleImage), styleSizeFor(styleImage, square, 1, convention.styleSize, parsed));
    const wanted = await describe(styleRead);
    for (const [index, image] of originals.entries()) {
      const own = before[index];
      if (own === undefined) continue;
      const { image: made } = await pack.run({ image, style: styleImage }, params);
      row.push(made);
      const after = await describe(planesOf(made));
      const [coloursBefore, coloursAfter] = [paletteDistance(own, styleRead), paletteDistance(planesOf(made), styleRead)];
      cells.push({
        style,
        content: contents[index] ?? '',
        random: randomDistance(after.random, wanted.random) / randomDistance(own.random, wanted.random),
        encoder: slicedDistance(after.encoder, wanted.encoder) / slicedDistance(own.encoder, wanted.encoder),
        palette: coloursAfter.all / coloursBefore.all,
        chroma: coloursAfter.chroma / coloursBefore.chroma,
        edges: gradientCorrelation(own, planesOf(made)),
      });
    }
    pictures.push(row);
    say(`style: ${style} done`);
  }
  if (sheet !== undefined) await writeSheet(pictures, originals, sheet);
  return cells;
}

export async function evaluateStyle(options: StyleEvaluation = {}): Promise<Row[]> {
  return rowsOf(await measureStyles(options));
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

function rowsOf(cells: readonly Cell[]): Row[] {
  const rows: Row[] = [];
  const add = (group: string, chosen: readonly Cell[]): void => {
    const row = (metric: string, values: number[], bar: string, fits: (value: number) => boolean, worst: number): void => {
      const average = mean(values);
      const kept = values.filter(fits).length;
      const measured = `${average.toFixed(3)} (worst ${worst.toFixed(3)}; ${String(kept)} of ${String(values.length)} meet it)`;
      rows.push({ task: 'style', metric: `${group}: ${metric}`, measured, bar, ok: fits(average) });
    };
    const random = chosen.map((cell) => cell.random);
    const encoder = chosen.map((cell) => cell.encoder);
    const palette = chosen.map((cell) => cell.palette);
    const chroma = chosen.map((cell) => cell.chroma);
    const edges = chosen.map((cell) => cell.edges);
    const halved = (value: number): boolean => value <= 0.5;
    row('sliced Wasserstein to the style over the content’s, random filters', random, '≤ 0.5', halved, Math.max(...random));
    row('sliced Wasserstein to the style over the content’s, own encoder', encoder, '≤ 0.5', halved, Math.max(...encoder));
    row('sliced Wasserstein of OKLab colours to the style over the content’s', palette, '≤ 0.5', halved, Math.max(...palette));
    row('the same of hue and chroma alone', chroma, '≤ 0.5', halved, Math.max(...chroma));
    row('gradient correlation with the content', edges, '≥ 0.5', (value) => value >= 0.5, Math.min(...edges));
  };
  add('all styles', cells);
  add(
    'styles never trained on',
    cells.filter(({ style }) => unseenStyles.includes(style)),
  );
  return rows;
}

const cellWidth = 232;
const cellHeight = 160;

/** First row the contents, first column the styles. */
async function writeSheet(rows: readonly PixelImage[][], originals: readonly PixelImage[], file: string): Promise<void> {
  const tiles: OverlayOptions[] = [];
  const put = async (image: PixelImage, column: number, row: number): Promise<void> => {
    const input = await sharp(image.data, { raw: { width: image.width, height: image.height, channels: 3 } })
      .resize(cellWidth, cellHeight, { fit: 'cover' })
      .png()
      .toBuffer();
    tiles.push({ input, left: column * (cellWidth + 4) + 4, top: row * (cellHeight + 4) + 4 });
  };
  for (const [index, original] of originals.entries()) await put(original, index + 1, 0);
  for (const [row, images] of rows.entries()) {
    for (const [column, image] of images.entries()) await put(image, column, row + 1);
  }
  await sharp({
    create: {
      width: (originals.length + 1) * (cellWidth + 4) + 4,
      height: (rows.length + 1) * (cellHeight + 4) + 4,
      channels: 3,
      background: '#fff',
    },
  })
    .composite(tiles)
    .jpeg({ quality: 84, chromaSubsampling: '4:4:4' })
    .toFile(file);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [sheet, params] = process.argv.slice(2);
  const cells = await measureStyles({
    ...(sheet === undefined ? {} : { sheet }),
    params: params === undefined ? {} : (JSON.parse(params) as Record<string, unknown>),
    say: (text) => void process.stderr.write(`${text}\n`),
  });
  console.table(Object.fromEntries(rowsOf(cells).map(({ metric, measured, bar, ok }) => [metric, { measured, bar, ok }])));
  const round = (value: number): number => Math.round(value * 1000) / 1000;
  console.table(
    cells.map(({ random, encoder, palette, chroma, edges, ...names }) => ({
      ...names,
      random: round(random),
      encoder: round(encoder),
      palette: round(palette),
      chroma: round(chroma),
      edges: round(edges),
    })),
  );
}
