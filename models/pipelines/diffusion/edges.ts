/** Canny's edges (1986) as OpenCV draws them with thresholds 100 and 200, which is what edge ControlNets were trained on. */
import { newPlanes, type Planes } from '../../core/planes.ts';

const lowThreshold = 100;
const highThreshold = 200;

/** Rec. 601 luma, 0..1. */
export function greyOf(picture: Planes): Float32Array {
  const count = picture.width * picture.height;
  return Float32Array.from(
    { length: count },
    (_, at) => 0.299 * (picture.data[at] ?? 0) + 0.587 * (picture.data[count + at] ?? 0) + 0.114 * (picture.data[2 * count + at] ?? 0),
  );
}

/** @returns one plane: 1 on edges, else 0 */
export function cannyEdges(picture: Planes): Planes {
  const { width, height } = picture;
  const grey = greyOf(picture).map((value) => Math.round(value * 255));
  const across = new Float32Array(grey.length);
  const down = new Float32Array(grey.length);
  const strength = new Float32Array(grey.length);
  // Border pixels are repeated.
  const at = (x: number, y: number): number =>
    grey[Math.min(height - 1, Math.max(0, y)) * width + Math.min(width - 1, Math.max(0, x))] ?? 0;
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const index = y * width + x;
      const gx = at(x + 1, y - 1) + 2 * at(x + 1, y) + at(x + 1, y + 1) - at(x - 1, y - 1) - 2 * at(x - 1, y) - at(x - 1, y + 1);
      const gy = at(x - 1, y + 1) + 2 * at(x, y + 1) + at(x + 1, y + 1) - at(x - 1, y - 1) - 2 * at(x, y - 1) - at(x + 1, y - 1);
      across[index] = gx;
      down[index] = gy;
      strength[index] = Math.abs(gx) + Math.abs(gy);
    }
  }
  const edges = newPlanes(picture, 1);
  const pending: number[] = [];
  // 0: none, 1: an edge if it hangs together with a strong one.
  const candidate = new Uint8Array(grey.length);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const index = y * width + x;
      if ((strength[index] ?? 0) <= lowThreshold || !isCrest(x, y)) continue;
      candidate[index] = 1;
      if ((strength[index] ?? 0) > highThreshold) {
        edges.data[index] = 1;
        pending.push(index);
      }
    }
  }
  for (let index = pending.pop(); index !== undefined; index = pending.pop()) {
    const x = index % width;
    const y = Math.floor(index / width);
    for (let dy = -1; dy <= 1; dy += 1) {
      for (let dx = -1; dx <= 1; dx += 1) {
        if (x + dx < 0 || x + dx >= width || y + dy < 0 || y + dy >= height) continue;
        const neighbour = index + dy * width + dx;
        if (candidate[neighbour] === 0 || edges.data[neighbour] === 1) continue;
        edges.data[neighbour] = 1;
        pending.push(neighbour);
      }
    }
  }
  return edges;

  /** Whether the gradient is greatest here along its own direction. */
  function isCrest(x: number, y: number): boolean {
    const index = y * width + x;
    const here = strength[index] ?? 0;
    const [gx, gy] = [Math.abs(across[index] ?? 0), Math.abs(down[index] ?? 0)];
    const of = (dx: number, dy: number): number =>
      x + dx < 0 || x + dx >= width || y + dy < 0 || y + dy >= height ? 0 : (strength[(y + dy) * width + x + dx] ?? 0);
    // tan 22.5 degrees
    if (gy < gx * 0.4142135623730951) return here > of(-1, 0) && here >= of(1, 0);
    if (gx < gy * 0.4142135623730951) return here > of(0, -1) && here >= of(0, 1);
    const side = (across[index] ?? 0) * (down[index] ?? 0) < 0 ? -1 : 1;
    return here > of(-side, -1) && here > of(side, 1);
  }
}
