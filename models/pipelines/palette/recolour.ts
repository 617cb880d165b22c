/**
 * Recolouring: the picture's own palette is paired with the target one, and every colour moves by the weighted moves of
 * the palette colours near it (in the manner of Chang et al., "Palette-based Photo Recoloring", SIGGRAPH 2015, in OKLab).
 * The move is a smooth function of the colour alone, so edges stay as sharp and as clean as they were.
 */
import { intoGamut } from '../../../shared/colour/gamut.ts';
import { linearFromOklab, oklabFromLinear, type Oklab } from '../../../shared/colour/oklab.ts';
import { fromLinear, toLinear } from '../../../shared/colour/srgb.ts';
import { assignLeastCost } from '../../core/assignment.ts';
import type { PixelImage } from '../../pipeline.ts';

/** Nodes a side of the table of colours; in between it is linear. */
const nodes = 33;

/**
 * Pairs each source colour with a target: like goes to like in relative lightness first, in colour second, each target
 * used as evenly as the counts allow.
 * @returns the target of each source colour
 */
export function pairPalettes(source: readonly Oklab[], target: readonly Oklab[]): Oklab[] {
  const count = Math.max(source.length, target.length);
  const lightness = (colours: readonly Oklab[]): ((L: number) => number) => {
    const all = colours.map(([L]) => L);
    const low = Math.min(...all);
    const span = Math.max(...all) - low;
    return (L) => (span < 1e-6 ? 0.5 : (L - low) / span);
  };
  const sourceLightness = lightness(source);
  const targetLightness = lightness(target);
  const cost = Array.from({ length: count }, (_, row) =>
    Array.from({ length: count }, (_unused, column) => {
      const from = source[row];
      // Targets repeat where there are fewer of them; a surplus of targets is matched with nothing at no cost.
      const to = target[column % target.length];
      if (from === undefined || to === undefined) return 0;
      return (sourceLightness(from[0]) - targetLightness(to[0])) ** 2 + 2 * ((from[1] - to[1]) ** 2 + (from[2] - to[2]) ** 2);
    }),
  );
  const columns = assignLeastCost(cost);
  return source.map((colour, index) => target[(columns[index] ?? 0) % target.length] ?? colour);
}

export interface RecolourOptions {
  /** The picture's own colours and, pair by pair, what they become. */
  source: readonly Oklab[];
  target: readonly Oklab[];
  /** 0 leaves the picture as it is, to the byte. */
  strength: number;
  /** How much of each pixel's own lightness stays, 0..1. */
  keepLightness: number;
  /** Called between bands of rows: may throw to cancel. */
  progress?: (fraction: number) => void;
}

/** A new picture of the same size; alpha as it was; a single channel becomes RGB. */
export function recolour(image: PixelImage, options: RecolourOptions): PixelImage {
  const { width, height } = image;
  const channels = image.channels === 4 ? 4 : 3;
  const data = new Uint8Array(width * height * channels);
  const table = options.strength === 0 ? null : colourTable(options);
  const scale = (nodes - 1) / 255;
  for (let y = 0; y < height; y += 1) {
    if (y % 64 === 0) options.progress?.(y / height);
    for (let pixel = y * width; pixel < (y + 1) * width; pixel += 1) {
      const from = pixel * image.channels;
      const to = pixel * channels;
      const red = image.data[from] ?? 0;
      const green = image.channels === 1 ? red : (image.data[from + 1] ?? 0);
      const blue = image.channels === 1 ? red : (image.data[from + 2] ?? 0);
      if (channels === 4) data[to + 3] = image.data[from + 3] ?? 255;
      if (table === null) {
        data[to] = red;
        data[to + 1] = green;
        data[to + 2] = blue;
        continue;
      }
      const r = Math.min(nodes - 2, Math.floor(red * scale));
      const g = Math.min(nodes - 2, Math.floor(green * scale));
      const b = Math.min(nodes - 2, Math.floor(blue * scale));
      const fr = red * scale - r;
      const fg = green * scale - g;
      const fb = blue * scale - b;
      const base = ((r * nodes + g) * nodes + b) * 3;
      for (let channel = 0; channel < 3; channel += 1) {
        const at = base + channel;
        const edge = (offset: number): number => {
          const low = table[at + offset] ?? 0;
          return low + ((table[at + offset + 3] ?? 0) - low) * fb;
        };
        const near = edge(0) + (edge(nodes * 3) - edge(0)) * fg;
        const far = edge(nodes * nodes * 3) + (edge((nodes + 1) * nodes * 3) - edge(nodes * nodes * 3)) * fg;
        data[to + channel] = Math.round(near + (far - near) * fr);
      }
    }
  }
  return { width, height, channels, data };
}

/** nodes³ colours as bytes 0..255 (not rounded), blue running fastest. */
function colourTable({ source, target, strength, keepLightness }: RecolourOptions): Float32Array {
  const table = new Float32Array(nodes ** 3 * 3);
  const linear = Array.from({ length: nodes }, (_, index) => toLinear(index / (nodes - 1)));
  const width = spacing(source);
  let at = 0;
  for (const red of linear) {
    for (const green of linear) {
      for (const blue of linear) {
        const moved = move(oklabFromLinear(red, green, blue), source, target, width, strength, keepLightness);
        for (const value of linearFromOklab(intoGamut(moved))) {
          table[at] = Math.min(255, Math.max(0, fromLinear(value) * 255));
          at += 1;
        }
      }
    }
  }
  return table;
}

/** Not quite half (0.42) the mean distance from a colour to its nearest neighbour: how far a colour's influence reaches. */
function spacing(source: readonly Oklab[]): number {
  const nearest = source.map((first) =>
    Math.min(
      ...source
        .filter((second) => second !== first)
        .map((second) => Math.hypot(first[0] - second[0], first[1] - second[1], first[2] - second[2])),
    ),
  );
  const finite = nearest.filter(Number.isFinite);
  return finite.length === 0 ? 0.2 : Math.max(0.04, (0.42 * finite.reduce((sum, value) => sum + value, 0)) / finite.length);
}

function move(
  colour: Oklab,
  source: readonly Oklab[],
  target: readonly Oklab[],
  width: number,
  strength: number,
  keepLightness: number,
): Oklab {
  const squared = source.map((centre) => (colour[0] - centre[0]) ** 2 + (colour[1] - centre[1]) ** 2 + (colour[2] - centre[2]) ** 2);
  // Relative to the nearest centre: far from all of them the weights still sum to one.
  const least = Math.min(...squared);
  let total = 0;
  let L = 0;
  let a = 0;
  let b = 0;
  squared.forEach((distance, index) => {
    const from = source[index];
    const to = target[index];
    if (from === undefined || to === undefined) return;
    const weight = Math.exp(-(distance - least) / (2 * width * width));
    total += weight;
    L += weight * (to[0] - from[0]);
    a += weight * (to[1] - from[1]);
    b += weight * (to[2] - from[2]);
  });
  const amount = strength / total;
  // Black and white stay black and white: their chroma has nowhere to go, and paper and ink are not part of a palette.
  const ends = Math.min(1, 6 * colour[0], 12 * (1 - colour[0]) + 0.25);
  return [colour[0] + (1 - keepLightness) * amount * L, colour[1] + amount * a * ends, colour[2] + amount * b * ends];
}
