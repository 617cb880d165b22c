/** Bringing OKLab colours into sRGB without turning their hue. */
import { bytesFromOklab, linearFromOklab, oklabFromOklch, oklchFromOklab, type Oklab } from './oklab.ts';
import type { Rgb } from './srgb.ts';

/** Half an 8-bit step near black: rounding brings such a colour back inside. */
const tolerance = 1e-4;

export function isInGamut(colour: Oklab): boolean {
  return linearFromOklab(colour).every((value) => value >= -tolerance && value <= 1 + tolerance);
}

/**
 * The colour itself, or the same lightness and hue with the largest chroma that sRGB holds (to 0.0005).
 * @returns OKLab inside the gamut; lightness is clamped to 0..1
 */
export function intoGamut(colour: Oklab): Oklab {
  const lightness = Math.min(1, Math.max(0, colour[0]));
  const clamped: Oklab = [lightness, colour[1], colour[2]];
  if (isInGamut(clamped)) return clamped;
  const [, chroma, hue] = oklchFromOklab(clamped);
  let inside = 0;
  let outside = chroma;
  while (outside - inside > 0.0005) {
    const middle = (inside + outside) / 2;
    if (isInGamut(oklabFromOklch([lightness, middle, hue]))) inside = middle;
    else outside = middle;
  }
  return oklabFromOklch([lightness, inside, hue]);
}

/** sRGB bytes of the colour mapped into the gamut. */
export const bytesInGamut = (colour: Oklab): Rgb => bytesFromOklab(intoGamut(colour));
