/**
 * Gives what was painted the style's distribution of colours. Features carry a style's main colours; its rare strong ones
 * mostly get lost between them. Colours are moved onto the style's by optimal transport in OKLab, and the moves, smoothed,
 * become one table for the whole picture: the same colour goes to the same colour everywhere. The content's own chroma is
 * mixed in first, so that what differs in colour there (leaves, sky, skin) gets different ones of the style's colours.
 */
import { oklabFromLinear } from '../../../shared/colour/oklab.ts';
import { linearOfByte, toLinear } from '../../../shared/colour/srgb.ts';
import type { Planes } from '../../core/planes.ts';
import { seededRandom } from '../../core/seeded-random.ts';
import { slicedTransport } from '../../core/sliced-transport.ts';
import type { PixelImage } from '../../pipeline.ts';
import { nodes, tableOfMoves } from './colour-moves.ts';

/** Pixels that stand for a picture's colours. */
const samples = 2048;
const rounds = 14;
const contentChroma = 0.6;

export interface PaletteTransfer {
  /** What was painted from: RGB 0..1, the size of what was painted. */
  picture: Planes;
  /** Shares sum to 1. */
  styles: readonly { style: PixelImage; share: number }[];
  /** 0 leaves everything as it is. */
  amount: number;
  seed: number;
}

/** @param painted RGB 0..1, changed in place */
export function transferPalette(painted: Planes, { picture, styles, amount, seed }: PaletteTransfer): void {
  if (amount <= 0) return;
  const from = mixedColours(painted, picture, seed);
  moveColours(painted, picture, tableOfMoves(from, slicedTransport(from, styleColours(styles, seed), rounds, seed)), amount);
}

const unit = (value: number): number => (value < 0 ? 0 : value > 1 ? 1 : value);

/** OKLab of pixels, one by lot from each of `wanted` equal stretches of the picture. */
function sampleOf(wanted: number, pixels: number, seed: number, read: (pixel: number) => readonly number[]): Float32Array {
  const random = seededRandom(seed);
  const points = new Float32Array(wanted * 3);
  for (let point = 0; point < wanted; point += 1) {
    points.set(read(Math.min(pixels - 1, Math.floor(((point + random()) * pixels) / wanted))), point * 3);
  }
  return points;
}

/** Of what was painted, with a part of the picture's own chroma. */
function mixedColours({ width, height, data }: Planes, { data: own }: Planes, seed: number): Float32Array {
  const count = width * height;
  return sampleOf(samples, count, seed, (pixel) => {
    const [red, green, blue] = [own[pixel] ?? 0, own[count + pixel] ?? 0, own[2 * count + pixel] ?? 0];
    const luminance = 0.299 * red + 0.587 * green + 0.114 * blue;
    const mixed = (channel: number, value: number): number =>
      toLinear(unit((data[channel * count + pixel] ?? 0) + contentChroma * (value - luminance)));
    return oklabFromLinear(mixed(0, red), mixed(1, green), mixed(2, blue));
  });
}

/** Of each style as many as its share asks for. */
function styleColours(styles: PaletteTransfer['styles'], seed: number): Float32Array {
  const points = new Float32Array(samples * 3);
  let from = 0;
  let shares = 0;
  for (const [index, { style, share }] of styles.entries()) {
    shares += share;
    const to = index === styles.length - 1 ? samples : Math.min(samples, Math.round(shares * samples));
    points.set(coloursOf(style, to - from, seed + 1), from * 3);
    from = to;
  }
  return points;
}

function coloursOf({ width, height, channels, data }: PixelImage, wanted: number, seed: number): Float32Array {
  return sampleOf(wanted, width * height, seed, (pixel) => {
    const linear = (channel: number): number => linearOfByte[data[pixel * channels + (channels === 1 ? 0 : channel)] ?? 0] ?? 0;
    return oklabFromLinear(linear(0), linear(1), linear(2));
  });
}

/** Moves what was painted by `amount` to where the table takes its mixed colours (trilinear); one pass, nothing is copied. */
function moveColours({ width, height, data }: Planes, { data: own }: Planes, table: Float32Array, amount: number): void {
  const count = width * height;
  const last = nodes - 1;
  const row = nodes * 3;
  const slab = nodes * row;
  for (let index = 0; index < count; index += 1) {
    const ownRed = own[index] ?? 0;
    const ownGreen = own[count + index] ?? 0;
    const ownBlue = own[2 * count + index] ?? 0;
    const luminance = 0.299 * ownRed + 0.587 * ownGreen + 0.114 * ownBlue;
    const red = last * unit((data[index] ?? 0) + contentChroma * (ownRed - luminance));
    const green = last * unit((data[count + index] ?? 0) + contentChroma * (ownGreen - luminance));
    const blue = last * unit((data[2 * count + index] ?? 0) + contentChroma * (ownBlue - luminance));
    const r = Math.min(last - 1, red | 0);
    const g = Math.min(last - 1, green | 0);
    const b = Math.min(last - 1, blue | 0);
    const down = red - r;
    const across = green - g;
    const along = blue - b;
    let at = r * slab + g * row + b * 3;
    for (let to = index; to < 3 * count; to += count, at += 1) {
      const n00 = table[at] ?? 0;
      const n01 = table[at + row] ?? 0;
      const n10 = table[at + slab] ?? 0;
      const n11 = table[at + slab + row] ?? 0;
      const e00 = n00 + ((table[at + 3] ?? 0) - n00) * along;
      const e01 = n01 + ((table[at + row + 3] ?? 0) - n01) * along;
      const e10 = n10 + ((table[at + slab + 3] ?? 0) - n10) * along;
      const e11 = n11 + ((table[at + slab + row + 3] ?? 0) - n11) * along;
      const near = e00 + (e01 - e00) * across;
      const made = near + (e10 + (e11 - e10) * across - near) * down;
      const before = data[to] ?? 0;
      data[to] = before + amount * (made - before);
    }
  }
}
