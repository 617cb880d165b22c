/** Finds what to work on: the separate parts of a mask, as boxes, without touching pixels outside the mask twice. */
import { growRect, intersectRects, uniteRects, type Rect } from '../../shared/domain/geometry.ts';
import type { PixelImage } from '../pipeline.ts';

/** Mask values above this are to be repainted. */
export const maskThreshold = 127;

/** Bounding boxes of the 8-connected parts of a mask, top to bottom. Runs of a row are joined with those of the row above. */
export function maskRegions(mask: PixelImage): Rect[] {
  interface Run {
    from: number;
    to: number;
    part: number;
  }
  const parent: number[] = [];
  const boxes: Rect[] = [];
  const root = (part: number): number => {
    let top = part;
    while (parent[top] !== top) top = parent[top] ?? top;
    parent[part] = top;
    return top;
  };
  let above: Run[] = [];
  for (let y = 0; y < mask.height; y += 1) {
    const runs: Run[] = [];
    const row = mask.data.subarray(y * mask.width, (y + 1) * mask.width);
    let x = 0;
    while (x < mask.width) {
      if ((row[x] ?? 0) <= maskThreshold) {
        x += 1;
        continue;
      }
      const from = x;
      while (x < mask.width && (row[x] ?? 0) > maskThreshold) x += 1;
      const run: Run = { from, to: x - 1, part: parent.length };
      const box: Rect = { x: from, y, width: x - from, height: 1 };
      parent.push(run.part);
      boxes.push(box);
      for (const other of above) {
        if (other.to < run.from - 1 || other.from > run.to + 1) continue;
        const [a, b] = [root(other.part), root(run.part)];
        if (a === b) continue;
        const [keep, drop] = a < b ? [a, b] : [b, a];
        parent[drop] = keep;
        boxes[keep] = uniteRects(boxes[keep] ?? box, boxes[drop] ?? box);
      }
      runs.push(run);
    }
    above = runs;
  }
  return boxes.filter((_, part) => parent[part] === part);
}

/** Joins boxes that come within `reach` pixels of each other on both sides: they are repainted together. */
export function joinNear(boxes: readonly Rect[], reach: number): Rect[] {
  const joined = [...boxes];
  for (let changed = true; changed;) {
    changed = false;
    for (let a = 0; a < joined.length; a += 1) {
      for (let b = joined.length - 1; b > a; b -= 1) {
        const first = joined[a];
        const second = joined[b];
        if (first === undefined || second === undefined || intersectRects(growRect(first, reach), growRect(second, reach)) === null)
          continue;
        joined[a] = uniteRects(first, second);
        joined.splice(b, 1);
        changed = true;
      }
    }
  }
  return joined;
}

/** Joins boxes whose centres lie in the same cell of a grid: many small parts become few, none much larger than a cell. */
export function clusterByCell(boxes: readonly Rect[], cellSide: number): Rect[] {
  const cells = new Map<string, Rect>();
  const large: Rect[] = [];
  for (const box of boxes) {
    // What is large already would draw its cell's neighbours apart.
    if (Math.max(box.width, box.height) > cellSide / 2) {
      large.push(box);
      continue;
    }
    const key = `${String(Math.floor((box.x + box.width / 2) / cellSide))},${String(Math.floor((box.y + box.height / 2) / cellSide))}`;
    const other = cells.get(key);
    cells.set(key, other === undefined ? box : uniteRects(other, box));
  }
  return [...large, ...cells.values()];
}
