/**
 * The shape of a brush, swept along a line. Within one stroke coverage is the maximum over the path, so a stroke that
 * crosses itself does not get darker, and sweeping the distance to the line equals dabs at infinitely small spacing:
 * no scallops, and the cost is the area touched.
 */
import { tileSize, tilesOver, type TileKey } from '../document/tile.ts';
import { intersectRects, type Rect } from '../../../shared/domain/geometry.ts';
import { outward } from '../view/viewport.ts';

export interface Dab {
  /** In pixels of the grid, continuous: the centre of pixel (0,0) is at (0.5, 0.5). */
  x: number;
  y: number;
  radius: number;
  /** 0..1: pen pressure on opacity. */
  flow: number;
}

/** Coverage 0..255 of a tile, and the box (inclusive, tile pixels) in which it rose since the box was last emptied. */
export interface CoverageTile {
  data: Uint8Array;
  risen: { left: number; top: number; right: number; bottom: number };
}
/** Tiles appear where the stroke went. */
export type CoverageTiles = Map<TileKey, CoverageTile>;

/** Takes the box of what rose, in tile pixels; null when nothing did. */
export function takeRisen(tile: CoverageTile): Rect | null {
  const { left, top, right, bottom } = tile.risen;
  tile.risen = { left: tileSize, top: tileSize, right: -1, bottom: -1 };
  return right < left ? null : { x: left, y: top, width: right - left + 1, height: bottom - top + 1 };
}

const falloffSteps = 2048;

/** Smoothstep from 1 at the core to 0 at the rim, over the distance. */
function softFalloff(part: number): number {
  const t = 1 - part;
  return t * t * (3 - 2 * t);
}

/** Distance at which coverage starts to fall, and at which it is gone. A hard edge is one pixel wide: anti-aliasing. */
export function rims(radius: number, hardness: number): { inner: number; outer: number } {
  const soft = radius * (1 - hardness);
  return soft < 1 ? { inner: radius - 0.5, outer: radius + 0.5 } : { inner: radius - soft, outer: radius };
}

/** Coverage 0..255 by squared distance between the rims: a table spares a square root a pixel. */
function falloffTable({ inner, outer }: { inner: number; outer: number }, flow: number): Uint8Array {
  if (lastTable.inner === inner && lastTable.outer === outer && lastTable.flow === flow) return lastTable.table;
  const core = Math.max(0, inner);
  const table = Uint8Array.from({ length: falloffSteps + 1 }, (_, step) => {
    const distance = Math.sqrt(core * core + ((outer * outer - core * core) * step) / falloffSteps);
    return Math.round(255 * flow * coverageAt(distance, inner, outer));
  });
  lastTable = { inner, outer, flow, table };
  return table;
}

/** A stroke asks for the same one again and again. */
let lastTable = { inner: NaN, outer: NaN, flow: NaN, table: new Uint8Array(0) };

function coverageAt(distance: number, inner: number, outer: number): number {
  if (distance <= inner) return 1;
  if (distance >= outer) return 0;
  const part = (distance - inner) / (outer - inner);
  return outer - inner <= 1 ? 1 - part : softFalloff(part);
}

/**
 * Raises the coverage along the line from one dab to the next.
 * @param clip the area of the grid that may be painted
 * @param continues `from` is stamped already: what lies behind it cannot rise, and is skipped
 * @returns the box of what may have risen, or null
 */
export function stampLine(coverage: CoverageTiles, from: Dab, to: Dab, hardness: number, clip: Rect, continues = false): Rect | null {
  const reach = Math.max(from.radius, to.radius) + 1;
  const hull = outward({
    x: Math.min(from.x, to.x) - reach,
    y: Math.min(from.y, to.y) - reach,
    width: Math.abs(to.x - from.x) + 2 * reach,
    height: Math.abs(to.y - from.y) + 2 * reach,
  });
  const area = intersectRects(hull, clip);
  if (area === null) return null;
  const constant = from.radius === to.radius && from.flow === to.flow;
  const table = constant ? falloffTable(rims(from.radius, hardness), from.flow) : null;
  for (const { key, column, row } of tilesOver(area)) {
    const place = { x: column * tileSize, y: row * tileSize, width: tileSize, height: tileSize };
    const part = intersectRects(place, area);
    if (part === null) continue;
    let tile = coverage.get(key);
    if (tile === undefined) {
      if (!reaches(part, from, to, reach)) continue;
      tile = { data: new Uint8Array(tileSize * tileSize), risen: { left: tileSize, top: tileSize, right: -1, bottom: -1 } };
      coverage.set(key, tile);
    }
    stampTile(tile, place, part, { from, to, hardness, reach, table, continues });
  }
  return area;
}

