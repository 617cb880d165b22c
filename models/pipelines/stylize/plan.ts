/** Sizes, tiles and weights of a restyling, decided before any pixel is touched. */
import { AppError } from '../../../shared/contract/errors.ts';
import { growRect, intersectRects, type Rect, type Size } from '../../../shared/domain/geometry.ts';
import type { StylizeParams } from '../../../shared/pipelines/stylize.ts';
import type { PixelImage } from '../../pipeline.ts';

/** Styles are read as if the picture were painted at this longer side; other sizes scale them, so that strokes keep their size. */
const referenceSide = 1024;
/** A style's shorter side must hold a block of strokes. */
const leastStyleSide = 64;
const mostStyleSide = 1280;
const leastSide = 8;

export interface StylizePlan {
  /** The pixels that may change. */
  changed: Rect;
  /** What is painted: `changed` with surroundings. */
  crop: Rect;
  /** The size the crop is painted at. */
  painted: Size;
  /** Painted pixels for a pixel of the picture, at most 1. */
  scale: number;
}

/** @param mask null: everything */
export function planStylize(image: Size, mask: PixelImage | null, { paintSize }: StylizeParams): StylizePlan {
  if (Math.min(image.width, image.height) < leastSide) {
    throw new AppError(
      'image-too-small',
      `A picture of ${String(image.width)}×${String(image.height)} pixels has nothing to paint with strokes.`,
      {
        action: `Use a picture of at least ${String(leastSide)}×${String(leastSide)} pixels.`,
      },
    );
  }
  const whole: Rect = { x: 0, y: 0, width: image.width, height: image.height };
  const changed = mask === null ? whole : boundsOfMask(mask);
  const margin = Math.round(Math.max(32, Math.max(changed.width, changed.height) / 8));
  const crop = mask === null ? whole : (intersectRects(growRect(changed, margin), whole) ?? whole);
  const scale = Math.min(1, paintSize / Math.max(image.width, image.height));
  const painted = {
    width: Math.max(leastSide, Math.round(crop.width * scale)),
    height: Math.max(leastSide, Math.round(crop.height * scale)),
  };
  return { changed, crop, painted, scale };
}

function boundsOfMask({ width, height, channels, data }: PixelImage): Rect {
  let left = width;
  let right = -1;
  let top = height;
  let bottom = -1;
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      if ((data[(y * width + x) * channels] ?? 0) === 0) continue;
      left = Math.min(left, x);
      right = Math.max(right, x);
      top = Math.min(top, y);
      bottom = y;
    }
  }
  if (right < 0) throw new AppError('mask-empty', 'The mask is empty.', { action: 'Paint over what should be restyled.' });
  return { x: left, y: top, width: right - left + 1, height: bottom - top + 1 };
}

/** The size a style picture is read at. */
export function styleSizeFor(style: Size, image: Size, scale: number, styleSize: number, params: StylizeParams): Size {
  const paintedSide = Math.max(image.width, image.height) * scale;
  const wanted = (styleSize * params.styleScale * paintedSide) / referenceSide;
  const longer = Math.max(style.width, style.height);
  const factor = Math.max(Math.min(mostStyleSide, wanted) / longer, leastStyleSide / Math.min(style.width, style.height));
  return { width: Math.round(style.width * factor), height: Math.round(style.height * factor) };
}

/**
 * The styles that count and their shares, which sum to 1.
 * @throws invalid-request without a style, or when all weights are 0
 */
export function sharesOf<Style>(styles: readonly (Style | undefined)[], params: StylizeParams): { style: Style; share: number }[] {
  const weights = [params.weight1, params.weight2, params.weight3];
  const given = styles.flatMap((style, index) => (style === undefined ? [] : [{ style, weight: weights[index] ?? 0 }]));
  if (given.length === 0) {
    throw new AppError('invalid-request', 'Restyling needs a style.', { action: 'Choose one from the gallery or drop a picture.' });
  }
  const total = given.reduce((sum, { weight }) => sum + weight, 0);
  if (total <= 0) {
    throw new AppError('invalid-request', 'The weights of all styles are 0.', { action: 'Raise the weight of at least one style.' });
  }
  return given.filter(({ weight }) => weight > 0).map(({ style, weight }) => ({ style, share: weight / total }));
}

export interface Tile {
  /** What the tile decides. */
  core: Rect;
  /** What it is computed from: the core and its context, inside the picture. */
  source: Rect;
}

/**
 * Tiles over a painted size. Cores begin at multiples of `multiple`, so that every tile meets the same grid of features;
 * context is rounded up to it too.
 * @param mostPixels of one tile's source, more or less
 */
export function tilesOf(size: Size, mostPixels: number, overlap: number, multiple: number): Tile[] {
  const whole: Rect = { x: 0, y: 0, width: size.width, height: size.height };
  if (size.width * size.height <= mostPixels) return [{ core: whole, source: whole }];
  const context = Math.ceil(overlap / multiple) * multiple;
  const side = Math.max(multiple, Math.floor((Math.sqrt(mostPixels) - 2 * context) / multiple) * multiple);
  const tiles: Tile[] = [];
  for (let y = 0; y < size.height; y += side) {
    for (let x = 0; x < size.width; x += side) {
      const core = { x, y, width: Math.min(side, size.width - x), height: Math.min(side, size.height - y) };
      tiles.push({ core, source: intersectRects(growRect(core, context), whole) ?? core });
    }
  }
  return tiles;
}
