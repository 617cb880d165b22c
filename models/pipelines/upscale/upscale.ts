/**
 * Upscaling at any size. The picture is cut into tiles, each run with as much context as its graph needs, so that the result
 * is the untiled one; a finished tile goes straight into the bytes of the result, and no more than one tile is held as
 * numbers. Factors that are not the model's own are reached by running it twice and resampling.
 */
import { AppError } from '../../../shared/contract/errors.ts';
import type { Size } from '../../../shared/domain/geometry.ts';
import type { UpscaleConvention } from '../../../shared/domain/pack-manifest.ts';
import { largestUpscalePixels, smallestUpscaleSidePx } from '../../../shared/pipelines/upscale.ts';
import type { Pipeline, PipelineContext, PixelImage } from '../../pipeline.ts';
import type { ModelSession } from '../../runtime.ts';
import { planPasses, type Pass } from './passes.ts';
import { planTiles, tileSides, type Tile } from './tiles.ts';
import { contextOf, tileAlpha, tileColours, type OpenGraph } from './tile-run.ts';

export const upscale: Pipeline<'upscale'> = async ({ image }, { params }, context) => {
  if (image === undefined) throw new AppError('invalid-request', 'Upscaling needs an image.');
  requireUsable(image, params.factor);
  const { passes, notes } = planPasses(image, context.convention, params);
  for (const note of notes) context.note(note);
  const plans = passes.map((pass, index) => {
    const source = passes[index - 1]?.target ?? image;
    return { pass, source, tiles: tilesOf(pass, source, context.convention, params.tileSize) };
  });
  const steps = plans.reduce((sum, { tiles }) => sum + tiles.length, 0);
  const work = plans.reduce((sum, plan) => sum + workOf(plan), 0);
  let step = 0;
  let done = 0;
  let current = image;
  for (const plan of plans) {
    const share = workOf(plan) / work / plan.tiles.length;
    current = await runPass(current, plan.pass, plan.tiles, context, () => {
      context.progress('Upscaling', step, steps, done);
      step += 1;
      done += share;
    });
  }
  context.progress('Upscaling', steps, steps, 1);
  return [{ role: 'image', image: current, bounds: { x: 0, y: 0, width: image.width, height: image.height } }];
};

/** Pixels that graphs see: what a pass costs. */
const workOf = ({ pass, source }: { pass: Pass; source: Size }): number => source.width * source.height * pass.graphs.length;

function requireUsable(image: PixelImage, factor: number): void {
  const { width, height } = image;
  if (Math.min(width, height) < smallestUpscaleSidePx) {
    throw new AppError(
      'image-too-small',
      `The picture has ${String(width)}×${String(height)} pixels; upscaling needs at least ${String(smallestUpscaleSidePx)} on each side.`,
      { action: 'Choose a larger picture.' },
    );
  }
  const pixels = Math.round(width * factor) * Math.round(height * factor);
  if (pixels > largestUpscalePixels) {
    const largest = Math.floor(Math.sqrt(largestUpscalePixels / (width * height)) * 100) / 100;
    throw new AppError(
      'image-too-large',
      `The result would have ${String(Math.ceil(pixels / 1_000_000))} megapixels; Kiln makes pictures of up to ${String(largestUpscalePixels / 1_000_000)}.`,
      { action: largest > 1 ? `Choose a factor of at most ${String(largest)}.` : 'Make the picture smaller first.' },
    );
  }
}

function tilesOf(pass: Pass, source: Size, convention: UpscaleConvention, asked: number): Tile[] {
  const widest = Math.max(...pass.graphs.map((graph) => contextOf(convention, graph.factor, source, pass.target)));
  return planTiles(source, pass.target, tileSides(convention, asked, widest));
}

async function runPass(
  source: PixelImage,
  pass: Pass,
  tiles: readonly Tile[],
  context: PipelineContext<'upscale'>,
  begin: () => void,
): Promise<PixelImage> {
  const sessions = new Map<string | undefined, ModelSession>();
  const open = async <Use extends { file: string | undefined }>(use: Use): Promise<Use & { session: ModelSession }> => {
    const session = sessions.get(use.file) ?? (await context.session(use.file));
    sessions.set(use.file, session);
    return { ...use, session };
  };
  const graphs: OpenGraph[] = [];
  for (const graph of pass.graphs) graphs.push(await open(graph));
  const channels = source.channels === 4 ? 4 : 3;
  const result: PixelImage = { ...pass.target, channels, data: new Uint8Array(pass.target.width * pass.target.height * channels) };
  for (const tile of tiles) {
    context.signal.throwIfAborted();
    begin();
    await tileColours(source, result, tile, { graphs, plain: pass.plain }, context);
    if (channels === 4) await tileAlpha(source, result, tile, async () => open({ ...pass.alpha, weight: 1 }), context);
  }
  return result;
}
