/** Contrast as WCAG 2.2 defines it (success criteria 1.4.3, 1.4.6 and 1.4.11). */
import { bytesInGamut } from './gamut.ts';
import { oklabFromBytes } from './oklab.ts';
import { toByte, type Rgb } from './srgb.ts';

/** Relative luminance of sRGB bytes, 0..1. The threshold 0.04045 is the standard's; no 8-bit colour tells it from WCAG's 0.03928. */
export function relativeLuminance([red, green, blue]: Rgb): number {
  const linear = (byte: number): number => {
    const value = toByte(byte) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  };
  return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);
}

/** 1 (the same luminance) .. 21 (black on white); the order does not matter. */
export function contrastRatio(first: Rgb, second: Rgb): number {
  const [low, high] = [relativeLuminance(first), relativeLuminance(second)].toSorted((a, b) => a - b) as [number, number];
  return (high + 0.05) / (low + 0.05);
}

/** Least ratios. Large text: from 24 px, or 18.66 px bold. `part`: icons, borders and graphs that carry meaning. */
export const contrastLevels = { aa: 4.5, aaLarge: 3, aaa: 7, aaaLarge: 4.5, part: 3 } as const;

export interface ContrastVerdict {
  ratio: number;
  /** The best level that body text reaches. */
  text: 'AAA' | 'AA' | 'fails';
  largeText: 'AAA' | 'AA' | 'fails';
  /** Icons and other parts of an interface (1.4.11). */
  parts: 'AA' | 'fails';
}

export function contrastVerdict(first: Rgb, second: Rgb): ContrastVerdict {
  const ratio = contrastRatio(first, second);
  return {
    ratio,
    text: ratio >= contrastLevels.aaa ? 'AAA' : ratio >= contrastLevels.aa ? 'AA' : 'fails',
    largeText: ratio >= contrastLevels.aaaLarge ? 'AAA' : ratio >= contrastLevels.aaLarge ? 'AA' : 'fails',
    parts: ratio >= contrastLevels.part ? 'AA' : 'fails',
  };
}

/** The ratio of each colour on each other one: a symmetric table with 1 on its diagonal. */
export function contrastTable(colours: readonly Rgb[]): number[][] {
  return colours.map((row) => colours.map((column) => contrastRatio(row, column)));
}

/** Black or white, whichever reads better on the colour: at least 4.58 on any. */
export function readableOn(background: Rgb): Rgb {
  const white: Rgb = [255, 255, 255];
  const black: Rgb = [0, 0, 0];
  return contrastRatio(white, background) >= contrastRatio(black, background) ? white : black;
}

/**
 * The colour with its OKLab lightness moved as little as needed to reach a ratio on a background; hue is kept, chroma
 * where the gamut allows.
 * @param ratio 1..21
 * @returns null when neither direction reaches it
 */
export function adjustForContrast(colour: Rgb, background: Rgb, ratio: number): Rgb | null {
  if (contrastRatio(colour, background) >= ratio) return colour;
  const [lightness, a, b] = oklabFromBytes(colour);
  for (let step = 1; step <= 200; step += 1) {
    for (const direction of [1, -1]) {
      const moved = lightness + (direction * step) / 200;
      if (moved < 0 || moved > 1) continue;
      const candidate = bytesInGamut([moved, a, b]);
      if (contrastRatio(candidate, background) >= ratio) return candidate;
    }
  }
  return null;
}
