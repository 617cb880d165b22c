import { describe, expect, it } from 'vitest';
import { adjustForContrast, contrastRatio, contrastTable, contrastVerdict, readableOn } from './contrast.ts';
import { bytesInGamut, intoGamut, isInGamut } from './gamut.ts';
import { bytesFromOklab, oklabFromBytes, oklabFromOklch, oklchFromOklab, type Oklab } from './oklab.ts';
import { fromLinear, parseHex, toHex, toLinear, type Rgb } from './srgb.ts';

describe('sRGB', () => {
  it('reads and writes hex', () => {
    expect(parseHex('#1a2B3c')).toEqual([26, 43, 60]);
    expect(parseHex('fA0')).toEqual([255, 170, 0]);
    expect(toHex([26, 43, 60])).toBe('#1a2b3c');
    for (const wrong of ['', '#12', '#12345', '#1234567', '#ggg', 'red']) expect(parseHex(wrong)).toBeNull();
  });

  it('converts to linear light and back', () => {
    expect(toLinear(0.5)).toBeCloseTo(0.21404, 5);
    for (const value of [-0.2, 0, 0.002, 0.0031308, 0.04, 0.5, 1, 1.2]) expect(toLinear(fromLinear(value))).toBeCloseTo(value, 6);
  });
});

describe('OKLab', () => {
  it("agrees with Ottosson's published values", () => {
    const expected: [Rgb, Oklab][] = [
      [
        [255, 255, 255],
        [1, 0, 0],
      ],
      [
        [255, 0, 0],
        [0.62796, 0.22486, 0.12585],
      ],
      [
        [0, 255, 0],
        [0.86644, -0.23389, 0.1795],
      ],
      [
        [0, 0, 255],
        [0.45201, -0.03246, -0.31153],
      ],
    ];
    for (const [bytes, lab] of expected) oklabFromBytes(bytes).forEach((value, index) => expect(value).toBeCloseTo(lab[index]!, 3));
  });

  it('gives every eighth colour of the cube back to the byte, also through OKLCh', () => {
    for (let red = 0; red < 256; red += 15) {
      for (let green = 0; green < 256; green += 15) {
        for (let blue = 0; blue < 256; blue += 15) {
          const lab = oklabFromBytes([red, green, blue]);
          expect(bytesFromOklab(lab)).toEqual([red, green, blue]);
          expect(bytesInGamut(oklabFromOklch(oklchFromOklab(lab)))).toEqual([red, green, blue]);
        }
      }
    }
  });

  it('maps colours outside sRGB to the same lightness and hue', () => {
    for (const hue of [0, 40, 110, 200, 265, 330]) {
      const vivid = oklabFromOklch([0.7, 0.35, hue]);
      expect(isInGamut(vivid)).toBe(false);
      const mapped = intoGamut(vivid);
      expect(isInGamut(mapped)).toBe(true);
      expect(mapped[0]).toBe(0.7);
      expect(oklchFromOklab(mapped)[2]).toBeCloseTo(hue, 6);
      // One more step of chroma would leave the gamut: it is the largest, not merely a safe one.
      expect(isInGamut(oklabFromOklch([0.7, oklchFromOklab(mapped)[1] + 0.001, hue]))).toBe(false);
    }
    expect(bytesInGamut([1.3, 0.1, 0.1])).toEqual([255, 255, 255]);
  });
});

describe('contrast', () => {
  it("gives WCAG's known ratios", () => {
    expect(contrastRatio([0, 0, 0], [255, 255, 255])).toBeCloseTo(21, 10);
    expect(contrastRatio([255, 255, 255], [119, 119, 119])).toBeCloseTo(4.48, 2);
    expect(contrastRatio([118, 118, 118], [255, 255, 255])).toBeCloseTo(4.54, 2);
    expect(contrastVerdict([118, 118, 118], [255, 255, 255])).toMatchObject({ text: 'AA', largeText: 'AAA', parts: 'AA' });
    expect(contrastVerdict([119, 119, 119], [255, 255, 255])).toMatchObject({ text: 'fails', largeText: 'AA', parts: 'AA' });
    const table = contrastTable([
      [0, 0, 0],
      [200, 30, 60],
      [255, 255, 255],
    ]);
    expect(table[0]![2]).toBe(table[2]![0]);
    expect(table[1]![1]).toBe(1);
  });

  it('finds ink that reads on any grey, and moves a colour just far enough', () => {
    for (let grey = 0; grey < 256; grey += 5)
      expect(contrastRatio(readableOn([grey, grey, grey]), [grey, grey, grey])).toBeGreaterThan(4.5);
    const blue: Rgb = [90, 120, 220];
    const adjusted = adjustForContrast(blue, [255, 255, 255], 7)!;
    const ratio = contrastRatio(adjusted, [255, 255, 255]);
    expect(ratio).toBeGreaterThanOrEqual(7);
    expect(ratio).toBeLessThan(7.4);
    expect(Math.abs(oklchFromOklab(oklabFromBytes(adjusted))[2] - oklchFromOklab(oklabFromBytes(blue))[2])).toBeLessThan(4);
    expect(adjustForContrast(blue, [119, 119, 119], 7)).toBeNull();
  });
});
