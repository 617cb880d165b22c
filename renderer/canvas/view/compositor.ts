/**
 * Layers blended into display tiles of 256 × 256 device-near pixels, cached per zoom level. A change redraws only the part
 * of a display tile it touches. Everything lies on whole pixels of the level, so tiles are copied, never resampled, and
 * leave no seams.
 */
import { intersectRects, rectBottom, rectRight, uniteRects, type Rect, type Size } from '../../../shared/domain/geometry.ts';
import type { BlendMode } from '../../../shared/domain/document.ts';
import { canvas2d } from '../document/source-image.ts';
import type { LayerModel } from '../document/model.ts';
import { tileKey, tileSize, tilesOver, type TileMap } from '../document/tile.ts';
import type { TilePictures } from './tile-pictures.ts';
import { coarsestLevel } from './viewport.ts';

/** What is drawn: the layers of a document, or its mask. */
export interface Drawable extends Pick<LayerModel, 'bounds' | 'source' | 'sourceAt' | 'opacity' | 'blendMode'> {
  readonly tiles: TileMap;
}

interface DisplayTile {
  context: OffscreenCanvasRenderingContext2D;
  /** In the tile's own pixels; null: all is drawn. */
  stale: Rect | null;
}

const wholeTile: Rect = { x: 0, y: 0, width: tileSize, height: tileSize };
const bytesPerTile = tileSize * tileSize * 4;

function operationOf(mode: BlendMode): GlobalCompositeOperation {
  return mode === 'normal' ? 'source-over' : mode;
}

export class Compositor {
  readonly #pictures: TilePictures;
  readonly #budgetBytes: number;
  readonly #cache = new Map<string, DisplayTile & { level: number; column: number; row: number }>();
  #layers: readonly Drawable[] = [];
  #canvas: Size = { width: 1, height: 1 };

  constructor(pictures: TilePictures, budgetBytes = 192 * 1024 * 1024) {
    this.#pictures = pictures;
    this.#budgetBytes = budgetBytes;
  }

  /** Bottom to top. Says nothing about what changed: see `invalidate`. */
  show(layers: readonly Drawable[], canvas: Size): void {
    this.#layers = layers;
    this.#canvas = canvas;
  }

  /** @param rect canvas pixels; null for everything */
  invalidate(rect: Rect | null): void {
    if (rect === null) {
      this.#cache.clear();
      return;
    }
    for (const tile of this.#cache.values()) {
      const { level, column, row } = tile;
      const place = { ...wholeTile, x: column * tileSize, y: row * tileSize };
      const changed = intersectRects(atLevel(rect, level), place);
      if (changed === null) continue;
      const local = { ...changed, x: changed.x - place.x, y: changed.y - place.y };
      tile.stale = tile.stale === null ? local : uniteRects(tile.stale, local);
    }
  }

  /** @returns the finished display tile, or null when it would have to be drawn and `mayDraw` says no */
  tile(level: number, column: number, row: number, mayDraw: () => boolean): OffscreenCanvas | null {
    const key = `${level}/${tileKey(column, row)}`;
    let tile = this.#cache.get(key);
    if (tile !== undefined) this.#cache.delete(key);
    else tile = { context: this.#spareContext(), stale: wholeTile, level, column, row };
    if (tile.stale !== null && !mayDraw()) {
      // A tile drawn before is better than none for a frame.
      if (tile.stale === wholeTile) return null;
      this.#cache.set(key, tile);
      return tile.context.canvas;
    }
    this.#cache.set(key, tile);
    if (tile.stale !== null) {
      this.#draw(
        tile.context,
        level,
        { ...tile.stale, x: tile.stale.x + column * tileSize, y: tile.stale.y + row * tileSize },
        column,
        row,
      );
      tile.stale = null;
    }
    return tile.context.canvas;
  }

  /** A coarser picture that holds the tile's place: shown until the tile itself is drawn. Square of `side` pixels at x, y. */
  placeholder(level: number, column: number, row: number): { picture: OffscreenCanvas; x: number; y: number; side: number } | null {
    for (let up = 1; level + up <= coarsestLevel; up += 1) {
      const tile = this.#cache.get(`${level + up}/${tileKey(column >> up, row >> up)}`);
      if (tile === undefined || tile.stale === wholeTile) continue;
      const side = tileSize >> up;
      const mask = (1 << up) - 1;
      return { picture: tile.context.canvas, x: (column & mask) * side, y: (row & mask) * side, side };
    }
    return null;
  }

