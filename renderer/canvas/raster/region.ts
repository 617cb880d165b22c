/** Blocks of pixels with a place on the canvas: what tools, masks and layers exchange. Nothing here touches the DOM. */
import { intersectRects, type Rect } from '../../../shared/domain/geometry.ts';

/** Row-major bytes; x and y are the top-left corner in canvas pixels. 1 channel = coverage, 4 = RGBA with straight alpha. */
export interface Raster<C extends 1 | 4 = 1 | 4> {
  x: number;
  y: number;
  width: number;
  height: number;
  channels: C;
  data: Uint8Array;
}

/** All zero: nothing covered, or fully transparent. */
export function newRaster<C extends 1 | 4>(rect: Rect, channels: C): Raster<C> {
  return {
    x: rect.x,
    y: rect.y,
    width: rect.width,
    height: rect.height,
    channels,
    data: new Uint8Array(rect.width * rect.height * channels),
  };
}

export function rasterRect(raster: Raster): Rect {
  return { x: raster.x, y: raster.y, width: raster.width, height: raster.height };
}

/** A copy of what lies inside `rect`; zero where the raster does not reach. */
export function cropRaster<C extends 1 | 4>(raster: Raster<C>, rect: Rect): Raster<C> {
  const cropped = newRaster(rect, raster.channels);
  pasteRaster(cropped, raster);
  return cropped;
}

/** Replaces the pixels of `target` by those of `source` where the two overlap, in place. */
export function pasteRaster<C extends 1 | 4>(target: Raster<C>, source: Raster<C>): void {
  const common = intersectRects(rasterRect(target), rasterRect(source));
  if (common === null) return;
  const rowBytes = common.width * target.channels;
  for (let y = common.y; y < common.y + common.height; y += 1) {
    const from = ((y - source.y) * source.width + common.x - source.x) * source.channels;
    const to = ((y - target.y) * target.width + common.x - target.x) * target.channels;
    target.data.set(source.data.subarray(from, from + rowBytes), to);
  }
}
