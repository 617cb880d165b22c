/**
 * Paints a picture with any styles: features of the picture are moved towards the styles' (models/training/style/model.py
 * says how and whose ideas these are) and decoded. Statistics are those of the whole picture, so that tiles agree.
 */
import type { StylizeByStatisticsConvention } from '../../../shared/domain/pack-manifest.ts';
import type { Rect, Size } from '../../../shared/domain/geometry.ts';
import type { StylizeParams } from '../../../shared/pipelines/stylize.ts';
import { decodeFeatures, encodeFeatures, matchStyle } from '../../components/style-encoder.ts';
import { cropPlanes, pastePlanes } from '../../core/crop-planes.ts';
import { fingerprint } from '../../core/fingerprint.ts';
import { MomentCollector, transportMap, type Moments } from '../../core/gaussian-transport.ts';
import { newPlanes, type Planes } from '../../core/planes.ts';
import type { PipelineContext, PixelImage } from '../../pipeline.ts';
import type { ModelSession } from '../../runtime.ts';
import { colourMoments } from './colours.ts';
import { remembered } from './memory.ts';
import { styleSizeFor, tilesOf, type Tile } from './plan.ts';
import { CellSums, fineOf, layStrokes, strokesOver, type LaidStyle } from './strokes.ts';
import { collectFeatures, readStyle, strideFor } from './styles.ts';

/** Pixels of one tile: what the decoder needs for it is some 250 bytes a pixel. */
const mostTilePixels = 1_600_000;
/** Pictures up to this size are previews: what they need before the decoder is kept for the next move of a slider. */
const mostPreviewPixels = 270_000;
const previewPatches = 1024;
const fullPatches = 2048;
/** How far colours go by likeness of places (a bird as yellow as the moon) rather than by statistics alone. */
const analogy = 0.35;

export interface WeightedStyle {
  style: PixelImage;
  share: number;
}

export interface PaintJob {
  /** RGB 0..1 at the size it is painted. */
  picture: Planes;
  /** The whole picture's size and painted pixels for each of its pixels: they set the strokes' size. */
  image: Size;
  scale: number;
  styles: readonly WeightedStyle[];
  params: StylizeParams;
  seed: number;
  /** For tests: smaller tiles. */
  mostPixels?: number;
}

type Style = Awaited<ReturnType<typeof readStyle>>;

/** A style as this picture meets it. */
interface MetStyle extends LaidStyle {
  style: Style;
  map: Float32Array;
}

/** The features of a tile, in each style's manner, and the strokes over them. */
interface Prepared {
  features: Planes;
  bases: Planes[];
}

