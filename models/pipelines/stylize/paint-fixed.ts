/**
 * Painting with a graph that holds one style. Such graphs normalise over what they are given (instance normalisation), so
 * tiles of one picture come out with different brightness: every tile is given the coarse colours of a small run of the whole.
 */
import type { StylizeFixedConvention } from '../../../shared/domain/pack-manifest.ts';
import type { Rect, Size } from '../../../shared/domain/geometry.ts';
import { runStylizer } from '../../components/stylizer.ts';
import { cropPlanes } from '../../core/crop-planes.ts';
import { gaussianBlur } from '../../core/gaussian-blur.ts';
import { newPlanes, type Planes } from '../../core/planes.ts';
import { resize } from '../../core/resize.ts';
import type { PipelineContext } from '../../pipeline.ts';
import type { ModelSession } from '../../runtime.ts';

/** Free-size graphs are run whole up to this: they keep some 1,000 bytes a pixel. */
const mostPixels = 800_000;
const freeTile = 768;

/** @returns RGB 0..1 of the picture's size */
export async function paintFixed(
  picture: Planes,
  convention: StylizeFixedConvention,
  context: PipelineContext<'stylize'>,
  most = mostPixels,
): Promise<Planes> {
  const bare = await context.session();
  const session: ModelSession = { ...bare, run: (feeds) => context.time('run', () => bare.run(feeds)) };
  const box = convention.fixedSize ?? { width: Math.min(freeTile, picture.width), height: Math.min(freeTile, picture.height) };
  const fits = picture.width <= box.width && picture.height <= box.height;
  if (fits || (convention.fixedSize === null && picture.width * picture.height <= most)) {
    context.progress('Painting', 0, 1, 0.05);
    return runStylizer(session, convention, picture);
  }
  const side = Math.max(picture.width, picture.height);
  const shrink = Math.min(1, Math.min(box.width, box.height) / side);
  const whole = { width: Math.max(1, Math.round(picture.width * shrink)), height: Math.max(1, Math.round(picture.height * shrink)) };
  const guide = resize(await runStylizer(session, convention, resize(picture, whole)), picture);
  const sigma = Math.min(box.width, box.height) / 6;
  const tiles = tilesWithOverlap(picture, box);
  const sum = newPlanes(picture, 3);
  const weights = newPlanes(picture, 1);
  for (const [index, tile] of tiles.entries()) {
    context.signal.throwIfAborted();
    context.progress('Painting', index, tiles.length, 0.05 + (0.9 * index) / tiles.length);
    const made = await runStylizer(session, convention, cropPlanes(picture, tile));
    await context.time('blend', () => addTile(made, cropPlanes(guide, tile), tile, sigma, sum, weights));
  }
  const count = picture.width * picture.height;
  for (let index = 0; index < sum.data.length; index += 1) {
    sum.data[index] = Math.min(1, Math.max(0, (sum.data[index] ?? 0) / (weights.data[index % count] ?? 1)));
  }
  return sum;
}

/** Tiles of one size (or the picture's, where that is smaller) that overlap by at least a quarter. */
export function tilesWithOverlap(size: Size, box: Size): Rect[] {
  const starts = (length: number, side: number): number[] => {
    if (length <= side) return [0];
    const count = Math.ceil((length - side) / (side * 0.75)) + 1;
    return Array.from({ length: count }, (_, index) => Math.round((index * (length - side)) / (count - 1)));
  };
  const width = Math.min(box.width, size.width);
  const height = Math.min(box.height, size.height);
  return starts(size.height, height).flatMap((y) => starts(size.width, width).map((x) => ({ x, y, width, height })));
}

function addTile(made: Planes, guide: Planes, tile: Rect, sigma: number, sum: Planes, weights: Planes): void {
  const coarse = { width: Math.max(1, Math.ceil(tile.width / 8)), height: Math.max(1, Math.ceil(tile.height / 8)) };
  const soft = (planes: Planes): Planes => gaussianBlur(resize(planes, coarse), sigma / 8);
  const wanted = soft(guide);
  const own = soft(made);
  for (let index = 0; index < own.data.length; index += 1) wanted.data[index] = (wanted.data[index] ?? 0) - (own.data[index] ?? 0);
  const shift = resize(wanted, tile);
  const count = tile.width * tile.height;
  const total = sum.width * sum.height;
  for (let y = 0; y < tile.height; y += 1) {
    const down = Math.min(y + 1, tile.height - y);
    for (let x = 0; x < tile.width; x += 1) {
      // A pyramid: most in the middle, never 0.
      const weight = Math.min(x + 1, tile.width - x) * down;
      const to = (tile.y + y) * sum.width + tile.x + x;
      const from = y * tile.width + x;
      weights.data[to] = (weights.data[to] ?? 0) + weight;
      for (let channel = 0; channel < 3; channel += 1) {
        const value = (made.data[channel * count + from] ?? 0) + (shift.data[channel * count + from] ?? 0);
        sum.data[channel * total + to] = (sum.data[channel * total + to] ?? 0) + weight * value;
      }
    }
  }
}
