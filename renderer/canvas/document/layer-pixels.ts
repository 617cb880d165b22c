/** A layer's own pixels: its source picture overridden by tiles. */
import { intersectRects, uniteRects, type Rect } from '../../../shared/domain/geometry.ts';
import { newRaster, type Raster } from '../raster/region.ts';
import type { LayerModel } from './model.ts';
import { copyOverlap, moveKeys, tileIntoRaster } from './tile-map.ts';
import { newTile, tileRect, tileSize, tilesOver, type Tile, type TileKey } from './tile.ts';

/** Pixels of a block given in canvas pixels, without opacity and blend mode; transparent outside the layer. */
export function readLayer(layer: LayerModel, rect: Rect): Raster<4> {
  const raster = newRaster(rect, 4);
  const area = intersectRects(rect, layer.bounds);
  if (area === null) return raster;
  const local = { ...area, x: area.x - layer.bounds.x, y: area.y - layer.bounds.y };
  const onGrid = { ...raster, x: rect.x - layer.bounds.x, y: rect.y - layer.bounds.y };
  const sourcePart = sourceOverlap(layer, local);
  if (layer.source !== null && sourcePart !== null) {
    const read = layer.source.read({ ...sourcePart, x: sourcePart.x - layer.sourceAt.x, y: sourcePart.y - layer.sourceAt.y });
    copyOverlap(read.data, sourcePart, onGrid.data, onGrid, 4);
  }
  for (const { key } of tilesOver(local)) {
    const tile = layer.tiles.get(key);
    if (tile !== undefined) tileIntoRaster(tile, tileRect(key), onGrid);
  }
  return raster;
}

/** The part of a block (layer pixels) that the source covers and some missing tile shows. */
function sourceOverlap(layer: LayerModel, local: Rect): Rect | null {
  if (layer.source === null) return null;
  let shown: Rect | null = null;
  for (const { key } of tilesOver(local)) {
    if (!layer.tiles.has(key)) shown = shown === null ? tileRect(key) : uniteRects(shown, tileRect(key));
  }
  const needed = shown === null ? null : intersectRects(shown, local);
  return needed === null ? null : intersectRects(needed, { ...layer.sourceAt, width: layer.source.width, height: layer.source.height });
}

/** The finished tile at a key: the override, else cut from the source; null when there is nothing but transparency. */
export function layerTile(layer: LayerModel, key: TileKey): Tile | null {
  const tile = layer.tiles.get(key);
  if (tile !== undefined) return tile;
  const place = tileRect(key);
  const part = sourceOverlap(layer, place);
  if (layer.source === null || part === null) return null;
  const read = layer.source.read({ ...part, x: part.x - layer.sourceAt.x, y: part.y - layer.sourceAt.y });
  const cut = newTile(4);
  copyOverlap(read.data, part, cut.data, place, 4);
  return cut;
}

/**
 * The layer with room for `rect` (canvas pixels): the grid grows by whole tiles to the left and upwards, so no tile
 * changes, and to the pixel to the right and downwards.
 */
export function growLayer(layer: LayerModel, rect: Rect): LayerModel {
  const { bounds } = layer;
  const columns = Math.max(0, Math.ceil((bounds.x - rect.x) / tileSize));
  const rows = Math.max(0, Math.ceil((bounds.y - rect.y) / tileSize));
  const corner = { x: bounds.x - columns * tileSize, y: bounds.y - rows * tileSize, width: 1, height: 1 };
  const grown = uniteRects(uniteRects(bounds, rect), corner);
  return {
    ...layer,
    bounds: { ...grown, x: corner.x, y: corner.y },
    tiles: moveKeys(layer.tiles, columns, rows),
    sourceAt: { x: layer.sourceAt.x + columns * tileSize, y: layer.sourceAt.y + rows * tileSize },
  };
}
