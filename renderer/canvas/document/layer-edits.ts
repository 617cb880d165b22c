/** Layer operations as pure functions from document to document. */
import { intersectRects, uniteRects, type Rect } from '../../../shared/domain/geometry.ts';
import type { LayerId } from '../../../shared/domain/ids.ts';
import { compositePixels } from '../raster/blend.ts';
import type { Raster } from '../raster/region.ts';
import { growLayer, readLayer } from './layer-pixels.ts';
import { canvasRect, findLayer, newLayer, newLayerId, type DocumentModel, type LayerModel } from './model.ts';
import { moveKeys, readTiles, writeTiles } from './tile-map.ts';
import { emptyTiles, tileRect, tileSize, tilesOver, type TileMap } from './tile.ts';

/** Tiles of a block of pixels whose corner is the layer's corner. */
export function tilesOf(raster: Raster<4>): TileMap {
  const local = { ...raster, x: 0, y: 0 };
  return writeTiles(emptyTiles, local, { x: 0, y: 0, width: raster.width, height: raster.height });
}

/** Above the given layer, or on top; the new layer becomes the active one. */
export function insertLayer(document: DocumentModel, layer: LayerModel, above: LayerId | null): DocumentModel {
  const at = document.layers.findIndex(({ id }) => id === above);
  const layers = at < 0 ? [...document.layers, layer] : document.layers.toSpliced(at + 1, 0, layer);
  return { ...document, layers, activeLayerId: layer.id };
}

export function deleteLayer(document: DocumentModel, id: LayerId): DocumentModel {
  const at = document.layers.findIndex((layer) => layer.id === id);
  if (at < 0) return document;
  const layers = document.layers.toSpliced(at, 1);
  const next = layers[Math.max(0, at - 1)]?.id ?? null;
  return { ...document, layers, activeLayerId: document.activeLayerId === id ? next : document.activeLayerId };
}

export function duplicateLayer(document: DocumentModel, id: LayerId): DocumentModel {
  const layer = findLayer(document, id);
  if (layer === null) return document;
  const copy = { ...layer, id: newLayerId(), name: `${layer.name} copy`.slice(0, 200), locked: false };
  const madeWith = document.madeWith?.[id];
  return {
    ...insertLayer(document, copy, id),
    madeWith: madeWith === undefined ? document.madeWith : { ...document.madeWith, [copy.id]: madeWith },
  };
}

export function moveLayer(document: DocumentModel, id: LayerId, toIndex: number): DocumentModel {
  const from = document.layers.findIndex((layer) => layer.id === id);
  const layer = document.layers[from];
  const to = Math.min(document.layers.length - 1, Math.max(0, Math.round(toIndex)));
  if (layer === undefined || from === to) return document;
  return { ...document, layers: document.layers.toSpliced(from, 1).toSpliced(to, 0, layer) };
}

/** The layer and the one below become one, looking as they did together over transparency. Both must be visible. */
export function mergeDown(document: DocumentModel, id: LayerId): DocumentModel {
  const at = document.layers.findIndex((layer) => layer.id === id);
  const [upper, lower] = [document.layers[at], document.layers[at - 1]];
  if (upper === undefined || lower === undefined) return document;
  const merged = upper.opacity > 0 ? paintOver(upper, lower) : lower;
  const layers = document.layers.toSpliced(at - 1, 2, merged);
  const generations = [...new Set([...(document.madeWith?.[lower.id] ?? []), ...(document.madeWith?.[upper.id] ?? [])])];
  return {
    ...document,
    layers,
    activeLayerId: lower.id,
    madeWith: generations.length === 0 ? document.madeWith : { ...document.madeWith, [lower.id]: generations },
  };
}

/** Only tiles under the upper layer's own pixels change; the rest of the lower layer stays what it was. */
function paintOver(upper: LayerModel, lower: LayerModel): LayerModel {
  // Its opacity would otherwise weaken what is merged into it.
  const solid = lower.opacity === 1 ? lower : withOpacityBakedIn(lower);
  const grown = growLayer(solid, upper.bounds);
  let { tiles } = grown;
  for (const block of blocksOf(grown, upper.bounds)) {
    const below = readLayer(grown, block);
    compositePixels(below.data, readLayer(upper, block).data, upper.blendMode, upper.opacity);
    tiles = writeLocal(tiles, below, grown.bounds);
  }
  return { ...grown, tiles };
}

