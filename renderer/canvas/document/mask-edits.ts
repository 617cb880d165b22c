/** Mask operations as pure functions from document to document. */
import { growRect, intersectRects, type Rect } from '../../../shared/domain/geometry.ts';
import type { MaskCombine, RawPixels } from '../canvas-api.ts';
import { combineMasks } from '../raster/combine.ts';
import { featherMask, growMask } from '../raster/morphology.ts';
import { cropRaster, newRaster, rasterRect, type Raster } from '../raster/region.ts';
import { canvasRect, type DocumentModel } from './model.ts';
import { coveredBounds, readTiles, writeTiles } from './tile-map.ts';
import { emptyTiles, fullMaskTile, newTile, tileRect, tilesOver, tileSize, type Tile, type TileKey, type TileMap } from './tile.ts';

export function clearMask(document: DocumentModel): DocumentModel {
  return document.mask.size === 0 ? document : { ...document, mask: emptyTiles };
}

export function selectAll(document: DocumentModel): DocumentModel {
  return { ...document, mask: mapTiles(document, () => 'full') };
}

export function invertMask(document: DocumentModel): DocumentModel {
  return {
    ...document,
    mask: mapTiles(document, (tile) => {
      if (tile === undefined) return 'full';
      if (tile === fullMaskTile()) return 'empty';
      return tile.data.map((value) => 255 - value);
    }),
  };
}

/** Tile by tile over the canvas; what lies beyond the canvas's edge stays empty. */
function mapTiles(document: DocumentModel, change: (tile: Tile | undefined) => Uint8Array<ArrayBuffer> | 'full' | 'empty'): TileMap {
  const canvas = canvasRect(document);
  const next = new Map<TileKey, Tile>();
  for (const { key } of tilesOver(canvas)) {
    const result = change(document.mask.get(key));
    if (result === 'empty') continue;
    const place = tileRect(key);
    const inside = intersectRects(place, canvas);
    if (inside === null) continue;
    const whole = inside.width === tileSize && inside.height === tileSize;
    if (result === 'full' && whole) {
      next.set(key, fullMaskTile());
      continue;
    }
    const tile = newTile(1);
    for (let row = 0; row < inside.height; row += 1) {
      const start = row * tileSize;
      if (result === 'full') tile.data.fill(255, start, start + inside.width);
      else tile.data.set(result.subarray(start, start + inside.width), start);
    }
    if (tile.data.some((value) => value !== 0)) next.set(key, tile);
  }
  return next;
}

/** @param shape null: it covers nothing */
export function combineShape(document: DocumentModel, shape: Raster<1> | null, mode: MaskCombine): DocumentModel {
  const canvas = canvasRect(document);
  const area = shape === null ? null : intersectRects(rasterRect(shape), canvas);
  if (shape === null || area === null) {
    return mode === 'replace' || mode === 'intersect' ? clearMask(document) : document;
  }
  // Outside the shape's box the mask stays (add, subtract) or goes (replace, intersect): only the box needs pixels.
  const result = combineMasks(readTiles(document.mask, area, 1), shape, mode, area);
  const pixels = result === null ? newRaster(area, 1) : cropRaster(result, area);
  const base = mode === 'add' || mode === 'subtract' ? document.mask : emptyTiles;
  return { ...document, mask: writeTiles(base, pixels, canvas) };
}

export function growMaskBy(document: DocumentModel, byPx: number): DocumentModel {
  return reshape(document, Math.abs(byPx) + 1, (mask) => growMask(mask, byPx));
}

export function featherMaskBy(document: DocumentModel, radiusPx: number): DocumentModel {
  return reshape(document, radiusPx + 1, (mask) => featherMask(mask, radiusPx));
}

function reshape(document: DocumentModel, margin: number, change: (mask: Raster<1>) => Raster<1>): DocumentModel {
  const bounds = coveredBounds(document.mask);
  if (bounds === null) return document;
  const canvas = canvasRect(document);
  // The mask goes on beyond the canvas as far as it is concerned: an edge that lies on the border must not be eaten.
  const area = growRect(bounds, Math.ceil(margin));
  const extended = extendBeyond(readTiles(document.mask, bounds, 1), canvas, area);
  return { ...document, mask: writeTiles(emptyTiles, change(extended), canvas) };
}

/** The mask over `area`, its border pixels repeated outside the canvas. */
function extendBeyond(mask: Raster<1>, canvas: Rect, area: Rect): Raster<1> {
  const extended = newRaster(area, 1);
  const [right, bottom] = [canvas.x + canvas.width - 1, canvas.y + canvas.height - 1];
  for (let y = area.y; y < area.y + area.height; y += 1) {
    const readY = Math.min(bottom, Math.max(canvas.y, y)) - mask.y;
    if (readY < 0 || readY >= mask.height) continue;
    const write = (y - area.y) * area.width;
    for (let x = area.x; x < area.x + area.width; x += 1) {
      const readX = Math.min(right, Math.max(canvas.x, x)) - mask.x;
      if (readX >= 0 && readX < mask.width) extended.data[write + x - area.x] = mask.data[readY * mask.width + readX] ?? 0;
    }
  }
  return extended;
}

export function importMask(document: DocumentModel, mask: RawPixels): DocumentModel {
  const raster: Raster<1> = { x: 0, y: 0, width: mask.width, height: mask.height, channels: 1, data: mask.data };
  return { ...document, mask: writeTiles(emptyTiles, raster, canvasRect(document)) };
}

/** The mask over a block, 255 in the part outside the canvas that `frame` adds. */
export function maskWithFrame(document: DocumentModel, frame: Rect | null, block: Rect): Raster<1> {
  const mask = readTiles(document.mask, block, 1);
  if (frame === null) return mask;
  const canvas = canvasRect(document);
  for (let y = block.y; y < block.y + block.height; y += 1) {
    const start = (y - block.y) * block.width;
    if (y < canvas.y || y >= canvas.height) {
      mask.data.fill(255, start, start + block.width);
      continue;
    }
    const left = Math.max(0, canvas.x - block.x);
    const right = Math.max(0, canvas.width - block.x);
    if (left > 0) mask.data.fill(255, start, start + Math.min(left, block.width));
    if (right < block.width) mask.data.fill(255, start + right, start + block.width);
  }
  return mask;
}
