import { expect, it } from 'vitest';
import { gaussianBlur, wideBlur } from './gaussian-blur.ts';
import { averageKnown, diffuseInto, holesOf, rowsOf } from './known-average.ts';
import { clusterByCell } from './mask-regions.ts';
import { newPlanes } from './planes.ts';
import { seededRandom } from './seeded-random.ts';

function picture(width: number, height: number): ReturnType<typeof newPlanes> {
  const random = seededRandom(width);
  const planes = newPlanes({ width, height }, 1);
  planes.data.forEach((_, index) => (planes.data[index] = random()));
  return planes;
}

it('averages known pixels by area and leaves unknown ones out', () => {
  const planes = picture(7, 5);
  const unknown = Uint8Array.from({ length: 35 }, (_, index) => (index === 8 ? 1 : 0));
  const { picture: small, known } = averageKnown(rowsOf(planes), unknown, { width: 3, height: 2 });
  // By hand, for the first pixel: columns 0..7/3, rows 0..5/2, without pixel (1, 1).
  let sum = 0;
  let weight = 0;
  for (const [y, down] of [
    [0, 1],
    [1, 1],
    [2, 0.5],
  ] as const) {
    for (const [x, across] of [
      [0, 1],
      [1, 1],
      [2, 1 / 3],
    ] as const) {
      if (x === 1 && y === 1) continue;
      sum += down * across * (planes.data[y * 7 + x] ?? 0);
      weight += down * across;
    }
  }
  expect(small.data[0]).toBeCloseTo(sum / weight, 5);
  expect([...holesOf(known)]).toEqual([1, 0, 0, 0, 0, 0]);
  const same = averageKnown(rowsOf(planes), new Uint8Array(35), planes);
  expect(Math.max(...same.picture.data.map((value, index) => Math.abs(value - (planes.data[index] ?? 0))))).toBeLessThan(1e-6);
});

it('fills what is unknown from around it, and with grey when nothing is known', () => {
  const planes = newPlanes({ width: 8, height: 8 }, 1);
  planes.data.fill(0.8);
  planes.data[27] = 0;
  const known = new Float32Array(64).fill(1);
  known[27] = 0;
  expect(diffuseInto(planes, known).data[27]).toBeCloseTo(0.8, 5);
  expect(new Set(diffuseInto(planes, new Float32Array(64)).data)).toEqual(new Set([0.5]));
});

it('blurs widely almost as a Gaussian does, and keeps a flat picture flat', () => {
  const planes = picture(80, 60);
  const exact = gaussianBlur(planes, 6);
  const quick = wideBlur(planes, 6);
  // Away from the edge, which the two treat differently.
  for (let y = 20; y < 40; y += 1) {
    for (let x = 20; x < 60; x += 1) expect(quick.data[y * 80 + x]).toBeCloseTo(exact.data[y * 80 + x] ?? 0, 1.7);
  }
  const flat = newPlanes({ width: 9, height: 9 }, 1);
  flat.data.fill(0.3);
  for (const blurred of [gaussianBlur(flat, 2), wideBlur(flat, 4)]) for (const value of blurred.data) expect(value).toBeCloseTo(0.3, 5);
});

it('groups small boxes by where they lie and leaves large ones alone', () => {
  const small = Array.from({ length: 100 }, (_, index) => ({ x: (index % 10) * 5, y: Math.floor(index / 10) * 5, width: 2, height: 2 }));
  const large = { x: 0, y: 0, width: 90, height: 30 };
  const groups = clusterByCell([large, ...small, { x: 500, y: 500, width: 1, height: 1 }], 64);
  expect(groups).toContainEqual(large);
  expect(groups).toContainEqual({ x: 0, y: 0, width: 47, height: 47 });
  expect(groups).toHaveLength(3);
});
