/**
 * The colours of tracks, the same in the piano roll, the mixer, pictures and exports. Each keeps a contrast of 3.5:1 and more
 * with the light and the dark ground alike, so that one palette serves both themes; neighbours are far apart in hue.
 */
export const trackColours: readonly string[] = [
  '#c16229',
  '#3d78c2',
  '#418954',
  '#7e63c0',
  '#a07a1a',
  '#228a8f',
  '#c04d6e',
  '#78822b',
  '#ab509a',
  '#657689',
];

/** By the track's place in the score, from 0; after the last colour the first comes again. */
export function trackColour(index: number): string {
  const { length } = trackColours;
  return trackColours[((index % length) + length) % length] ?? '#657689';
}
