/**
 * Tiles: 256-pixel squares of raw bytes. A tile that is part of a document never changes; an edit makes a new one. So undo
 * keeps old tiles by reference, saving knows by identity what is stored already, and pictures of tiles can be cached.
 */
import { tileSize } from '../../../shared/domain/document.ts';
import type { Rect } from '../../../shared/domain/geometry.ts';

export { tileSize };
const pixelsPerTile = tileSize * tileSize;

export interface Tile {
  /** 1: mask, 255 = repaint. 4: RGBA with straight alpha. */
  readonly channels: 1 | 4;
  readonly data: Uint8Array<ArrayBuffer>;
}
/** "column,row" from the grid's top-left corner. */
export type TileKey = string;
export type TileMap = ReadonlyMap<TileKey, Tile>;

export const emptyTiles: TileMap = new Map();

export function tileKey(column: number, row: number): TileKey {
  return `${column},${row}`;
}

export function parseTileKey(key: TileKey): { column: number; row: number } {
  const comma = key.indexOf(',');
  return { column: Number(key.slice(0, comma)), row: Number(key.slice(comma + 1)) };
}

export function newTile(channels: 1 | 4): Tile {
  return { channels, data: new Uint8Array(pixelsPerTile * channels) };
}

export function copyTile(tile: Tile): Tile {
  return { channels: tile.channels, data: new Uint8Array(tile.data) };
}

/** The tile's place on its grid. */
export function tileRect(key: TileKey): Rect {
  const { column, row } = parseTileKey(key);
  return { x: column * tileSize, y: row * tileSize, width: tileSize, height: tileSize };
}

/** Every tile a rectangle on the grid touches. Negative columns and rows are left out: grids start at 0,0. */
export function* tilesOver(rect: Rect): Generator<{ key: TileKey; column: number; row: number }> {
  const firstColumn = Math.max(0, Math.floor(rect.x / tileSize));
  const firstRow = Math.max(0, Math.floor(rect.y / tileSize));
  const endColumn = Math.ceil((rect.x + rect.width) / tileSize);
  const endRow = Math.ceil((rect.y + rect.height) / tileSize);
  for (let row = firstRow; row < endRow; row += 1) {
    for (let column = firstColumn; column < endColumn; column += 1) yield { key: tileKey(column, row), column, row };
  }
}

/** True when every byte is zero (RGBA: every pixel fully transparent, whatever colour it hides). */
export function isBlank(tile: Tile): boolean {
  if (tile.channels === 1) {
    const words = new Uint32Array(tile.data.buffer);
    for (const word of words) if (word !== 0) return false;
    return true;
  }
  for (let index = 3; index < tile.data.length; index += 4) if (tile.data[index] !== 0) return false;
  return true;
}

let fullMask: Tile | null = null;

/** The one tile whose mask is 255 everywhere: shared, so that a selection of 100 megapixels costs 64 KiB. */
export function fullMaskTile(): Tile {
  fullMask ??= { channels: 1, data: new Uint8Array(pixelsPerTile).fill(255) };
  return fullMask;
}

const coveredBoxes = new WeakMap<Tile, Rect | 'none'>();

/** Box of the non-zero bytes of a mask tile, from the tile's corner; null when there are none. Only for finished tiles. */
export function coveredBox(tile: Tile): Rect | null {
  const known = coveredBoxes.get(tile);
  if (known !== undefined) return known === 'none' ? null : known;
  let left = tileSize;
  let right = -1;
  let top = -1;
  let bottom = -1;
  for (let row = 0; row < tileSize; row += 1) {
    const line = tile.data.subarray(row * tileSize, (row + 1) * tileSize);
    const first = line.findIndex((value) => value !== 0);
    if (first < 0) continue;
    if (top < 0) top = row;
    bottom = row;
    left = Math.min(left, first);
    let last = tileSize - 1;
    while (line[last] === 0) last -= 1;
    right = Math.max(right, last);
  }
  const box = top < 0 ? null : { x: left, y: top, width: right - left + 1, height: bottom - top + 1 };
  coveredBoxes.set(tile, box ?? 'none');
  return box;
}
