/** Maps for 3-D and games, from a tile's colour and height. Every filter wraps around, so maps tile as the colour does. */
import { newPlanes, type Planes } from '../../core/planes.ts';
import type { PixelImage } from '../../pipeline.ts';

/**
 * Tangent-space normals, red to the right, green up (the OpenGL and glTF convention), from the height by Sobel's filter.
 * @param height one plane, 0..1
 * @param strength slope of one step of height over 8 px, about; 0 is flat
 */
export function normalMap(height: Planes, strength: number): PixelImage {
  const { width, height: rows } = height;
  const data = new Uint8Array(width * rows * 3);
  // Sobel's weights sum to 8 over two pixels; the factor of 8 makes strength 1 a gentle relief on a 0..1 height.
  const scale = strength;
  for (let y = 0; y < rows; y += 1) {
    const above = ((y + rows - 1) % rows) * width;
    const here = y * width;
    const below = ((y + 1) % rows) * width;
    for (let x = 0; x < width; x += 1) {
      const left = (x + width - 1) % width;
      const right = (x + 1) % width;
      const at = (row: number, column: number): number => height.data[row + column] ?? 0;
      const slopeX = at(above, right) + 2 * at(here, right) + at(below, right) - at(above, left) - 2 * at(here, left) - at(below, left);
      const slopeY = at(below, left) + 2 * at(below, x) + at(below, right) - at(above, left) - 2 * at(above, x) - at(above, right);
      const nx = -slopeX * scale;
      const ny = slopeY * scale;
      const length = Math.hypot(nx, ny, 1);
      const to = (here + x) * 3;
      data[to] = Math.round((nx / length + 1) * 127.5);
      data[to + 1] = Math.round((ny / length + 1) * 127.5);
      data[to + 2] = Math.round((1 / length + 1) * 127.5);
    }
  }
  return { width, height: rows, channels: 3, data };
}

/** The height as grey. */
export function heightMap(height: Planes): PixelImage {
  return {
    width: height.width,
    height: height.height,
    channels: 1,
    data: Uint8Array.from(height.data, (level) => Math.round(level * 255)),
  };
}

/**
 * A guess at roughness from looks alone: pits and fine relief scatter light, raised and even places are worn smooth.
 * White is rough. Between 0.35 and 0.95.
 */
export function roughnessMap(colour: Planes, height: Planes): PixelImage {
  const { width, height: rows } = height;
  const count = width * rows;
  const light = newPlanes(height, 1);
  for (let index = 0; index < count; index += 1) {
    light.data[index] =
      0.2126 * (colour.data[index] ?? 0) + 0.7152 * (colour.data[count + index] ?? 0) + 0.0722 * (colour.data[2 * count + index] ?? 0);
  }
  const mean = boxMean(light, 3);
  const spread = newPlanes(height, 1);
  for (let index = 0; index < count; index += 1) spread.data[index] = Math.abs((light.data[index] ?? 0) - (mean.data[index] ?? 0));
  const detail = boxMean(spread, 3);
  const data = new Uint8Array(count);
  for (let index = 0; index < count; index += 1) {
    const relief = Math.min(1, (detail.data[index] ?? 0) * 7);
    const rough = 0.55 + 0.3 * relief - 0.3 * ((height.data[index] ?? 0) - 0.5) - 0.1 * ((light.data[index] ?? 0) - 0.5);
    data[index] = Math.round(Math.min(0.95, Math.max(0.35, rough)) * 255);
  }
  return { width, height: rows, channels: 1, data };
}

/** Mean over a square of 2·radius+1 pixels, wrapping around; running sums along rows, then columns. */
function boxMean(planes: Planes, radius: number): Planes {
  const { width, height } = planes;
  const across = newPlanes(planes, 1);
  const result = newPlanes(planes, 1);
  const taps = 2 * radius + 1;
  for (let y = 0; y < height; y += 1) {
    let sum = 0;
    for (let tap = -radius; tap <= radius; tap += 1) sum += planes.data[y * width + ((tap + width) % width)] ?? 0;
    for (let x = 0; x < width; x += 1) {
      across.data[y * width + x] = sum / taps;
      sum += (planes.data[y * width + ((x + radius + 1) % width)] ?? 0) - (planes.data[y * width + ((x - radius + width) % width)] ?? 0);
    }
  }
  for (let x = 0; x < width; x += 1) {
    let sum = 0;
    for (let tap = -radius; tap <= radius; tap += 1) sum += across.data[((tap + height) % height) * width + x] ?? 0;
    for (let y = 0; y < height; y += 1) {
      result.data[y * width + x] = sum / taps;
      sum += (across.data[((y + radius + 1) % height) * width + x] ?? 0) - (across.data[((y - radius + height) % height) * width + x] ?? 0);
    }
  }
  return result;
}
