import { describe, expect, it } from 'vitest';
import { philox4x32, PhiloxNoise, seedWords } from './philox.ts';

describe('Philox4x32-10', () => {
  // Known answers of Random123 (kat_vectors): counter and key all zeros, all ones, digits of pi.
  it('gives the published blocks', () => {
    expect(philox4x32([0, 0, 0, 0], 0, 0)).toEqual([0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8]);
    const ones = 0xffffffff;
    expect(philox4x32([ones, ones, ones, ones], ones, ones)).toEqual([0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd]);
    expect(philox4x32([0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344], 0xa4093822, 0x299f31d0)).toEqual([
      0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1,
    ]);
  });

  it('gives the published normal numbers of seed 0', () => {
    const published = [
      -0.92466259, -0.42534415, -2.6438457, 0.14518388, -0.12086647, -0.57972564, -0.62285122, -0.32838709, -1.07454231, -0.36314407,
      -1.67105067, 2.26550497,
    ];
    const drawn = new PhiloxNoise(0).normal(12);
    published.forEach((value, index) => expect(Math.abs((drawn[index] ?? NaN) - value), String(index)).toBeLessThan(2e-7));
  });

  it('counts calls: a second tensor differs, does not depend on the length of the first, and can be resumed', () => {
    const long = new PhiloxNoise(0);
    long.normal(1000);
    expect(long.callIndex).toBe(1);
    const second = long.normal(4);
    const short = new PhiloxNoise(0);
    short.normal(1);
    expect(short.normal(4)).toEqual(second);
    expect(new PhiloxNoise(0, 1).normal(4)).toEqual(second);
    // An independent implementation in NumPy, seed 0, call 1.
    [0.1808259, -0.5522628, 0.9238134, -0.7349703].forEach((value, index) => expect(second[index]).toBeCloseTo(value, 6));
  });

  it('uses all 64 bits of the seed', () => {
    expect(seedWords(2 ** 40 + 12345)).toEqual([12345, 256]);
    expect(seedWords(-1)).toEqual([0xffffffff, 0xffffffff]);
    expect(seedWords(2n ** 64n + 5n)).toEqual([5, 0]);
    const drawn = new PhiloxNoise(2 ** 40 + 12345).normal(4);
    [0.886161, 0.1250649, -2.7011123, -2.9404941].forEach((value, index) => expect(drawn[index]).toBeCloseTo(value, 5));
    expect(new PhiloxNoise(2n ** 64n - 1n, 3).normal(1)[0]).toBeCloseTo(-0.9817537, 5);
    expect(new PhiloxNoise(12345).normal(4)).not.toEqual(drawn);
    expect(() => seedWords(1.5)).toThrow(RangeError);
    expect(() => seedWords(2 ** 60)).toThrow(RangeError);
  });

  it('is standard normal and prefix-stable', () => {
    const drawn = new PhiloxNoise(7).normal(20_000);
    const mean = drawn.reduce((sum, value) => sum + value, 0) / drawn.length;
    const variance = drawn.reduce((sum, value) => sum + (value - mean) ** 2, 0) / drawn.length;
    const beyondTwo = drawn.filter((value) => Math.abs(value) > 2).length / drawn.length;
    expect(Math.abs(mean)).toBeLessThan(0.02);
    expect(Math.abs(variance - 1)).toBeLessThan(0.03);
    expect(Math.abs(beyondTwo - 0.0455)).toBeLessThan(0.006);
    expect(new PhiloxNoise(7).normal(50)).toEqual(drawn.slice(0, 50));
  });
});
