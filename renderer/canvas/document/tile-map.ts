/** Reading and writing blocks of pixels across tiles. Rectangles are on the grid: (0,0) is the first tile's corner. */
import { intersectRects, uniteRects, type Rect } from '../../../shared/domain/geometry.ts';
import { newRaster, rasterRect, type Raster } from '../raster/region.ts';
import { coveredBox, isBlank, newTile, tileRect, tileSize, tilesOver, type Tile, type TileKey, type TileMap } from './tile.ts';

/** Copies the overlap of a tile at `place` into a raster, in place. */
export function tileIntoRaster(tile: Tile, place: Rect, raster: Raster): void {
  copyOverlap(tile.data, place, raster.data, rasterRect(raster), tile.channels);
}

export function copyOverlap(from: Uint8Array, fromRect: Rect, to: Uint8Array, toRect: Rect, channels: 1 | 4): void {
  const common = intersectRects(fromRect, toRect);
  if (common === null) return;
  const rowBytes = common.width * channels;
  for (let y = common.y; y < common.y + common.height; y += 1) {
    const read = ((y - fromRect.y) * fromRect.width + common.x - fromRect.x) * channels;
    to.set(from.subarray(read, read + rowBytes), ((y - toRect.y) * toRect.width + common.x - toRect.x) * channels);
  }
}

/** Pixels of a block; zero where there is no tile. */
export function readTiles<C extends 1 | 4>(tiles: TileMap, rect: Rect, channels: C): Raster<C> {
  const raster = newRaster(rect, channels);
  for (const { key } of tilesOver(rect)) {
    const tile = tiles.get(key);
    if (tile !== undefined) tileIntoRaster(tile, tileRect(key), raster);
  }
  return raster;
}

/**
 * A map in which the raster's pixels replace what was there. Tiles that come out blank are dropped.
 * @param within the area of the grid that may hold pixels; the raster is cut to it
 * @param keepBlank needed where a source picture would show through a missing tile
 */
export function writeTiles(tiles: TileMap, raster: Raster, within: Rect, keepBlank = false): TileMap {
  const area = intersectRects(rasterRect(raster), within);
  if (area === null) return tiles;
  const next = new Map(tiles);
  for (const { key } of tilesOver(area)) {
    const place = tileRect(key);
    const part = intersectRects(place, area);
    if (part === null) continue;
    const old = tiles.get(key);
    const tile = newTile(raster.channels);
    if (old !== undefined) tile.data.set(old.data);
    copyPart(raster, tile, place, part);
    if (!keepBlank && isBlank(tile)) next.delete(key);
    else next.set(key, tile);
  }
  return next;
}

function copyPart(raster: Raster, tile: Tile, place: Rect, part: Rect): void {
  const { channels } = raster;
  for (let y = part.y; y < part.y + part.height; y += 1) {
    const read = ((y - raster.y) * raster.width + part.x - raster.x) * channels;
    const write = ((y - place.y) * tileSize + part.x - place.x) * channels;
    tile.data.set(raster.data.subarray(read, read + part.width * channels), write);
  }
}

/** Box of the non-zero pixels of a mask's tiles. */
export function coveredBounds(tiles: TileMap): Rect | null {
  let bounds: Rect | null = null;
  for (const [key, tile] of tiles) {
    const box = coveredBox(tile);
    if (box === null) continue;
    const place = tileRect(key);
    const moved = { ...box, x: box.x + place.x, y: box.y + place.y };
    bounds = bounds === null ? moved : uniteRects(bounds, moved);
  }
  return bounds;
}

/** The same tiles under keys moved by whole columns and rows. */
export function moveKeys(tiles: TileMap, columns: number, rows: number): TileMap {
  if (columns === 0 && rows === 0) return tiles;
  const moved = new Map<TileKey, Tile>();
  for (const [key, tile] of tiles) {
    const { x, y } = tileRect(key);
    const [column, row] = [x / tileSize + columns, y / tileSize + rows];
    if (column >= 0 && row >= 0) moved.set(`${column},${row}`, tile);
  }
  return moved;
}
