/** The magic wand and the fill tool: which pixels are like the one that was clicked. */
import { cropRaster, newRaster, type Raster } from './region.ts';

export interface FloodOptions {
  /** Largest difference in any channel, alpha included, 0..255. */
  tolerance: number;
  /** Only pixels that can be reached from the click through like pixels by their sides (not their corners). */
  contiguous: boolean;
}

/**
 * 255 for every pixel within `tolerance` of the one at `at` (canvas pixels), cut to the box of what was found. Fully
 * transparent pixels equal one another whatever colour they hide. Null when `at` lies outside the pixels.
 */
export function floodMask(pixels: Raster<4>, at: { x: number; y: number }, options: FloodOptions): Raster<1> | null {
  const { width, height } = pixels;
  const column = Math.floor(at.x) - pixels.x;
  const row = Math.floor(at.y) - pixels.y;
  // Written so that NaN counts as outside.
  if (!(column >= 0 && row >= 0 && column < width && row < height)) return null;
  const found = newRaster(pixels, 1);
  const like = likeness(pixels.data, (row * width + column) * 4, options.tolerance);
  const box = options.contiguous ? fillFrom(found, column, row, like) : fillEverywhere(found, like);
  return cropRaster(found, {
    x: pixels.x + box.left,
    y: pixels.y + box.top,
    width: box.right - box.left + 1,
    height: box.bottom - box.top + 1,
  });
}

/** Inclusive, in pixels of the raster. */
interface Box {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

type Likeness = (pixel: number) => boolean;

/** A test by pixel index, against the pixel whose first byte is at `seed`. */
function likeness(data: Uint8Array, seed: number, tolerance: number): Likeness {
  const [red, green, blue, alpha] = [data[seed] ?? 0, data[seed + 1] ?? 0, data[seed + 2] ?? 0, data[seed + 3] ?? 0];
  return (pixel) => {
    const at = pixel * 4;
    const otherAlpha = data[at + 3] ?? 0;
    if (otherAlpha === 0 && alpha === 0) return true;
    return (
      Math.abs((data[at] ?? 0) - red) <= tolerance &&
      Math.abs((data[at + 1] ?? 0) - green) <= tolerance &&
      Math.abs((data[at + 2] ?? 0) - blue) <= tolerance &&
      Math.abs(otherAlpha - alpha) <= tolerance
    );
  };
}

/**
 * Heckbert's seed fill (Graphics Gems, 1990): a stack of filled runs of which the row above or below is still to be looked
 * at, so that hardly any pixel is looked at twice.
 */
function fillFrom(found: Raster<1>, column: number, row: number, like: Likeness): Box {
  const { width, height, data } = found;
  const box: Box = { left: column, top: row, right: column, bottom: row };
  // Flat quadruples: row, left, right, and the direction of the row to look at. The last one begins with the click itself.
  const stack: number[] = [row, column, column, 1, row + 1, column, column, -1];
  while (stack.length > 0) {
    const step = stack.pop() ?? 0;
    const right = stack.pop() ?? 0;
    const left = stack.pop() ?? 0;
    const y = (stack.pop() ?? 0) + step;
    if (y < 0 || y >= height) continue;
    const start = y * width;
    let x = left;
    let runLeft: number;
    if (data[start + x] === 0 && like(start + x)) {
      for (; x >= 0 && data[start + x] === 0 && like(start + x); x -= 1) data[start + x] = 255;
      runLeft = x + 1;
      if (runLeft < left) stack.push(y, runLeft, left - 1, -step);
      x = left + 1;
    } else {
      x = nextLike(left + 1, right, start, data, like);
      runLeft = x;
    }
    while (runLeft <= right) {
      for (; x < width && data[start + x] === 0 && like(start + x); x += 1) data[start + x] = 255;
      stack.push(y, runLeft, x - 1, step);
      // A run that reaches past its parent may turn back around a corner.
      if (x > right + 1) stack.push(y, right + 1, x - 1, -step);
      if (runLeft < box.left) box.left = runLeft;
      if (x - 1 > box.right) box.right = x - 1;
      if (y < box.top) box.top = y;
      if (y > box.bottom) box.bottom = y;
      x = nextLike(x + 1, right, start, data, like);
      runLeft = x;
    }
  }
  return box;
}

/** The first open column from `x` to `right`, or right + 1 (or more) when there is none. */
function nextLike(x: number, right: number, start: number, data: Uint8Array, like: Likeness): number {
  while (x <= right && !(data[start + x] === 0 && like(start + x))) x += 1;
  return x;
}

function fillEverywhere(found: Raster<1>, like: Likeness): Box {
  const { width, height, data } = found;
  const box: Box = { left: width, top: height, right: -1, bottom: -1 };
  for (let y = 0; y < height; y += 1) {
    const start = y * width;
    for (let x = 0; x < width; x += 1) {
      if (!like(start + x)) continue;
      data[start + x] = 255;
      if (x < box.left) box.left = x;
      if (x > box.right) box.right = x;
      if (y < box.top) box.top = y;
      box.bottom = y;
    }
  }
  return box;
}