/** False when the line's brush certainly misses a tile: long diagonal lines have large hulls. */
function reaches(part: Rect, from: Dab, to: Dab, reach: number): boolean {
  const centre = { x: part.x + part.width / 2, y: part.y + part.height / 2 };
  const half = Math.hypot(part.width, part.height) / 2;
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  const lengthSquared = dx * dx + dy * dy;
  const along = lengthSquared === 0 ? 0 : ((centre.x - from.x) * dx + (centre.y - from.y) * dy) / lengthSquared;
  const t = Math.min(1, Math.max(0, along));
  return Math.hypot(centre.x - from.x - t * dx, centre.y - from.y - t * dy) <= half + reach;
}

interface Sweep {
  from: Dab;
  to: Dab;
  hardness: number;
  reach: number;
  /** For a constant radius and flow. */
  table: Uint8Array | null;
  continues: boolean;
}

function stampTile({ data: tile, risen }: CoverageTile, place: Rect, part: Rect, sweep: Sweep): void {
  const { from, to, hardness, reach, table, continues } = sweep;
  const dx = to.x - from.x;
  const dy = to.y - from.y;
  const perLength = dx * dx + dy * dy === 0 ? 0 : 1 / (dx * dx + dy * dy);
  const { inner, outer } = rims(from.radius, hardness);
  const core = Math.max(0, inner);
  const outerSquared = outer * outer;
  const toStep = falloffSteps / (outerSquared - core * core);
  const fillCore = table !== null && from.flow === 1;
  for (let y = part.y; y < part.y + part.height; y += 1) {
    const offsetY = y + 0.5 - from.y;
    const [low, high] = span(y + 0.5, from, to, reach);
    let startX = Math.max(part.x, Math.floor(low));
    let endX = Math.min(part.x + part.width, Math.ceil(high));
    const line = (y - place.y) * tileSize - place.x;
    if (continues) {
      // Ahead of `from`: (x - from.x) * dx + offsetY * dy > 0.
      const edge = from.x - (offsetY * dy) / dx - 0.5;
      if (dx > 0) startX = Math.max(startX, Math.floor(edge));
      else if (dx < 0) endX = Math.min(endX, Math.ceil(edge) + 1);
      else if (offsetY * dy <= 0) continue;
    }
    let first = Infinity;
    let last = -1;
    if (fillCore) {
      for (const dab of continues ? [to] : [from, to]) {
        const [left, end] = chord(startX, endX, y + 0.5, dab, inner);
        if (end <= left) continue;
        tile.fill(255, line + left, line + end);
        first = Math.min(first, left);
        last = Math.max(last, end - 1);
      }
    }
    for (let x = startX; x < endX; x += 1) {
      const at = line + x;
      const old = tile[at] ?? 0;
      if (old === 255) continue;
      const offsetX = x + 0.5 - from.x;
      const along = (offsetX * dx + offsetY * dy) * perLength;
      const t = along < 0 ? 0 : along > 1 ? 1 : along;
      const awayX = offsetX - t * dx;
      const awayY = offsetY - t * dy;
      const distanceSquared = awayX * awayX + awayY * awayY;
      let value: number;
      if (table === null) {
        const rim = rims(from.radius + (to.radius - from.radius) * t, hardness);
        const flow = from.flow + (to.flow - from.flow) * t;
        value = Math.round(255 * flow * coverageAt(Math.sqrt(distanceSquared), rim.inner, rim.outer));
      } else {
        if (distanceSquared >= outerSquared) continue;
        const step = (distanceSquared - core * core) * toStep;
        value = table[step <= 0 ? 0 : step | 0] ?? 0;
      }
      if (value <= old) continue;
      tile[at] = value;
      if (x < first) first = x;
      if (x > last) last = x;
    }
    if (last < 0) continue;
    risen.left = Math.min(risen.left, first - place.x);
    risen.right = Math.max(risen.right, last - place.x);
    risen.top = Math.min(risen.top, y - place.y);
    risen.bottom = Math.max(risen.bottom, y - place.y);
  }
}

/** Columns of a row that the brush can reach on its way. */
function span(y: number, from: Dab, to: Dab, reach: number): [number, number] {
  const dy = to.y - from.y;
  let [start, end] = [0, 1];
  if (dy !== 0) {
    const [a, b] = [(y - reach - from.y) / dy, (y + reach - from.y) / dy];
    start = Math.min(1, Math.max(0, Math.min(a, b)));
    end = Math.min(1, Math.max(0, Math.max(a, b)));
  }
  const [x0, x1] = [from.x + (to.x - from.x) * start, from.x + (to.x - from.x) * end];
  return [Math.min(x0, x1) - reach, Math.max(x0, x1) + reach];
}

/** The row's pixels inside a disc, from and to (exclusive): they are full, and written as one block. */
function chord(startX: number, endX: number, y: number, dab: Dab, inner: number): [number, number] {
  const squared = inner * inner - (y - dab.y) ** 2;
  if (inner <= 1 || squared <= 0) return [0, 0];
  const half = Math.sqrt(squared);
  return [Math.max(startX, Math.ceil(dab.x - half - 0.5)), Math.min(endX, Math.floor(dab.x + half - 0.5) + 1)];
}
