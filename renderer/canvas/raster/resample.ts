/** Small pictures of large ones. */
import type { Size } from '../../../shared/domain/geometry.ts';
import { newRaster, type Raster } from './region.ts';

/** The largest size of the raster's proportions with both sides at most `longestPx`, never larger than the raster itself. */
export function sizeWithin(raster: Size, longestPx: number): Size {
  const scale = Math.min(1, longestPx / Math.max(raster.width, raster.height));
  return { width: Math.max(1, Math.round(raster.width * scale)), height: Math.max(1, Math.round(raster.height * scale)) };
}

/**
 * Each result pixel is the mean of the area it stands for, with pixels at the area's edge counted by the part inside. Colours
 * are weighted by alpha, so that what hides under transparency does not bleed. The result lies at (0, 0).
 */
export function downscaleRaster<C extends 1 | 4>(raster: Raster<C>, size: Size): Raster<C> {
  const result = newRaster({ x: 0, y: 0, width: size.width, height: size.height }, raster.channels);
  const lineLength = size.width * raster.channels;
  const line = new Float64Array(lineLength);
  const sums = new Float64Array(lineLength);
  const scale = raster.height / size.height;
  let lineRow = -1;
  for (let row = 0; row < size.height; row += 1) {
    const top = row * scale;
    const bottom = top + scale;
    sums.fill(0);
    for (let y = Math.floor(top); y < bottom && y < raster.height; y += 1) {
      // Neighbouring results share the row between them.
      if (y !== lineRow) shrinkRow(raster, y, line);
      lineRow = y;
      const weight = Math.min(y + 1, bottom) - Math.max(y, top);
      for (let i = 0; i < lineLength; i += 1) sums[i] = (sums[i] ?? 0) + (line[i] ?? 0) * weight;
    }
    writeRow(sums, result, row, 1 / (scale * (raster.width / size.width)));
  }
  return result;
}

/** Sums of one row, premultiplied: 255 times larger for colours than for alpha. */
function shrinkRow(raster: Raster, y: number, line: Float64Array): void {
  const { channels, data, width } = raster;
  const columns = line.length / channels;
  const scale = width / columns;
  line.fill(0);
  for (let column = 0; column < columns; column += 1) {
    const left = column * scale;
    const right = left + scale;
    const at = column * channels;
    for (let x = Math.floor(left); x < right && x < width; x += 1) {
      const weight = Math.min(x + 1, right) - Math.max(x, left);
      const from = (y * width + x) * channels;
      if (channels === 1) {
        line[at] = (line[at] ?? 0) + (data[from] ?? 0) * weight;
        continue;
      }
      const alpha = (data[from + 3] ?? 0) * weight;
      line[at] = (line[at] ?? 0) + (data[from] ?? 0) * alpha;
      line[at + 1] = (line[at + 1] ?? 0) + (data[from + 1] ?? 0) * alpha;
      line[at + 2] = (line[at + 2] ?? 0) + (data[from + 2] ?? 0) * alpha;
      line[at + 3] = (line[at + 3] ?? 0) + alpha;
    }
  }
}

function writeRow(sums: Float64Array, result: Raster, row: number, perArea: number): void {
  const start = row * sums.length;
  if (result.channels === 1) {
    for (let i = 0; i < sums.length; i += 1) result.data[start + i] = (sums[i] ?? 0) * perArea + 0.5;
    return;
  }
  for (let i = 0; i < sums.length; i += 4) {
    const alpha = sums[i + 3] ?? 0;
    if (alpha === 0) continue;
    for (let c = i; c < i + 3; c += 1) result.data[start + c] = (sums[c] ?? 0) / alpha + 0.5;
    result.data[start + i + 3] = alpha * perArea + 0.5;
  }
}
