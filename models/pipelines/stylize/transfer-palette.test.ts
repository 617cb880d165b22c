import { describe, expect, it } from 'vitest';
import { newPlanes, type Planes } from '../../core/planes.ts';
import { seededRandom } from '../../core/seeded-random.ts';
import type { PixelImage } from '../../pipeline.ts';
import { transferPalette } from './transfer-palette.ts';

const side = 64;

/** Greys with some noise: lightness rises from left to right. */
function greys(): Planes {
  const random = seededRandom(1);
  const picture = newPlanes({ width: side, height: side }, 3);
  for (let index = 0; index < side * side; index += 1) {
    const level = 0.15 + (0.7 * (index % side)) / side + 0.02 * random();
    for (let channel = 0; channel < 3; channel += 1) picture.data[channel * side * side + index] = level;
  }
  return picture;
}

/** One colour: greys multiplied by it. */
function tinted([red, green, blue]: readonly [number, number, number]): PixelImage {
  const data = new Uint8Array(side * side * 3);
  for (let index = 0; index < side * side; index += 1) {
    const level = 40 + (180 * (index % side)) / side;
    data.set([red * level, green * level, blue * level], index * 3);
  }
  return { width: side, height: side, channels: 3, data };
}

const meanOf = ({ data }: Planes, channel: number): number =>
  data.subarray(channel * side * side, (channel + 1) * side * side).reduce((sum, value) => sum + value, 0) / (side * side);

const red = tinted([1, 0.3, 0.2]);
const blue = tinted([0.2, 0.4, 1]);
const moved = (styles: { style: PixelImage; share: number }[], amount: number): Planes => {
  const painted = greys();
  transferPalette(painted, { picture: greys(), styles, amount, seed: 3 });
  return painted;
};

describe('transferring a palette', () => {
  it('gives the style’s colour, by amount, and nothing at 0', () => {
    expect(moved([{ style: red, share: 1 }], 0)).toEqual(greys());
    const redness = [0, 0.3, 0.6, 1].map((amount) => {
      const made = moved([{ style: red, share: 1 }], amount);
      return meanOf(made, 0) - meanOf(made, 2);
    });
    expect(redness).toEqual(redness.toSorted((a, b) => a - b));
    expect(redness[3]).toBeGreaterThan(0.3);
  });

  it('takes of several styles by their shares', () => {
    const warmth = [0, 0.2, 0.8, 1].map((share) => {
      const made = moved(
        [
          { style: red, share },
          { style: blue, share: 1 - share },
        ],
        1,
      );
      return meanOf(made, 0) - meanOf(made, 2);
    });
    expect(warmth).toEqual(warmth.toSorted((a, b) => a - b));
    expect(warmth[0]).toBeLessThan(-0.2);
    expect(warmth[3]).toBeGreaterThan(0.3);
  });

  it('does not let noise grow: neighbours that are alike stay alike', () => {
    const random = seededRandom(5);
    const many = tinted([1, 1, 1]);
    for (let index = 0; index < many.data.length; index += 1) many.data[index] = Math.floor(256 * random());
    const before = greys();
    const after = moved([{ style: many, share: 1 }], 1);
    for (let index = 0; index + 1 < side; index += 1) {
      const stepOf = (planes: Planes): number =>
        Math.hypot(
          ...[0, 1, 2].map((channel) => planes.data[channel * side * side + index + 1]! - planes.data[channel * side * side + index]!),
        );
      expect(stepOf(after)).toBeLessThan(3 * stepOf(before) + 0.01);
    }
  });

  it('takes grey styles, and pictures smaller than a sample', () => {
    const tiny = newPlanes({ width: 3, height: 2 }, 3);
    tiny.data.fill(0.5);
    const grey: PixelImage = { width: 2, height: 1, channels: 1, data: Uint8Array.of(0, 255) };
    transferPalette(tiny, { picture: tiny, styles: [{ style: grey, share: 1 }], amount: 1, seed: 0 });
    for (const value of tiny.data) expect(value >= 0 && value <= 1).toBe(true);
  });
});
