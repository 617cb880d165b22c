/**
 * Anti-aliased masks of shapes. Coordinates are continuous canvas pixels: pixel (x, y) is the square from (x, y) to
 * (x + 1, y + 1), so whole coordinates give hard edges. Corners come in any order. Null: the shape covers nothing.
 *
 * Rectangles are exact. The other shapes are cut into 16 lines a row, each with its exact horizontal coverage.
 */
import { intersectRects, type Rect } from '../../../shared/domain/geometry.ts';
import { newRaster, type Raster } from './region.ts';

export interface ShapePoint {
  x: number;
  y: number;
}

const linesPerRow = 16;

export function rectangleMask(from: ShapePoint, to: ShapePoint, clip?: Rect): Raster<1> | null {
  const region = boundsOf([from, to], clip);
  if (region === null) return null;
  const mask = newRaster(region, 1);
  const [left, right] = [Math.min(from.x, to.x), Math.max(from.x, to.x)];
  const [top, bottom] = [Math.min(from.y, to.y), Math.max(from.y, to.y)];
  const across = Float64Array.from({ length: region.width }, (_, column) => overlap(region.x + column, left, right));
  for (let row = 0; row < region.height; row += 1) {
    const down = overlap(region.y + row, top, bottom) * 255;
    const start = row * region.width;
    for (let column = 0; column < region.width; column += 1) mask.data[start + column] = (across[column] ?? 0) * down + 0.5;
  }
  return nullIfEmpty(mask);
}

/** The ellipse that touches the four sides of the rectangle between two opposite corners. */
export function ellipseMask(from: ShapePoint, to: ShapePoint, clip?: Rect): Raster<1> | null {
  const region = boundsOf([from, to], clip);
  if (region === null) return null;
  const centreX = (from.x + to.x) / 2;
  const centreY = (from.y + to.y) / 2;
  const radiusX = Math.abs(to.x - from.x) / 2;
  const radiusY = Math.abs(to.y - from.y) / 2;
  return paintRows(region, (lineY, span) => {
    const height = (lineY - centreY) / radiusY;
    // Written so that NaN (a flat ellipse) paints nothing.
    if (!(Math.abs(height) < 1)) return;
    const half = radiusX * Math.sqrt(1 - height * height);
    span(centreX - half, centreX + half);
  });
}

/**
 * The polygon through the points, closed from the last to the first. Non-zero winding: a lasso that crosses its own path
 * leaves no hole where the loops lie over one another.
 */
export function polygonMask(points: readonly ShapePoint[], clip?: Rect): Raster<1> | null {
  const region = points.length < 3 ? null : boundsOf(points, clip);
  if (region === null) return null;
  const edges = edgesOf(points);
  const crossings = new Float64Array(edges.length);
  const windings = new Int8Array(edges.length);
  let active: Edge[] = [];
  let next = 0;
  return paintRows(region, (lineY, span) => {
    for (let edge = edges[next]; edge !== undefined && edge.top <= lineY; edge = edges[next]) {
      active.push(edge);
      next += 1;
    }
    if (active.some((edge) => edge.bottom <= lineY)) active = active.filter((edge) => edge.bottom > lineY);
    let count = 0;
    for (const edge of active) {
      const x = edge.x + (lineY - edge.top) * edge.slope;
      let at = count;
      for (; at > 0 && (crossings[at - 1] ?? 0) > x; at -= 1) {
        crossings[at] = crossings[at - 1] ?? 0;
        windings[at] = windings[at - 1] ?? 0;
      }
      crossings[at] = x;
      windings[at] = edge.winding;
      count += 1;
    }
    let winding = 0;
    let start = 0;
    for (let i = 0; i < count; i += 1) {
      if (winding === 0) start = crossings[i] ?? 0;
      winding += windings[i] ?? 0;
      if (winding === 0) span(start, crossings[i] ?? 0);
    }
  });
}

interface Edge {
  top: number;
  bottom: number;
  /** At the top. */
  x: number;
  slope: number;
  winding: 1 | -1;
}

/** From the topmost down; level edges enclose nothing. */
function edgesOf(points: readonly ShapePoint[]): Edge[] {
  const edges: Edge[] = [];
  let last = points.at(-1);
  for (const point of points) {
    if (last !== undefined && last.y !== point.y) {
      const [upper, lower] = last.y < point.y ? [last, point] : [point, last];
      const slope = (lower.x - upper.x) / (lower.y - upper.y);
      edges.push({ top: upper.y, bottom: lower.y, x: upper.x, slope, winding: upper === last ? 1 : -1 });
    }
    last = point;
  }
  return edges.sort((a, b) => a.top - b.top);
}

/** Calls `line` for every line of every row; it reports covered spans, which must not overlap one another. */
function paintRows(region: Rect, line: (lineY: number, span: (from: number, to: number) => void) => void): Raster<1> | null {
  const { width } = region;
  const mask = newRaster(region, 1);
  // Changes of coverage along the row: a span costs two edges however long it is.
  const changes = new Float64Array(width + 2);
  const change = (x: number, sign: 1 | -1): void => {
    const within = Math.min(width, Math.max(0, x - region.x));
    const column = Math.floor(within);
    const part = within - column;
    changes[column] = (changes[column] ?? 0) + sign * (1 - part);
    changes[column + 1] = (changes[column + 1] ?? 0) + sign * part;
  };
  const span = (from: number, to: number): void => {
    change(from, 1);
    change(to, -1);
  };
  for (let row = 0; row < region.height; row += 1) {
    for (let part = 0; part < linesPerRow; part += 1) line(region.y + row + (part + 0.5) / linesPerRow, span);
    let covered = 0;
    const start = row * width;
    for (let column = 0; column < width; column += 1) {
      covered += changes[column] ?? 0;
      mask.data[start + column] = covered * (255 / linesPerRow) + 0.5;
    }
    changes.fill(0);
  }
  return nullIfEmpty(mask);
}

/** The whole pixels that the points' bounding box touches, inside `clip`. */
function boundsOf(points: readonly ShapePoint[], clip: Rect | undefined): Rect | null {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const { x, y } of points) {
    if (!Number.isFinite(x) || !Number.isFinite(y)) return null;
    left = Math.min(left, x);
    top = Math.min(top, y);
    right = Math.max(right, x);
    bottom = Math.max(bottom, y);
  }
  if (right <= left || bottom <= top) return null;
  const [x, y] = [Math.floor(left), Math.floor(top)];
  const bounds = { x, y, width: Math.ceil(right) - x, height: Math.ceil(bottom) - y };
  return clip === undefined ? bounds : intersectRects(bounds, clip);
}

/** How much of the pixel that starts at `pixel` lies between two edges, 0..1. */
function overlap(pixel: number, from: number, to: number): number {
  return Math.max(0, Math.min(pixel + 1, to) - Math.max(pixel, from));
}

function nullIfEmpty(mask: Raster<1>): Raster<1> | null {
  return mask.data.some((value) => value !== 0) ? mask : null;
}
