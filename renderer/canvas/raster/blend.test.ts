import { describe, expect, test } from 'vitest';
import { blendModes, type BlendMode } from '../../../shared/domain/document.ts';
import { compositePixels } from './blend.ts';
import { randomSource } from './testing/random.ts';

/** Written down a second time from the W3C's text, one mode a line, on its own terms. */
function blend(mode: BlendMode, cb: number, cs: number): number {
  switch (mode) {
    case 'normal':
      return cs;
    case 'multiply':
      return cb * cs;
    case 'screen':
      return 1 - (1 - cb) * (1 - cs);
    case 'overlay':
      return blend('hard-light', cs, cb);
    case 'darken':
      return cb < cs ? cb : cs;
    case 'lighten':
      return cb > cs ? cb : cs;
    case 'color-dodge':
      if (cb === 0) return 0;
      return cs === 1 ? 1 : Math.min(1, cb / (1 - cs));
    case 'color-burn':
      if (cb === 1) return 1;
      return cs === 0 ? 0 : 1 - Math.min(1, (1 - cb) / cs);
    case 'hard-light':
      return cs <= 0.5 ? blend('multiply', cb, 2 * cs) : blend('screen', cb, 2 * cs - 1);
    case 'soft-light': {
      const d = cb <= 0.25 ? ((16 * cb - 12) * cb + 4) * cb : Math.sqrt(cb);
      return cs <= 0.5 ? cb - (1 - 2 * cs) * cb * (1 - cb) : cb + (2 * cs - 1) * (d - cb);
    }
    case 'difference':
      return Math.abs(cb - cs);
    case 'exclusion':
      return cb + cs - 2 * cb * cs;
  }
}

function composite(mode: BlendMode, backdrop: readonly number[], source: readonly number[], opacity: number): number[] {
  const ab = backdrop[3]! / 255;
  const as = (source[3]! / 255) * opacity;
  const ao = as + ab * (1 - as);
  if (ao === 0) return [...backdrop];
  const colour = [0, 1, 2].map((c) => {
    const [cb, cs] = [backdrop[c]! / 255, source[c]! / 255];
    // Section 9's "Cs = (1 - ab) Cs + ab B(Cb, Cs)", then source-over.
    const mixed = (1 - ab) * cs + ab * blend(mode, cb, cs);
    return (255 * (as * mixed + (1 - as) * ab * cb)) / ao;
  });
  return [...colour, 255 * ao];
}

const corners = [0, 1, 63, 64, 127, 128, 254, 255];

function randomBytes(random: () => number, pixels: number): Uint8Array {
  return Uint8Array.from({ length: pixels * 4 }, () => (random() < 0.3 ? corners[Math.floor(random() * corners.length)]! : random() * 256));
}

describe.each(blendModes)('%s', (mode) => {
  test.each([1, 0.5, 0.137, 0.003])('at opacity %d is the formula, rounded to nearest', (opacity) => {
    const random = randomSource(17);
    const backdrop = randomBytes(random, 20_000);
    const source = randomBytes(random, 20_000);
    const result = backdrop.slice();
    compositePixels(result, source, mode, opacity);
    let worst = 0;
    for (let i = 0; i < result.length; i += 4) {
      if (source[i + 3] === 0) continue;
      const expected = composite(mode, [...backdrop.subarray(i, i + 4)], [...source.subarray(i, i + 4)], opacity);
      for (let c = 0; c < 4; c += 1) worst = Math.max(worst, Math.abs(result[i + c]! - expected[c]!));
    }
    // Half a step is rounding; the rest is the table's 16 bits.
    expect(worst).toBeLessThan(0.505);
  });

  test('is the identity at opacity 0 and under transparent pixels, whatever colour they hide', () => {
    const random = randomSource(23);
    const backdrop = randomBytes(random, 500);
    const source = randomBytes(random, 500);
    const result = backdrop.slice();
    compositePixels(result, source, mode, 0);
    expect(result).toEqual(backdrop);
    for (let i = 3; i < source.length; i += 4) source[i] = 0;
    compositePixels(result, source, mode, 1);
    expect(result).toEqual(backdrop);
  });

  test('over nothing is the source itself', () => {
    const source = randomBytes(randomSource(29), 500).map((value, i) => (i % 4 === 3 && value === 0 ? 9 : value));
    const result = new Uint8Array(source.length);
    compositePixels(result, source, mode, 1);
    expect(result).toEqual(source);
  });

  test('keeps an opaque backdrop opaque', () => {
    const random = randomSource(31);
    const backdrop = randomBytes(random, 2000).map((value, i) => (i % 4 === 3 ? 255 : value));
    compositePixels(backdrop, randomBytes(random, 2000), mode, 0.77);
    expect(backdrop.every((value, i) => i % 4 !== 3 || value === 255)).toBe(true);
  });
});

test('normal copies opaque pixels exactly', () => {
  const random = randomSource(37);
  const source = randomBytes(random, 2000).map((value, i) => (i % 4 === 3 ? 255 : value));
  const result = randomBytes(random, 2000);
  compositePixels(result, source, 'normal', 1);
  expect(result).toEqual(source);
});

test('a layer over a picture of the same colours changes nothing, at any opacity', () => {
  const picture = randomBytes(randomSource(41), 2000).map((value, i) => (i % 4 === 3 ? 255 : value));
  for (const opacity of [0.01, 0.33, 0.5, 0.999, 1]) {
    const result = picture.slice();
    compositePixels(result, picture, 'normal', opacity);
    expect(result).toEqual(picture);
  }
});

test('lengths that differ are refused', () => {
  expect(() => compositePixels(new Uint8Array(8), new Uint8Array(4), 'normal', 1)).toThrow(RangeError);
});
