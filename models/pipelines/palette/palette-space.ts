/** Palettes as rows of OKLab numbers (the flow's space) and as sRGB bytes (what is shown). */
import { bytesInGamut } from '../../../shared/colour/gamut.ts';
import { oklabFromBytes, type Oklab } from '../../../shared/colour/oklab.ts';
import type { Rgb } from '../../../shared/colour/srgb.ts';

export const colourAt = (row: ArrayLike<number>, index: number): Oklab => [
  row[index * 3] ?? 0,
  row[index * 3 + 1] ?? 0,
  row[index * 3 + 2] ?? 0,
];

/** Row -> sRGB bytes, each colour mapped into the gamut. */
export function bytesOfRow(row: ArrayLike<number>): Rgb[] {
  return Array.from({ length: row.length / 3 }, (_, index) => bytesInGamut(colourAt(row, index)));
}

export function rowOfBytes(colours: readonly Rgb[]): Float32Array {
  return Float32Array.from(colours.flatMap((colour) => [...oklabFromBytes(colour)]));
}

/** Rows one after the other. */
export function stack(rows: readonly Float32Array[]): Float32Array {
  const width = rows[0]?.length ?? 0;
  const whole = new Float32Array(rows.length * width);
  rows.forEach((row, index) => {
    whole.set(row, index * width);
  });
  return whole;
}

/**
 * How far two palettes are apart as sets: the root mean square of the OKLab distances when each colour, in turn, takes the
 * nearest one that is left.
 */
export function paletteDistance(first: Float32Array, second: Float32Array): number {
  const size = first.length / 3;
  const taken = new Set<number>();
  let sum = 0;
  for (let index = 0; index < size; index += 1) {
    let nearest = Infinity;
    let at = -1;
    for (let other = 0; other < size; other += 1) {
      if (taken.has(other)) continue;
      const [L, a, b] = colourAt(first, index);
      const [otherL, otherA, otherB] = colourAt(second, other);
      const distance = (L - otherL) ** 2 + (a - otherA) ** 2 + (b - otherB) ** 2;
      if (distance < nearest) {
        nearest = distance;
        at = other;
      }
    }
    taken.add(at);
    sum += nearest;
  }
  return Math.sqrt(sum / size);
}

/** All orders of 0..count-1; 120 for five. */
export function permutations(count: number): number[][] {
  if (count === 0) return [[]];
  return permutations(count - 1).flatMap((order) =>
    Array.from({ length: count }, (_, at) => [...order.slice(0, at), count - 1, ...order.slice(at)]),
  );
}