  /** False where no layer can have a pixel: nothing needs drawing, and an untouched mask costs nothing. */
  hasPixels(level: number, column: number, row: number): boolean {
    const side = tileSize * 2 ** level;
    const area = { x: column * side, y: row * side, width: side, height: side };
    return this.#layers.some((layer) => {
      const part = intersectRects(area, layer.bounds);
      if (part === null || (layer.source === null && layer.tiles.size === 0)) return false;
      if (layer.source !== null) return true;
      for (const { key } of tilesOver({ ...part, x: part.x - layer.bounds.x, y: part.y - layer.bounds.y }))
        if (layer.tiles.has(key)) return true;
      return false;
    });
  }

  isStale(level: number, column: number, row: number): boolean {
    return this.#cache.get(`${level}/${tileKey(column, row)}`)?.stale !== null;
  }

  #spareContext(): OffscreenCanvasRenderingContext2D {
    if ((this.#cache.size + 1) * bytesPerTile > this.#budgetBytes) {
      for (const [key, oldest] of this.#cache) {
        this.#cache.delete(key);
        return oldest.context;
      }
    }
    return canvas2d(tileSize, tileSize);
  }

  #draw(context: OffscreenCanvasRenderingContext2D, level: number, area: Rect, column: number, row: number): void {
    context.setTransform(1, 0, 0, 1, -column * tileSize, -row * tileSize);
    context.globalCompositeOperation = 'source-over';
    context.globalAlpha = 1;
    context.clearRect(area.x, area.y, area.width, area.height);
    const inside = intersectRects(area, atLevel({ x: 0, y: 0, ...this.#canvas }, level));
    if (inside === null) return;
    for (const layer of this.#layers) {
      context.globalAlpha = layer.opacity;
      context.globalCompositeOperation = operationOf(layer.blendMode);
      drawLayer(context, layer, level, inside, this.#pictures);
    }
  }
}

/** Canvas pixels to whole pixels of a level, outward. */
export function atLevel(rect: Rect, level: number): Rect {
  const x = rect.x >> level;
  const y = rect.y >> level;
  return { x, y, width: ((rectRight(rect) - 1) >> level) - x + 1, height: ((rectBottom(rect) - 1) >> level) - y + 1 };
}

function drawLayer(context: OffscreenCanvasRenderingContext2D, layer: Drawable, level: number, area: Rect, pictures: TilePictures): void {
  const place = atLevel(layer.bounds, level);
  const part = intersectRects(area, place);
  if (part === null) return;
  if (layer.tiles.size === 0) {
    drawSource(context, layer, level, place, part);
    return;
  }
  const side = tileSize >> level;
  const [endColumn, endRow] = [Math.ceil((rectRight(part) - place.x) / side), Math.ceil((rectBottom(part) - place.y) / side)];
  for (let row = Math.floor((part.y - place.y) / side); row < endRow; row += 1) {
    for (let column = Math.floor((part.x - place.x) / side); column < endColumn; column += 1) {
      const cell = { x: place.x + column * side, y: place.y + row * side, width: side, height: side };
      const shown = intersectRects(cell, part);
      if (shown === null) continue;
      const tile = layer.tiles.get(tileKey(column, row));
      if (tile === undefined) drawSource(context, layer, level, place, shown);
      else copy(context, pictures.at(tile, level), shown, cell);
    }
  }
}

function drawSource(context: OffscreenCanvasRenderingContext2D, layer: Drawable, level: number, place: Rect, area: Rect): void {
  if (layer.source === null) return;
  const picture = layer.source.atLevel(level);
  const corner = { x: place.x + (layer.sourceAt.x >> level), y: place.y + (layer.sourceAt.y >> level) };
  const whole = { ...corner, width: picture.width, height: picture.height };
  const shown = intersectRects(area, whole);
  if (shown !== null) copy(context, picture, shown, whole);
}

function copy(context: OffscreenCanvasRenderingContext2D, picture: ImageBitmap | OffscreenCanvas, shown: Rect, whole: Rect): void {
  const { x, y, width, height } = shown;
  context.drawImage(picture, x - whole.x, y - whole.y, width, height, x, y, width, height);
}
