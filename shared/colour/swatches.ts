/** Palettes as a picture: plain squares of the exact sRGB values, one palette a row, for keeping, showing and picking from. */
import type { Rgb } from './srgb.ts';

/** Side of a swatch in pixels; a gap of an eighth of it parts palettes. */
const sidePx = 96;
const gapPx = sidePx / 8;

/** RGBA, row-major: swatches of a palette touch each other, palettes have a transparent gap between them. */
export function drawSwatches(palettes: readonly (readonly Rgb[])[]): { width: number; height: number; channels: 4; data: Uint8Array } {
  const width = Math.max(1, ...palettes.map((palette) => palette.length)) * sidePx;
  const height = Math.max(1, palettes.length * sidePx + (palettes.length - 1) * gapPx);
  const data = new Uint8Array(width * height * 4);
  palettes.forEach((palette, row) => {
    for (let y = row * (sidePx + gapPx); y < row * (sidePx + gapPx) + sidePx; y += 1) {
      palette.forEach((colour, column) => {
        for (let x = column * sidePx; x < (column + 1) * sidePx; x += 1) data.set([...colour, 255], (y * width + x) * 4);
      });
    }
  });
  return { width, height, channels: 4, data };
}
