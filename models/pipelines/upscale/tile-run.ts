/** One tile: its window through the graphs, resampled where needed, mixed, checked and written into the result's bytes. */
import { AppError } from '../../../shared/contract/errors.ts';
import type { Rect, Size } from '../../../shared/domain/geometry.ts';
import type { UpscaleConvention } from '../../../shared/domain/pack-manifest.ts';
import { runUpscaler, type UpscaledPlanes } from '../../components/upscaler.ts';
import { newPlanes, planeOf, type Planes } from '../../core/planes.ts';
import type { PipelineContext, PixelImage } from '../../pipeline.ts';
import type { ModelSession } from '../../runtime.ts';
import type { GraphUse } from './passes.ts';
import { reachOf, resamplePart } from './resample.ts';
import { windowFor, type Tile } from './tiles.ts';
import { alphaWindow, colourWindow } from './windows.ts';

export interface OpenGraph extends GraphUse {
  session: ModelSession;
}

type Context = Pick<PipelineContext<'upscale'>, 'convention' | 'time'>;

/** Pixels of context a tile needs on each side: the graph's own, and what resampling to another size reaches to. */
export function contextOf(convention: UpscaleConvention, factor: number, source: Size, target: Size): number {
  const exact = source.width * factor === target.width && source.height * factor === target.height;
  if (exact) return convention.overlap;
  const reach = Math.max(reachOf(source.width * factor, target.width), reachOf(source.height * factor, target.height));
  return convention.overlap + Math.ceil(reach / factor) + 1;
}

export async function tileColours(
  source: PixelImage,
  result: PixelImage,
  tile: Tile,
  { graphs, plain }: { graphs: readonly OpenGraph[]; plain: number },
  context: Context,
): Promise<void> {
  const [only] = graphs;
  if (graphs.length === 1 && plain === 0 && only !== undefined) {
    const { part, at } = await runGraph(source, result, tile, only, context, colourWindow);
    await context.time('blend', () => writeColours(part, at, result, tile.target));
    return;
  }
  const mixed = newPlanes(tile.target, 3);
  for (const graph of graphs) {
    const { part, at } = await runGraph(source, result, tile, graph, context, colourWindow);
    await context.time('blend', () => add(mixed, part, at, graph.weight));
  }
  if (plain > 0) {
    await context.time('blend', () => {
      const reach = reachOf(source.width, result.width) + 1;
      const low = { x: Math.max(0, tile.inner.x - reach), y: Math.max(0, tile.inner.y - reach) };
      const window = {
        ...low,
        width: Math.min(source.width, tile.inner.x + tile.inner.width + reach) - low.x,
        height: Math.min(source.height, tile.inner.y + tile.inner.height + reach) - low.y,
      };
      add(mixed, resamplePart(colourWindow(source, window), window, source, result, tile.target), { x: 0, y: 0 }, plain);
    });
  }
  await context.time('blend', () => writeColours(mixed, { x: 0, y: 0 }, result, tile.target));
}

/** Transparency goes through the model as a grey picture of its own; where it is all one value there is nothing to do. */
export async function tileAlpha(
  source: PixelImage,
  result: PixelImage,
  tile: Tile,
  open: () => Promise<OpenGraph>,
  context: Context,
): Promise<void> {
  const reach = contextOf(context.convention, 1, source, result) + 2;
  const around = {
    x: tile.inner.x - reach,
    y: tile.inner.y - reach,
    width: tile.inner.width + 2 * reach,
    height: tile.inner.height + 2 * reach,
  };
  const { data } = alphaWindow(source, around);
  const level = data[0] ?? 1;
  if (data.every((value) => value === level)) {
    const { target } = tile;
    for (let y = 0; y < target.height; y += 1) {
      for (let x = 0; x < target.width; x += 1)
        result.data[((target.y + y) * result.width + target.x + x) * 4 + 3] = Math.round(level * 255);
    }
    return;
  }
  const { part, at } = await runGraph(source, result, tile, await open(), context, alphaWindow);
  writeAlpha(part, at, result, tile.target);
}

