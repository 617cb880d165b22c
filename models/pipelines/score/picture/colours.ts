import type { Rgb } from '../../../../shared/colour/srgb.ts';

/** Kiln's dark ground, whatever the page's theme: thumbnails look the same everywhere. */
export const ground: Rgb = [27, 25, 23];
export const sunken: Rgb = [19, 18, 16];
export const line: Rgb = [236, 232, 227];
export const accent: Rgb = [240, 123, 69];

const tracks: readonly Rgb[] = [
  [240, 123, 69],
  [98, 186, 172],
  [232, 190, 84],
  [142, 160, 232],
  [222, 124, 150],
  [146, 194, 108],
  [104, 180, 222],
  [188, 142, 216],
];

/** @param index of the track in its score */
export const trackColour = (index: number): Rgb => tracks[index % tracks.length] ?? accent;

export const mixed = (from: Rgb, to: Rgb, share: number): Rgb => [
  Math.round(from[0] + (to[0] - from[0]) * share),
  Math.round(from[1] + (to[1] - from[1]) * share),
  Math.round(from[2] + (to[2] - from[2]) * share),
];
