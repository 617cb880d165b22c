/** Box filter for display, from a tile's bytes straight to a smaller level: colours weighted by alpha. */
import type { Rect } from '../../../shared/domain/geometry.ts';
import { tileSize, type Tile } from '../document/tile.ts';

/**
 * @param rect in pixels of the level
 * @param out RGBA, straight alpha, rows of `tileSize` pixels; only `rect` is written
 */
export function shrinkTile(tile: Tile, level: number, rect: Rect, out: Uint8ClampedArray): void {
  if (tile.channels === 1) shrinkMask(tile.data, level, rect, out);
  else shrinkColour(tile.data, level, rect, out);
}

function shrinkMask(data: Uint8Array, level: number, rect: Rect, out: Uint8ClampedArray): void {
  const block = 1 << level;
  const area = block * block;
  for (let y = rect.y; y < rect.y + rect.height; y += 1) {
    for (let x = rect.x; x < rect.x + rect.width; x += 1) {
      let sum = 0;
      for (let row = y * block; row < (y + 1) * block; row += 1) {
        const start = row * tileSize + x * block;
        for (let at = start; at < start + block; at += 1) sum += data[at] ?? 0;
      }
      const write = (y * tileSize + x) * 4;
      out[write] = 0;
      out[write + 1] = 0;
      out[write + 2] = 0;
      out[write + 3] = sum / area;
    }
  }
}

function shrinkColour(data: Uint8Array, level: number, rect: Rect, out: Uint8ClampedArray): void {
  const block = 1 << level;
  const area = block * block;
  for (let y = rect.y; y < rect.y + rect.height; y += 1) {
    for (let x = rect.x; x < rect.x + rect.width; x += 1) {
      let red = 0;
      let green = 0;
      let blue = 0;
      let alpha = 0;
      for (let row = y * block; row < (y + 1) * block; row += 1) {
        const start = (row * tileSize + x * block) * 4;
        for (let at = start; at < start + block * 4; at += 4) {
          const weight = data[at + 3] ?? 0;
          red += (data[at] ?? 0) * weight;
          green += (data[at + 1] ?? 0) * weight;
          blue += (data[at + 2] ?? 0) * weight;
          alpha += weight;
        }
      }
      const write = (y * tileSize + x) * 4;
      const scale = alpha === 0 ? 0 : 1 / alpha;
      out[write] = red * scale;
      out[write + 1] = green * scale;
      out[write + 2] = blue * scale;
      out[write + 3] = alpha / area;
    }
  }
}
