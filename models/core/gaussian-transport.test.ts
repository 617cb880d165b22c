import { describe, expect, it } from 'vitest';
import { fingerprint } from './fingerprint.ts';
import { MomentCollector, transportMap } from './gaussian-transport.ts';
import { newPlanes } from './planes.ts';
import { resize } from './resize.ts';
import { RowEnlarger } from './row-enlarger.ts';
import { seededRandom } from './seeded-random.ts';
import { applyToSymmetric, eigenSymmetric, multiply } from './symmetric.ts';

function randomSymmetric(size: number, seed: number): Float64Array {
  const random = seededRandom(seed);
  const matrix = new Float64Array(size * size);
  for (let row = 0; row < size; row += 1) {
    for (let column = row; column < size; column += 1) {
      const value = random() - 0.5;
      matrix[row * size + column] = value;
      matrix[column * size + row] = value;
    }
  }
  return matrix;
}

const farthest = (a: Float64Array, b: Float64Array): number =>
  a.reduce((most, value, index) => Math.max(most, Math.abs(value - b[index]!)), 0);

describe('symmetric matrices', () => {
  it.each([1, 2, 3, 17, 128])('take a %i-sided matrix apart and put it together again', (size) => {
    const matrix = randomSymmetric(size, size);
    const eigen = eigenSymmetric(matrix, size);
    expect(
      farthest(
        applyToSymmetric(eigen, (value) => value),
        matrix,
      ),
    ).toBeLessThan(1e-10);
    const transposed = Float64Array.from(
      { length: size * size },
      (_, index) => eigen.vectors[(index % size) * size + Math.floor(index / size)]!,
    );
    const identity = Float64Array.from({ length: size * size }, (_, index) => (index % (size + 1) === 0 ? 1 : 0));
    expect(farthest(multiply(eigen.vectors, transposed, size), identity)).toBeLessThan(1e-10);
  });

  it('knows the values of a diagonal and of a zero matrix', () => {
    const { values } = eigenSymmetric(Float64Array.of(3, 0, 0, 0, -1, 0, 0, 0, 2), 3);
    expect([...values].toSorted((a, b) => a - b)).toEqual([-1, 2, 3]);
    expect([...eigenSymmetric(new Float64Array(9), 3).values]).toEqual([0, 0, 0]);
  });
});

describe('transport between Gaussians', () => {
  function cloud(seed: number, mix: number): Float32Array[] {
    const random = seededRandom(seed);
    return Array.from({ length: 3000 }, () => {
      const [a, b, c] = [random(), random(), random()];
      return Float32Array.of(a * mix, a + 0.3 * b, c * 0.2 - a * mix);
    });
  }
  const momentsOf = (vectors: readonly Float32Array[]): ReturnType<MomentCollector['moments']> => {
    const collector = new MomentCollector(3);
    for (const vector of vectors) collector.add(vector);
    return collector.moments();
  };

  it('gives one cloud the mean and covariance of another', () => {
    const [from, to] = [cloud(1, 0.5), cloud(2, 2)];
    const [source, target] = [momentsOf(from), momentsOf(to)];
    const map = transportMap(source, target, 0);
    const moved = from.map((vector) =>
      Float32Array.from({ length: 3 }, (_, row) =>
        [0, 1, 2].reduce((sum, column) => sum + map[row * 3 + column]! * (vector[column]! - source.mean[column]!), target.mean[row]!),
      ),
    );
    const made = momentsOf(moved);
    expect(farthest(made.covariance, target.covariance)).toBeLessThan(1e-3);
    expect(farthest(made.mean, target.mean)).toBeLessThan(1e-3);
    // Optimal maps between Gaussians are symmetric.
    expect(map[1]).toBeCloseTo(map[3]!, 8);
  });

  it('stays bounded for a cloud without spread', () => {
    const flat = momentsOf(Array.from({ length: 10 }, () => Float32Array.of(0.5, 0.5, 0.5)));
    const map = transportMap(flat, momentsOf(cloud(3, 1)));
    expect(map.every((value) => Number.isFinite(value))).toBe(true);
  });
});

describe('enlarging rows', () => {
  it('is what resizing gives, away from the edges', () => {
    const random = seededRandom(4);
    const small = newPlanes({ width: 20, height: 15 }, 3);
    for (let index = 0; index < small.data.length; index += 1) small.data[index] = random();
    const size = { width: 57, height: 44 };
    const whole = resize(small, size);
    const rows = new RowEnlarger(small, size);
    for (let y = 0; y < size.height; y += 1) {
      const row = rows.row(y);
      if (y < 9 || y > 34) continue;
      for (let channel = 0; channel < 3; channel += 1) {
        for (let x = 9; x < 48; x += 1) {
          expect(row[channel * size.width + x]).toBeCloseTo(whole.data[(channel * size.height + y) * size.width + x]!, 5);
        }
      }
    }
  });
});

describe('fingerprints', () => {
  it('differ when one byte does, and for lengths that are no multiple of four', () => {
    const bytes = Uint8Array.from({ length: 1003 }, (_, index) => index % 251);
    const seen = new Set([fingerprint(bytes), fingerprint(bytes.subarray(0, 1002))]);
    for (const at of [0, 500, 1000, 1002]) {
      const changed = Uint8Array.from(bytes);
      changed[at] = 255;
      seen.add(fingerprint(changed));
    }
    expect(seen.size).toBe(6);
    expect(fingerprint(Uint8Array.from(bytes))).toBe(fingerprint(bytes));
  });
});