/** The graph's answer at the result's size: `part`, in which the tile's own pixels begin at `at`. */
async function runGraph(
  source: PixelImage,
  result: Size,
  tile: Tile,
  graph: OpenGraph,
  context: Context,
  read: (image: PixelImage, window: Rect) => Planes,
): Promise<{ part: Planes; at: { x: number; y: number } }> {
  const { convention } = context;
  const { factor, session } = graph;
  const window = windowFor(tile.inner, source, convention, contextOf(convention, factor, source, result));
  const picture = await context.time('prepare', () => read(source, window));
  const made = await context.time('run', () => runUpscaler(session, convention, factor, picture));
  requireContent(picture, made);
  const native = { width: source.width * factor, height: source.height * factor };
  const origin = { x: window.x * factor, y: window.y * factor };
  if (native.width === result.width && native.height === result.height) {
    return { part: made, at: { x: tile.target.x - origin.x, y: tile.target.y - origin.y } };
  }
  return { part: await context.time('blend', () => resamplePart(made, origin, native, result, tile.target)), at: { x: 0, y: 0 } };
}

/** Some drivers give black or one flat colour instead of an error. */
function requireContent(picture: Planes, made: UpscaledPlanes): void {
  let lowest = Infinity;
  let highest = -Infinity;
  let sum = 0;
  for (const level of picture.data) {
    if (level < lowest) lowest = level;
    if (level > highest) highest = level;
    sum += level;
  }
  const flat = highest - lowest > 0.1 && made.highest - made.lowest < 0.01;
  const black = sum / picture.data.length > 0.1 && made.highest < 0.02;
  if (!flat && !black) return;
  throw new AppError('model-output-invalid', `The model gave ${black ? 'black' : 'one flat colour'} instead of a picture.`, {
    action: 'Try another backend; if that fails too, the pack is damaged or described wrongly.',
  });
}

function add(into: Planes, part: Planes, at: { x: number; y: number }, weight: number): void {
  for (let channel = 0; channel < 3; channel += 1) {
    for (let y = 0; y < into.height; y += 1) {
      const from = (channel * part.height + at.y + y) * part.width + at.x;
      const to = (channel * into.height + y) * into.width;
      for (let x = 0; x < into.width; x += 1) {
        // Clipped before mixing, as each result would be by itself.
        const level = part.data[from + x] ?? 0;
        into.data[to + x] = (into.data[to + x] ?? 0) + weight * (level < 0 ? 0 : level > 1 ? 1 : level);
      }
    }
  }
}

/** The colours of the target, rounded to bytes. */
function writeColours(part: Planes, at: { x: number; y: number }, result: PixelImage, target: Rect): void {
  const { channels } = result;
  // Clamps and rounds by itself, quicker than code could.
  const data = new Uint8ClampedArray(result.data.buffer, result.data.byteOffset, result.data.length);
  const [red, green, blue] = [planeOf(part, 0), planeOf(part, 1), planeOf(part, 2)];
  for (let y = 0; y < target.height; y += 1) {
    let from = (at.y + y) * part.width + at.x;
    let to = ((target.y + y) * result.width + target.x) * channels;
    for (let x = 0; x < target.width; x += 1) {
      data[to] = (red[from] ?? 0) * 255;
      data[to + 1] = (green[from] ?? 0) * 255;
      data[to + 2] = (blue[from] ?? 0) * 255;
      from += 1;
      to += channels;
    }
  }
}

function writeAlpha(part: Planes, at: { x: number; y: number }, result: PixelImage, target: Rect): void {
  const data = new Uint8ClampedArray(result.data.buffer, result.data.byteOffset, result.data.length);
  for (let y = 0; y < target.height; y += 1) {
    const from = (at.y + y) * part.width + at.x;
    const to = ((target.y + y) * result.width + target.x) * 4 + 3;
    for (let x = 0; x < target.width; x += 1) data[to + x * 4] = (part.data[from + x] ?? 0) * 255;
  }
}
