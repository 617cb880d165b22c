/** Enlarges a picture a row at a time (Catmull-Rom), so that a large result never exists as numbers. */
import type { Size } from '../../shared/domain/geometry.ts';
import type { Planes } from './planes.ts';

interface Tap {
  /** First of four samples; those outside the picture repeat its edge. */
  from: number;
  weights: readonly [number, number, number, number];
}

function tapFor(index: number, scale: number): Tap {
  const position = (index + 0.5) * scale - 0.5;
  const from = Math.floor(position);
  const t = position - from;
  return {
    from: from - 1,
    weights: [((-0.5 * t + 1) * t - 0.5) * t, (1.5 * t - 2.5) * t * t + 1, ((-1.5 * t + 2) * t + 0.5) * t, (0.5 * t - 0.5) * t * t],
  };
}

export class RowEnlarger {
  readonly #planes: Planes;
  readonly #size: Size;
  readonly #across: Tap[];
  readonly #wide = new Map<number, Float32Array>();

  /** @param size at least as large as the picture on both sides; smaller sizes would alias */
  constructor(planes: Planes, size: Size) {
    this.#planes = planes;
    this.#size = size;
    this.#across = Array.from({ length: size.width }, (_, x) => tapFor(x, planes.width / size.width));
  }

  /** @returns channels × width values of one row of the enlarged picture; a new array each time */
  row(y: number): Float32Array {
    const { width } = this.#size;
    const { height, channels, data } = this.#planes;
    if (width === this.#planes.width && height === this.#size.height) {
      const own = new Float32Array(width * channels);
      for (let channel = 0; channel < channels; channel += 1) {
        const from = (channel * height + y) * width;
        own.set(data.subarray(from, from + width), channel * width);
      }
      return own;
    }
    const row = new Float32Array(width * channels);
    const { from, weights } = tapFor(y, height / this.#size.height);
    for (const line of [...this.#wide.keys()]) if (line < from) this.#wide.delete(line);
    for (const [tap, weight] of weights.entries()) {
      const line = this.#wideRow(Math.min(height - 1, Math.max(0, from + tap)));
      for (let index = 0; index < row.length; index += 1) row[index] = (row[index] ?? 0) + weight * (line[index] ?? 0);
    }
    return row;
  }

  #wideRow(y: number): Float32Array {
    const found = this.#wide.get(y);
    if (found !== undefined) return found;
    const { width, height, channels, data } = this.#planes;
    const line = new Float32Array(this.#size.width * channels);
    for (let channel = 0; channel < channels; channel += 1) {
      const base = (channel * height + y) * width;
      const to = channel * this.#size.width;
      for (let x = 0; x < this.#size.width; x += 1) {
        const taps = this.#across[x];
        if (taps === undefined) continue;
        let sum = 0;
        for (let tap = 0; tap < 4; tap += 1) {
          sum += (taps.weights[tap] ?? 0) * (data[base + Math.min(width - 1, Math.max(0, taps.from + tap))] ?? 0);
        }
        line[to + x] = sum;
      }
    }
    this.#wide.set(y, line);
    return line;
  }
}
