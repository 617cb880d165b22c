/** Gaussian blur by separable convolution; the kernel is cut at the picture's edge and renormalised. */
import { newPlanes, type Planes } from './planes.ts';

/**
 * @param sigma in pixels; 0 gives the picture itself
 * @returns a picture of the same size
 */
export function gaussianBlur(planes: Planes, sigma: number): Planes {
  if (sigma <= 0) return planes;
  const radius = Math.max(1, Math.ceil(sigma * 2.6));
  const kernel = new Float32Array(2 * radius + 1);
  for (let tap = -radius; tap <= radius; tap += 1) kernel[tap + radius] = Math.exp((-tap * tap) / (2 * sigma * sigma));
  const { width, height, channels } = planes;
  const wide = newPlanes(planes, channels);
  const shares = new Float32Array(Math.max(width, height));
  sharesOf(shares, kernel, radius, width);
  for (let row = 0; row < height * channels; row += 1) {
    const base = row * width;
    for (let x = 0; x < width; x += 1) {
      const low = Math.max(-radius, -x);
      const high = Math.min(radius, width - 1 - x);
      let sum = 0;
      for (let tap = low; tap <= high; tap += 1) sum += (kernel[tap + radius] ?? 0) * (planes.data[base + x + tap] ?? 0);
      wide.data[base + x] = sum * (shares[x] ?? 0);
    }
  }
  const result = newPlanes(planes, channels);
  sharesOf(shares, kernel, radius, height);
  for (let channel = 0; channel < channels; channel += 1) {
    const plane = channel * width * height;
    for (let y = 0; y < height; y += 1) {
      const low = Math.max(-radius, -y);
      const high = Math.min(radius, height - 1 - y);
      const to = plane + y * width;
      // Whole rows at a time: memory is walked in order.
      for (let tap = low; tap <= high; tap += 1) {
        const weight = (kernel[tap + radius] ?? 0) * (shares[y] ?? 0);
        const from = to + tap * width;
        for (let x = 0; x < width; x += 1) result.data[to + x] = (result.data[to + x] ?? 0) + weight * (wide.data[from + x] ?? 0);
      }
    }
  }
  return result;
}

/** One over the kernel's sum over the taps that lie inside. */
function sharesOf(shares: Float32Array, kernel: Float32Array, radius: number, length: number): void {
  for (let at = 0; at < length; at += 1) {
    let sum = 0;
    for (let tap = Math.max(-radius, -at); tap <= Math.min(radius, length - 1 - at); tap += 1) sum += kernel[tap + radius] ?? 0;
    shares[at] = 1 / sum;
  }
}

/**
 * Nearly a Gaussian, at a cost that does not grow with sigma: three running means of whole pixels, the edge repeated.
 * For wide blurs where exactness does not matter.
 */
export function wideBlur(planes: Planes, sigma: number): Planes {
  const radius = Math.round((Math.sqrt(1 + 4 * sigma * sigma) - 1) / 2);
  if (radius < 1) return planes;
  const { width, height, channels } = planes;
  const result = newPlanes(planes, channels);
  result.data.set(planes.data);
  const longest = Math.max(width, height);
  const line = new Float32Array(longest);
  const pass = (start: number, stride: number, length: number): void => {
    for (let at = 0; at < length; at += 1) line[at] = result.data[start + at * stride] ?? 0;
    const first = line[0] ?? 0;
    const last = line[length - 1] ?? 0;
    let sum = first * radius;
    for (let at = 0; at <= radius; at += 1) sum += at < length ? (line[at] ?? 0) : last;
    for (let at = 0; at < length; at += 1) {
      result.data[start + at * stride] = sum / (2 * radius + 1);
      const leaving = at - radius;
      const entering = at + radius + 1;
      sum += (entering < length ? (line[entering] ?? 0) : last) - (leaving >= 0 ? (line[leaving] ?? 0) : first);
    }
  };
  for (let round = 0; round < 3; round += 1) {
    for (let row = 0; row < height * channels; row += 1) pass(row * width, 1, width);
    for (let channel = 0; channel < channels; channel += 1) {
      for (let x = 0; x < width; x += 1) pass(channel * width * height + x, width, height);
    }
  }
  return result;
}