function withOpacityBakedIn(layer: LayerModel): LayerModel {
  let { tiles } = layer;
  for (const block of blocksOf(layer, layer.bounds)) {
    const pixels = readLayer(layer, block);
    for (let at = 3; at < pixels.data.length; at += 4) pixels.data[at] = Math.round((pixels.data[at] ?? 0) * layer.opacity);
    tiles = writeLocal(tiles, pixels, layer.bounds);
  }
  return { ...layer, tiles, opacity: 1 };
}

function writeLocal(tiles: TileMap, pixels: Raster<4>, bounds: Rect): TileMap {
  const local = { ...pixels, x: pixels.x - bounds.x, y: pixels.y - bounds.y };
  return writeTiles(tiles, local, { x: 0, y: 0, width: bounds.width, height: bounds.height }, true);
}

/** The layer's whole tiles that a rectangle touches, as rectangles on the canvas: a tile is never written in part. */
function* blocksOf(layer: LayerModel, rect: Rect): Generator<Rect> {
  const { bounds } = layer;
  for (const { column, row } of tilesOver({ ...rect, x: rect.x - bounds.x, y: rect.y - bounds.y })) {
    const tile = { x: bounds.x + column * tileSize, y: bounds.y + row * tileSize, width: tileSize, height: tileSize };
    const part = intersectRects(tile, bounds);
    if (part !== null) yield part;
  }
}

/** The canvas becomes `frame` (canvas pixels); layers and mask keep their place in the picture. */
export function resizeCanvas(document: DocumentModel, frame: Rect): DocumentModel {
  const { canvas } = document;
  if (frame.x === 0 && frame.y === 0 && frame.width === canvas.width && frame.height === canvas.height) return document;
  return {
    ...document,
    canvas: { width: frame.width, height: frame.height },
    layers: document.layers.map((layer) => ({
      ...layer,
      bounds: { ...layer.bounds, x: layer.bounds.x - frame.x, y: layer.bounds.y - frame.y },
    })),
    mask: moveMask(document, frame),
  };
}

function moveMask(document: DocumentModel, frame: Rect): TileMap {
  const area = { x: 0, y: 0, width: frame.width, height: frame.height };
  let moved: TileMap = emptyTiles;
  for (const key of document.mask.keys()) {
    const part = intersectRects(tileRect(key), canvasRect(document));
    if (part === null) continue;
    const pixels = readTiles(document.mask, part, 1);
    moved = writeTiles(moved, { ...pixels, x: part.x - frame.x, y: part.y - frame.y }, area);
  }
  return moved;
}

/** A layer of an opened picture or a result. */
export function pictureLayer(name: string, pixels: Raster<4>): LayerModel {
  return newLayer(name.slice(0, 200), { x: pixels.x, y: pixels.y, width: pixels.width, height: pixels.height }, { tiles: tilesOf(pixels) });
}

/** A layer grown for painting loses the whole tiles it did not need. */
export function trimGrowth(before: LayerModel, grown: LayerModel, touched: Rect): LayerModel {
  const needed = uniteRects(before.bounds, touched);
  const columns = Math.max(0, Math.floor((needed.x - grown.bounds.x) / tileSize));
  const rows = Math.max(0, Math.floor((needed.y - grown.bounds.y) / tileSize));
  const x = grown.bounds.x + columns * tileSize;
  const y = grown.bounds.y + rows * tileSize;
  return {
    ...grown,
    bounds: { x, y, width: needed.x + needed.width - x, height: needed.y + needed.height - y },
    sourceAt: { x: grown.sourceAt.x - columns * tileSize, y: grown.sourceAt.y - rows * tileSize },
    tiles: moveKeys(grown.tiles, -columns, -rows),
  };
}
