/**
 * A picture's own palette: k-means in OKLab over a histogram of 5 bits a channel, each bin weighing its count^0.6 so that
 * small accents count. The training palettes were made the same way (models/training/palette/data.py).
 */
import { oklabFromLinear, type Oklab } from '../../../shared/colour/oklab.ts';
import { linearOfByte } from '../../../shared/colour/srgb.ts';
import { seededRandom } from '../../core/seeded-random.ts';
import type { PixelImage } from '../../pipeline.ts';

const weightPower = 0.6;
const rounds = 16;
const restarts = 4;

interface Bin {
  lab: Oklab;
  weight: number;
  count: number;
}

export interface ExtractedColour {
  lab: Oklab;
  /** Part of the opaque pixels that lie nearest to this colour, 0..1. */
  share: number;
}

/**
 * @param fixed colours that are part of the palette already: they stay where they are and come first
 * @returns `count` colours (fewer when the picture has fewer), the fixed ones first, the rest dark to light; empty for a
 * picture without an opaque pixel
 */
export function extractPalette(image: PixelImage, count: number, seed: number, fixed: readonly Oklab[] = []): ExtractedColour[] {
  const bins = histogram(image);
  if (bins.length === 0) return [];
  const random = seededRandom(seed);
  let best = { centres: [] as Oklab[], error: Infinity };
  for (let attempt = 0; attempt < restarts; attempt += 1) {
    const found = kMeans(bins, count, random, fixed);
    if (found.error < best.error) best = found;
  }
  const free = best.centres.slice(fixed.length).toSorted((a, b) => a[0] - b[0]);
  const centres = [...fixed, ...free];
  const shares = new Float64Array(centres.length);
  let pixels = 0;
  for (const bin of bins) {
    const at = nearestOf(bin.lab, centres).index;
    shares[at] = (shares[at] ?? 0) + bin.count;
    pixels += bin.count;
  }
  return centres.map((lab, index) => ({ lab, share: (shares[index] ?? 0) / pixels }));
}

/** At most about a quarter of a million pixels are looked at, evenly spread; transparent ones do not count. */
function histogram(image: PixelImage): Bin[] {
  const sums = new Float64Array(32768 * 3);
  const counts = new Uint32Array(32768);
  const step = Math.max(1, Math.floor(Math.sqrt((image.width * image.height) / 250_000)));
  for (let y = 0; y < image.height; y += step) {
    for (let x = 0; x < image.width; x += step) {
      const at = (y * image.width + x) * image.channels;
      if (image.channels === 4 && (image.data[at + 3] ?? 0) < 128) continue;
      const red = image.data[at] ?? 0;
      const green = image.channels === 1 ? red : (image.data[at + 1] ?? 0);
      const blue = image.channels === 1 ? red : (image.data[at + 2] ?? 0);
      const code = ((red >> 3) << 10) | ((green >> 3) << 5) | (blue >> 3);
      counts[code] = (counts[code] ?? 0) + 1;
      sums[code * 3] = (sums[code * 3] ?? 0) + (linearOfByte[red] ?? 0);
      sums[code * 3 + 1] = (sums[code * 3 + 1] ?? 0) + (linearOfByte[green] ?? 0);
      sums[code * 3 + 2] = (sums[code * 3 + 2] ?? 0) + (linearOfByte[blue] ?? 0);
    }
  }
  const bins: Bin[] = [];
  counts.forEach((count, code) => {
    if (count === 0) return;
    const lab = oklabFromLinear((sums[code * 3] ?? 0) / count, (sums[code * 3 + 1] ?? 0) / count, (sums[code * 3 + 2] ?? 0) / count);
    bins.push({ lab, weight: count ** weightPower, count });
  });
  return bins;
}

function kMeans(bins: readonly Bin[], count: number, random: () => number, fixed: readonly Oklab[]): { centres: Oklab[]; error: number } {
  const centres: Oklab[] = [...fixed];
  // k-means++: each further centre is drawn by weight and squared distance from those there are.
  while (centres.length < Math.min(count, bins.length + fixed.length)) {
    const chances = bins.map(({ lab, weight }) => weight * (centres.length === 0 ? 1 : nearestOf(lab, centres).squared));
    const total = chances.reduce((sum, chance) => sum + chance, 0);
    if (total < 1e-12) break;
    let left = random() * total;
    const at = chances.findIndex((chance) => (left -= chance) < 0);
    centres.push(bins[at === -1 ? bins.length - 1 : at]?.lab ?? [0, 0, 0]);
  }
  let error = 0;
  for (let round = 0; round < rounds; round += 1) {
    const sums = new Float64Array(centres.length * 4);
    error = 0;
    for (const { lab, weight } of bins) {
      const { index, squared } = nearestOf(lab, centres);
      error += weight * squared;
      for (let axis = 0; axis < 3; axis += 1) sums[index * 4 + axis] = (sums[index * 4 + axis] ?? 0) + weight * (lab[axis] ?? 0);
      sums[index * 4 + 3] = (sums[index * 4 + 3] ?? 0) + weight;
    }
    for (let index = fixed.length; index < centres.length; index += 1) {
      const weight = sums[index * 4 + 3] ?? 0;
      if (weight > 0) {
        centres[index] = [(sums[index * 4] ?? 0) / weight, (sums[index * 4 + 1] ?? 0) / weight, (sums[index * 4 + 2] ?? 0) / weight];
      }
    }
  }
  return { centres, error };
}

function nearestOf(lab: Oklab, centres: readonly Oklab[]): { index: number; squared: number } {
  let index = 0;
  let squared = Infinity;
  for (let at = 0; at < centres.length; at += 1) {
    const centre = centres[at];
    if (centre === undefined) continue;
    const distance = (lab[0] - centre[0]) ** 2 + (lab[1] - centre[1]) ** 2 + (lab[2] - centre[2]) ** 2;
    if (distance < squared) {
      squared = distance;
      index = at;
    }
  }
  return { index, squared };
}
