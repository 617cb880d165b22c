/** Parts of a byte picture as planes of numbers, reflected beyond its edges. */
import type { Rect } from '../../../shared/domain/geometry.ts';
import { newPlanes, planeOf, type Planes } from '../../core/planes.ts';
import type { PixelImage } from '../../pipeline.ts';

/** Without repeating the edge pixel; also for pictures smaller than what is asked for. */
export function reflect(index: number, length: number): number {
  if (length === 1) return 0;
  const period = 2 * (length - 1);
  const folded = ((index % period) + period) % period;
  return folded < length ? folded : period - folded;
}

/** Indices into the picture for a row or column of the window. */
function places(from: number, length: number, size: number): Int32Array {
  return Int32Array.from({ length }, (_, index) => reflect(from + index, size));
}

/** RGB, 0..1; grey becomes RGB. Colours behind transparent pixels are taken from their neighbourhood. */
export function colourWindow(image: PixelImage, window: Rect): Planes {
  const planes = newPlanes(window, 3);
  const columns = places(window.x, window.width, image.width);
  const rows = places(window.y, window.height, image.height);
  const [red, green, blue] = [planeOf(planes, 0), planeOf(planes, 1), planeOf(planes, 2)];
  const { channels, data } = image;
  const second = channels === 1 ? 0 : 1;
  const third = channels === 1 ? 0 : 2;
  let to = 0;
  for (const row of rows) {
    for (const column of columns) {
      const from = (row * image.width + column) * channels;
      red[to] = (data[from] ?? 0) / 255;
      green[to] = (data[from + second] ?? 0) / 255;
      blue[to] = (data[from + third] ?? 0) / 255;
      to += 1;
    }
  }
  if (channels === 4) fillBehindTransparency(planes, alphaWindow(image, window));
  return planes;
}

/** Alpha as a grey picture of three equal planes, 0..1. */
export function alphaWindow(image: PixelImage, window: Rect): Planes {
  const planes = newPlanes(window, 3);
  const columns = places(window.x, window.width, image.width);
  const first = planeOf(planes, 0);
  let to = 0;
  for (const row of places(window.y, window.height, image.height)) {
    for (const column of columns) {
      first[to] = (image.data[(row * image.width + column) * 4 + 3] ?? 255) / 255;
      to += 1;
    }
  }
  planeOf(planes, 1).set(first);
  planeOf(planes, 2).set(first);
  return planes;
}

const fillRounds = 12;

/**
 * Editors leave any colour, mostly black, where nothing shows; upscaling would draw it into the visible rim. Each round the
 * invisible pixels beside known ones take the mean of these.
 */
function fillBehindTransparency(planes: Planes, alpha: Planes): void {
  const { width, height } = planes;
  const count = width * height;
  const known = Uint8Array.from(planeOf(alpha, 0), (level) => (level > 0 ? 1 : 0));
  if (!known.includes(0) || !known.includes(1)) return;
  for (let round = 0; round < fillRounds; round += 1) {
    const found: number[] = [];
    for (let index = 0; index < count; index += 1) {
      if (known[index] === 1) continue;
      const x = index % width;
      const neighbours = [
        x > 0 && known[index - 1] === 1 ? index - 1 : -1,
        x < width - 1 && known[index + 1] === 1 ? index + 1 : -1,
        index >= width && known[index - width] === 1 ? index - width : -1,
        index + width < count && known[index + width] === 1 ? index + width : -1,
      ].filter((neighbour) => neighbour >= 0);
      if (neighbours.length === 0) continue;
      found.push(index);
      for (let channel = 0; channel < 3; channel += 1) {
        let sum = 0;
        for (const neighbour of neighbours) sum += planes.data[channel * count + neighbour] ?? 0;
        planes.data[channel * count + index] = sum / neighbours.length;
      }
    }
    if (found.length === 0) return;
    for (const index of found) known[index] = 1;
  }
}
