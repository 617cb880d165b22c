/**
 * A stroke while it is being drawn: coverage and the tiles it changes live here, outside the document, until the pointer
 * is lifted. Then the tiles become the document's as they are: what was seen is what is kept.
 */
import { uniteRects, type Rect } from '../../../shared/domain/geometry.ts';
import { copyTile, isBlank, newTile, tileRect, tilesOver, type Tile, type TileKey, type TileMap } from '../document/tile.ts';
import { blendStroke, type StrokeInk } from './blend-stroke.ts';
import { stampLine, takeRisen, type CoverageTiles, type Dab } from './stamp.ts';

export interface StrokeTarget {
  /** The tiles before the stroke. */
  tiles: TileMap;
  /** The finished pixels at a key before the stroke, cut from a source picture where need be; null: blank. */
  baseTile: (key: TileKey) => Tile | null;
  channels: 1 | 4;
  /** The area of the grid that may be painted. */
  clip: Rect;
}

export interface StrokeStyle {
  ink: StrokeInk;
  hardness: number;
  /** 0..1, of the stroke as a whole. */
  opacity: number;
}

export class Stroke {
  readonly #target: StrokeTarget;
  readonly #style: StrokeStyle;
  readonly #coverage: CoverageTiles = new Map();
  readonly #base = new Map<TileKey, Tile | null>();
  readonly #changed = new Map<TileKey, Tile>();
  #tiles: Map<TileKey, Tile>;
  #last: Dab | null = null;
  #touched: Rect | null = null;

  constructor(target: StrokeTarget, style: StrokeStyle) {
    this.#target = target;
    this.#style = style;
    this.#tiles = new Map(target.tiles);
  }

  get last(): Dab | null {
    return this.#last;
  }

  /** The box of everything painted so far, on the grid. */
  get touched(): Rect | null {
    return this.#touched;
  }

  /** The target's tiles as they look now. Some change with every `draw`. */
  get tiles(): TileMap {
    return this.#tiles;
  }

  /** Draws on to the given dabs. @returns the tiles' changed parts */
  draw(dabs: readonly Dab[]): { tile: Tile; place: Rect; part: Rect }[] {
    let area: Rect | null = null;
    for (const dab of dabs) {
      const stamped = stampLine(this.#coverage, this.#last ?? dab, dab, this.#style.hardness, this.#target.clip, this.#last !== null);
      if (stamped !== null) area = area === null ? stamped : uniteRects(area, stamped);
      this.#last = dab;
    }
    if (area === null) return [];
    const changes: { tile: Tile; place: Rect; part: Rect }[] = [];
    for (const { key } of tilesOver(area)) {
      const coverage = this.#coverage.get(key);
      const part = coverage === undefined ? null : takeRisen(coverage);
      if (coverage === undefined || part === null) continue;
      const place = tileRect(key);
      const tile = this.#workingTile(key);
      blendStroke(this.#base.get(key)?.data ?? null, coverage.data, tile.data, part, this.#style.ink, this.#style.opacity);
      changes.push({ tile, place, part });
      const onGrid = { ...part, x: part.x + place.x, y: part.y + place.y };
      this.#touched = this.#touched === null ? onGrid : uniteRects(this.#touched, onGrid);
    }
    return changes;
  }

  /** The target's tiles after the stroke. Tiles that are blank, and no source shows through, are dropped. */
  finish(isSourceAt: (key: TileKey) => boolean): TileMap {
    for (const [key, tile] of this.#changed) {
      if (isBlank(tile) && !isSourceAt(key)) this.#tiles.delete(key);
    }
    return this.#tiles;
  }

  #workingTile(key: TileKey): Tile {
    const known = this.#changed.get(key);
    if (known !== undefined) return known;
    const base = this.#target.baseTile(key);
    const tile = base === null ? newTile(this.#target.channels) : copyTile(base);
    this.#base.set(key, base);
    this.#changed.set(key, tile);
    this.#tiles.set(key, tile);
    return tile;
  }
}
