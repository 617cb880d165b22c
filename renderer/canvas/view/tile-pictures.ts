/** Drawable pictures of tiles at every zoom level, in a cache of bounded size. Masks become black with the mask as alpha. */
import type { Rect } from '../../../shared/domain/geometry.ts';
import { canvas2d } from '../document/source-image.ts';
import { tileSize, type Tile } from '../document/tile.ts';
import { shrinkTile } from './shrink-tile.ts';

interface Pictures {
  levels: (OffscreenCanvasRenderingContext2D | undefined)[];
  bytes: number;
}

const wholeTile: Rect = { x: 0, y: 0, width: tileSize, height: tileSize };

export class TilePictures {
  readonly #budgetBytes: number;
  /** In order of last use. */
  readonly #cache = new Map<Tile, Pictures>();
  #bytes = 0;
  #scratch: ImageData | null = null;

  constructor(budgetBytes = 256 * 1024 * 1024) {
    this.#budgetBytes = budgetBytes;
  }

  /** The tile halved `level` times, (256 >> level) pixels a side. */
  at(tile: Tile, level: number): OffscreenCanvas {
    let pictures = this.#cache.get(tile);
    if (pictures === undefined) pictures = { levels: [], bytes: 0 };
    else this.#cache.delete(tile);
    this.#cache.set(tile, pictures);
    let context = pictures.levels[level];
    if (context === undefined) {
      const side = tileSize >> level;
      context = canvas2d(side, side);
      this.#draw(tile, level, context, wholeTile);
      pictures.levels[level] = context;
      pictures.bytes += side * side * 4;
      this.#bytes += side * side * 4;
      this.#evict();
    }
    return context.canvas;
  }

  /** A tile that is still being painted changed inside `rect` (tile pixels). */
  update(tile: Tile, rect: Rect): void {
    this.#cache.get(tile)?.levels.forEach((context, level) => {
      if (context !== undefined) this.#draw(tile, level, context, rect);
    });
  }

  clear(): void {
    this.#cache.clear();
    this.#bytes = 0;
  }

  #draw(tile: Tile, level: number, context: OffscreenCanvasRenderingContext2D, rect: Rect): void {
    const x = rect.x >> level;
    const y = rect.y >> level;
    const width = ((rect.x + rect.width - 1) >> level) - x + 1;
    const height = ((rect.y + rect.height - 1) >> level) - y + 1;
    const side = tileSize >> level;
    if (level === 0 && tile.channels === 4) {
      context.putImageData(new ImageData(new Uint8ClampedArray(tile.data.buffer), side, side), 0, 0, x, y, width, height);
      return;
    }
    this.#scratch ??= new ImageData(tileSize, tileSize);
    shrinkTile(tile, level, { x, y, width, height }, this.#scratch.data);
    // The scratch is a full tile wide: level pixel (x, y) lies at (x, y) of it.
    context.putImageData(this.#scratch, 0, 0, x, y, width, height);
  }

  #evict(): void {
    for (const [tile, pictures] of this.#cache) {
      if (this.#bytes <= this.#budgetBytes) return;
      this.#cache.delete(tile);
      this.#bytes -= pictures.bytes;
    }
  }
}
