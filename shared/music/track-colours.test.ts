import { expect, it } from 'vitest';
import { trackColour, trackColours } from './track-colours.ts';

/** WCAG 2.2, relative luminance of "#rrggbb". */
function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const value = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
function contrast(a: string, b: string): number {
  const [low = 0, high = 0] = [luminance(a), luminance(b)].toSorted((x, y) => x - y);
  return (high + 0.05) / (low + 0.05);
}

it('can be told from the ground of both themes', () => {
  expect(new Set(trackColours).size).toBeGreaterThanOrEqual(8);
  for (const colour of trackColours) {
    for (const ground of ['#f4f2ef', '#1b1917']) expect(contrast(colour, ground)).toBeGreaterThan(3.5);
  }
});

it('goes round', () => {
  expect(trackColour(trackColours.length)).toBe(trackColours[0]);
  expect(trackColour(-1)).toBe(trackColours.at(-1));
});
