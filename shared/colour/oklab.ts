/** OKLab and OKLCh (Ottosson, "A perceptual color space for image processing", 2020), D65. */
import { fromLinear, linearOfByte, toByte, type Rgb } from './srgb.ts';

/** L 0..1; a and b about -0.4..0.4. */
export type Oklab = readonly [L: number, a: number, b: number];
/** L 0..1; chroma 0..about 0.37; hue in degrees 0..360. */
export type Oklch = readonly [L: number, chroma: number, hueDegrees: number];

export function oklabFromLinear(red: number, green: number, blue: number): Oklab {
  const l = Math.cbrt(0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue);
  const m = Math.cbrt(0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue);
  const s = Math.cbrt(0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue);
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ];
}

/** Linear light; outside 0..1 where the colour lies outside sRGB. */
export function linearFromOklab([L, a, b]: Oklab): Rgb {
  const l = (L + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (L - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (L - 0.0894841775 * a - 1.291485548 * b) ** 3;
  return [
    4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
    -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
    -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s,
  ];
}

/** sRGB bytes -> OKLab. */
export function oklabFromBytes([red, green, blue]: Rgb): Oklab {
  return oklabFromLinear(linearOfByte[toByte(red)] ?? 0, linearOfByte[toByte(green)] ?? 0, linearOfByte[toByte(blue)] ?? 0);
}

/** OKLab -> sRGB bytes, each channel clipped: map into the gamut first where the hue matters (gamut.ts). */
export function bytesFromOklab(colour: Oklab): Rgb {
  const [red, green, blue] = linearFromOklab(colour);
  return [toByte(fromLinear(red) * 255), toByte(fromLinear(green) * 255), toByte(fromLinear(blue) * 255)];
}

export function oklchFromOklab([L, a, b]: Oklab): Oklch {
  const hue = (Math.atan2(b, a) * 180) / Math.PI;
  return [L, Math.hypot(a, b), hue < 0 ? hue + 360 : hue];
}

export function oklabFromOklch([L, chroma, hueDegrees]: Oklch): Oklab {
  const angle = (hueDegrees * Math.PI) / 180;
  return [L, chroma * Math.cos(angle), chroma * Math.sin(angle)];
}

/** Euclidean distance in OKLab; 0.02 is about the smallest difference seen side by side. */
export function oklabDistance(first: Oklab, second: Oklab): number {
  return Math.hypot(first[0] - second[0], first[1] - second[1], first[2] - second[2]);
}