/** @returns RGB 0..1 of the picture's size */
export async function paint(
  job: PaintJob,
  context: PipelineContext<'stylize'>,
  convention: StylizeByStatisticsConvention,
): Promise<Planes> {
  const { picture, params } = job;
  const { featureChannels: channels, featureStride: per } = convention;
  const [encoder, matcher, decoder] = await openTimed(context, convention);
  const tiles = tilesOf(picture, job.mostPixels ?? mostTilePixels, convention.overlap, convention.sizeMultiple);
  const steps = tiles.length * 2 + job.styles.length;
  let step = 0;
  const isPreview = picture.width * picture.height <= mostPreviewPixels;
  const kept: Planes[] = [];
  const painted = tiles.length === 1 ? null : newPlanes(picture, 3);

  const key = isPreview && tiles.length === 1 ? await context.time('prepare', () => fingerprintOf(job)) : null;
  const { content, styles } = await (key === null ? lookAtAll() : remembered(matcher.bare, `look ${key}`, lookAtAll));
  // What is kept from another run was laid with that run's shares.
  const laidStyles = styles.map((style, index) => ({ ...style, share: job.styles[index]?.share ?? 0 }));
  const fine = fineOf(laidStyles);
  for (const tile of tiles) {
    advance('Painting');
    const { features, bases } = await (key === null ? prepare(tile) : remembered(matcher.bare, `tile ${key}`, () => prepare(tile)));
    const part = featuresOf(tile.source, features);
    const strokes = await context.time('strokes', () => ({ fine, ...strokesOver(laidStyles, part) }));
    const mixed = await context.time('mix', () => mix(features, bases, job.styles, params.strength));
    context.signal.throwIfAborted();
    const result = await decodeFeatures(decoder.timed, convention, mixed, strokes, params.strength * params.brushwork, tile.source);
    // Of one tile nothing is to be put together.
    if (painted === null) return result;
    const inner: Rect = { ...tile.core, x: tile.core.x - tile.source.x, y: tile.core.y - tile.source.y };
    pastePlanes(result, inner, painted, tile.core);
  }
  return painted ?? picture;

  function advance(phase: string): void {
    context.signal.throwIfAborted();
    context.progress(phase, step, steps, (step / steps) * 0.95);
    step += 1;
  }

  function encodeTile(tile: Tile): Promise<Planes> {
    return encodeFeatures(encoder.timed, convention, cropPlanes(picture, tile.source));
  }

  /** Statistics of the whole picture, and how each style is laid over it. */
  async function lookAtAll(): Promise<{ content: Moments; styles: MetStyle[] }> {
    const whole = { width: Math.ceil(picture.width / per), height: Math.ceil(picture.height / per) };
    const collector = new MomentCollector(channels);
    const cells = new CellSums(whole, channels);
    for (const tile of tiles) {
      advance('Looking at the picture');
      const features = await encodeTile(tile);
      const { core, source } = tile;
      const origin = { x: source.x / per, y: source.y / per };
      const part = {
        x: (core.x - source.x) / per,
        y: (core.y - source.y) / per,
        width: Math.ceil(core.width / per),
        height: Math.ceil(core.height / per),
      };
      await context.time('statistics', () => {
        collectFeatures(collector, features, part, origin, strideFor(whole));
        cells.add(features, part, origin);
      });
      // Of several tiles none is kept: memory stays that of one.
      if (tiles.length === 1) kept.push(features);
    }
    const moments = collector.moments();
    const laid: MetStyle[] = [];
    for (const { style, share } of job.styles) {
      advance('Looking at the style');
      const read = await readOne(style);
      const map = await context.time('statistics', () => Float32Array.from(transportMap(moments, read.moments)));
      const layout = await context.time('strokes', () => layStrokes(cells, moments, read.strokes, job.seed));
      laid.push({ style: read, share, map, source: read.strokes, layout });
    }
    return { content: moments, styles: laid };
  }

  async function readOne(style: PixelImage): Promise<Style> {
    const size = styleSizeFor(style, job.image, job.scale, convention.styleSize, params);
    const matched = params.preserveColours && params.colourMethod === 'matched';
    const options = {
      size,
      colours: matched ? colourMoments(picture) : null,
      patches: isPreview ? previewPatches : fullPatches,
      seed: job.seed,
    };
    const read = (): Promise<Style> => context.time('style', () => readStyle(encoder.timed, convention, style, options));
    // A style given the picture's colours belongs to that picture only.
    if (matched) return read();
    const name = ['style', fingerprint(style.data), size.width, size.height, options.patches, job.seed].join(' ');
    return remembered(encoder.bare, name, read);
  }

  async function prepare(tile: Tile): Promise<Prepared> {
    const features = kept[0] ?? (await encodeTile(tile));
    const bases: Planes[] = [];
    for (const { style, map } of styles) {
      bases.push(await matchStyle(matcher.timed, features, content, map, style, analogy));
      context.signal.throwIfAborted();
    }
    return { features, bases };
  }

  function featuresOf(source: Rect, features: Size): Rect {
    return { x: source.x / per, y: source.y / per, width: features.width, height: features.height };
  }
}

/** All that the features before the decoder depend on. Strength, brushwork and weights come after. */
function fingerprintOf({ picture, styles, params, image, scale, seed }: PaintJob): string {
  const bytes = new Uint8Array(picture.data.buffer, picture.data.byteOffset, picture.data.byteLength);
  const colours = params.preserveColours && params.colourMethod === 'matched';
  return [
    'preview',
    fingerprint(bytes),
    `${String(picture.width)}×${String(picture.height)}`,
    ...styles.map(({ style }) => fingerprint(style.data)),
    String(params.styleScale),
    String(Math.max(image.width, image.height) * scale),
    String(colours),
    String(seed),
  ].join(' ');
}

/** features + strength × (Σ share × base - features); the base itself where nothing is to be mixed. */
function mix(features: Planes, bases: readonly Planes[], styles: readonly WeightedStyle[], strength: number): Planes {
  const [first] = bases;
  if (first !== undefined && bases.length === 1 && strength === 1) return first;
  const mixed = newPlanes(features, features.channels);
  const own = 1 - strength;
  for (let index = 0; index < mixed.data.length; index += 1) mixed.data[index] = own * (features.data[index] ?? 0);
  for (const [number, base] of bases.entries()) {
    const share = strength * (styles[number]?.share ?? 0);
    for (let index = 0; index < mixed.data.length; index += 1)
      mixed.data[index] = (mixed.data[index] ?? 0) + share * (base.data[index] ?? 0);
  }
  return mixed;
}

interface OpenGraph {
  bare: ModelSession;
  /** Adds what it takes to the phase "run". */
  timed: ModelSession;
}

async function openTimed(
  context: PipelineContext<'stylize'>,
  { encoder, matcher, decoder }: StylizeByStatisticsConvention,
): Promise<[OpenGraph, OpenGraph, OpenGraph]> {
  const open = async (file: string): Promise<OpenGraph> => {
    const bare = await context.session(file);
    return { bare, timed: { inputs: bare.inputs, outputs: bare.outputs, run: (feeds) => context.time('run', () => bare.run(feeds)) } };
  };
  return [await open(encoder), await open(matcher), await open(decoder)];
}
