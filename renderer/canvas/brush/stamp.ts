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

/** Coverage 0..255 by tile; tiles appear where the stroke went. */
export type CoverageTiles = Map<TileKey, Uint8Array>;

const falloffSteps = 256;

/** Smoothstep from 1 at the core to 0 at the rim. */
const softFalloff = Float32Array.from({ length: falloffSteps + 1 }, (_, step) => {
  const t = 1 - step / falloffSteps;
  return t * t * (3 - 2 * t);
});

/** Distance at which coverage starts to fall, and at which it is gone. A hard edge is one pixel wide: anti-aliasing. */
export function rims(radius: number, hardness: number): { inner: number; outer: number } {
  const soft = radius * (1 - hardness);
  return soft < 1 ? { inner: radius - 0.5, outer: radius + 0.5 } : { inner: radius - soft, outer: radius };
}

/**
 * Raises the coverage along the line from one dab to the next.
 * @param clip the area of the grid that may be painted
 * @returns what may have changed, or null
 */
export function stampLine(coverage: CoverageTiles, from: Dab, to: Dab, hardness: number, clip: Rect): Rect | null {
  const reach = Math.max(from.radius, to.radius) + 1;
  const hull = outward({
    x: Math.min(from.x, to.x) - reach,
    y: Math.min(from.y, to.y) - reach,
    width: Math.abs(to.x - from.x) + 2 * reach,
    height: Math.abs(to.y - from.y) + 2 * reach,
  });
  const area = intersectRects(hull, clip);
  if (area === null) return null;
  for (const { key, column, row } of tilesOver(area)) {
    const place = { x: column * tileSize, y: row * tileSize, width: tileSize, height: tileSize };
    const part = intersectRects(place, area);
    if (part === null) continue;
    let tile = coverage.get(key);
    if (tile === undefined) {
      if (!reaches(part, from, to, reach)) continue;
      coverage.set(key, (tile = new Uint8Array(tileSize * tileSize)));
    }
    stampTile(tile, place, part, from, to, hardness, reach);
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

function stampTile(tile: Uint8Array, place: Rect, part: Rect, from: Dab, to: Dab, hardness: number, reach: number): void {
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  const perLength = dx * dx + dy * dy === 0 ? 0 : 1 / (dx * dx + dy * dy);
  const constant = from.radius === to.radius && from.flow === to.flow;
  let { inner, outer } = rims(from.radius, hardness);
  const hard = outer - inner <= 1;
  let full = from.flow * 255;
  const fillCore = constant && from.flow === 1;
  for (let y = part.y; y < part.y + part.height; y += 1) {
    const centreY = y + 0.5;
    const [low, high] = span(centreY, from, to, reach);
    const startX = Math.max(part.x, Math.floor(low));
    const endX = Math.min(part.x + part.width, Math.ceil(high));
    const line = (y - place.y) * tileSize - place.x;
    if (fillCore) {
      fillChord(tile, line, startX, endX, centreY, from, inner);
      fillChord(tile, line, startX, endX, centreY, to, inner);
    }
    for (let x = startX; x < endX; x += 1) {
      const at = line + x;
      const old = tile[at] ?? 0;
      if (old === 255) continue;
      const offsetX = x + 0.5 - from.x;
      const offsetY = centreY - from.y;
      const along = (offsetX * dx + offsetY * dy) * perLength;
      const t = along < 0 ? 0 : along > 1 ? 1 : along;
      if (!constant) {
        ({ inner, outer } = rims(from.radius + (to.radius - from.radius) * t, hardness));
        full = (from.flow + (to.flow - from.flow) * t) * 255;
      }
      const awayX = offsetX - t * dx;
      const awayY = offsetY - t * dy;
      const distanceSquared = awayX * awayX + awayY * awayY;
      if (distanceSquared >= outer * outer) continue;
      const distance = Math.sqrt(distanceSquared);
      let value = full;
      if (distance > inner) {
        const fall = (distance - inner) / (outer - inner);
        value *= hard ? 1 - fall : (softFalloff[(fall * falloffSteps) | 0] ?? 0);
      }
      const rounded = (value + 0.5) | 0;
      if (rounded > old) tile[at] = rounded;
    }
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

/** The row's pixels inside a disc are full: written as one block. */
function fillChord(tile: Uint8Array, line: number, startX: number, endX: number, y: number, dab: Dab, inner: number): void {
  const squared = inner * inner - (y - dab.y) ** 2;
  if (inner <= 1 || squared <= 0) return;
  const half = Math.sqrt(squared);
  const first = Math.max(startX, Math.ceil(dab.x - half - 0.5));
  const end = Math.min(endX, Math.floor(dab.x + half - 0.5) + 1);
  if (end > first) tile.fill(255, line + first, line + end);
}
