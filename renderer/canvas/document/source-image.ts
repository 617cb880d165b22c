/**
 * A picture as it was decoded, kept as an ImageBitmap: tiles are cut from it only where something is painted.
 *
 * Reading is exact. An 8-bit 2D canvas premultiplies and so rounds colours under partial alpha; a float16 canvas has 11
 * bits for each, enough that every straight 8-bit value comes back (all 65,536 pairs of colour and alpha were tried).
 * Where a browser has no float16 canvas, opaque pixels are still exact and half-transparent ones may be off by rounding.
 */
import { AppError } from '../../../shared/contract/errors.ts';
import type { AssetHash } from '../../../shared/domain/ids.ts';
import type { Rect } from '../../../shared/domain/geometry.ts';
import { newRaster, type Raster } from '../raster/region.ts';
import { copyOverlap } from './tile-map.ts';

const readSide = 1024;
type Picture = ImageBitmap | OffscreenCanvas;

/**
 * Canvases that pictures are put together on stay in main memory: drawing a small part of a large bitmap on the graphics
 * card would first upload all of it.
 */
export function canvas2d(
  width: number,
  height: number,
  settings: CanvasRenderingContext2DSettings = { willReadFrequently: true },
): OffscreenCanvasRenderingContext2D {
  const context = new OffscreenCanvas(width, height).getContext('2d', settings);
  if (context === null) {
    throw new AppError('out-of-memory', 'There is not enough memory to draw the picture.', {
      action: 'Close other documents and try again.',
    });
  }
  return context;
}

let reader: OffscreenCanvasRenderingContext2D | null = null;

function exactReader(): OffscreenCanvasRenderingContext2D {
  // colorType is newer than TypeScript's types of the canvas.
  const settings: CanvasRenderingContext2DSettings & { colorType: string } = { willReadFrequently: true, colorType: 'float16' };
  reader ??= canvas2d(readSide, readSide, settings);
  return reader;
}

/** Pixels of a bitmap without loss; `rect` in the bitmap's own pixels, and zero outside it. */
export function readBitmap(bitmap: ImageBitmap, rect: Rect): Raster<4> {
  const raster = newRaster(rect, 4);
  const context = exactReader();
  const right = Math.min(bitmap.width, rect.x + rect.width);
  const bottom = Math.min(bitmap.height, rect.y + rect.height);
  for (let y = Math.max(0, rect.y); y < bottom; y += readSide) {
    for (let x = Math.max(0, rect.x); x < right; x += readSide) {
      const width = Math.min(readSide, right - x);
      const height = Math.min(readSide, bottom - y);
      context.clearRect(0, 0, width, height);
      context.drawImage(bitmap, x, y, width, height, 0, 0, width, height);
      const { data } = context.getImageData(0, 0, width, height);
      copyOverlap(new Uint8Array(data.buffer), { x, y, width, height }, raster.data, rect, 4);
    }
  }
  return raster;
}

export class SourceImage {
  readonly bitmap: ImageBitmap;
  readonly hash: AssetHash;
  readonly #smaller: OffscreenCanvas[] = [];

  constructor(bitmap: ImageBitmap, hash: AssetHash) {
    this.bitmap = bitmap;
    this.hash = hash;
  }

  get width(): number {
    return this.bitmap.width;
  }

  get height(): number {
    return this.bitmap.height;
  }

  read(rect: Rect): Raster<4> {
    return readBitmap(this.bitmap, rect);
  }

  /** The picture halved `level` times, for display; made when first asked for. */
  atLevel(level: number): Picture {
    if (level === 0) return this.bitmap;
    const known = this.#smaller[level - 1];
    if (known !== undefined) return known;
    const larger = this.atLevel(level - 1);
    const context = canvas2d(Math.max(1, (larger.width + 1) >> 1), Math.max(1, (larger.height + 1) >> 1));
    // Exactly half: with an odd size the last half pixel stays empty, and neighbours do not shift.
    context.drawImage(larger, 0, 0, larger.width / 2, larger.height / 2);
    this.#smaller[level - 1] = context.canvas;
    return context.canvas;
  }

  get bytes(): number {
    return this.width * this.height * 4;
  }

  close(): void {
    this.bitmap.close();
    this.#smaller.length = 0;
  }
}
