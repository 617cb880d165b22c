/**
 * Strokes: the fine part of a style's features, laid over the content in overlapping blocks. Each block is one of the most
 * similar of the style, and goes on where its neighbour's left off if that fits nearly as well (image quilting, Efros and
 * Freeman 2001; coherence, Ashikhmin 2001; here in feature space). Windows are sin(x) sin(y) on half-overlapping blocks, so
 * that their squares sum to 1: the variance of the strokes is the same everywhere (Heitz and Neyret 2018).
 */
import type { Rect, Size } from '../../../shared/domain/geometry.ts';
import type { Moments } from '../../core/gaussian-transport.ts';
import type { LaidStrokes } from '../../components/style-encoder.ts';
import type { Planes } from '../../core/planes.ts';
import { seededRandom } from '../../core/seeded-random.ts';

/** As in training (models/training/style/model.py): a block's side, the step of its grid, and what counts as coarse. */
const block = 12;
const hop = 6;
const coarseSide = 9;
/** Blocks of the style that are compared with each block of the content. */
const candidates = 224;
/** A block is drawn from this many best ones, or strokes would repeat over even areas. */
const drawnFrom = 6;
/** Blocks are compared by every fourth channel: which of the best ones is taken is drawn by lot anyway. */
const described = 4;
/** How much less alike a block may be that goes on from its neighbour. */
const coherence = 1.4;

export interface StrokeSource {
  /** Fine features of the style, place by place, row by row: `channels` values each. */
  fine: Float32Array;
  size: Size;
  /** For each place a block can begin at, row by row: mean normalised features over the block, every fourth channel. */
  descriptors: Float32Array;
  places: Size;
}

/** @param inside the part of the features that is the style's */
export function strokeSource(features: Planes, inside: Size, { mean, deviation }: Moments): StrokeSource {
  const { channels } = features;
  const fine = new Float32Array(inside.width * inside.height * channels);
  const places = { width: Math.max(1, inside.width - block + 1), height: Math.max(1, inside.height - block + 1) };
  const descriptors = new Float32Array(places.width * places.height * Math.ceil(channels / described));
  const sums = new Float64Array((inside.width + 1) * (inside.height + 1));
  const stride = inside.width + 1;
  const meanOver = (left: number, top: number, right: number, bottom: number): number =>
    ((sums[bottom * stride + right] ?? 0) -
      (sums[top * stride + right] ?? 0) -
      (sums[bottom * stride + left] ?? 0) +
      (sums[top * stride + left] ?? 0)) /
    ((right - left) * (bottom - top));
  const half = coarseSide >> 1;
  for (let channel = 0; channel < channels; channel += 1) {
    const from = channel * features.width * features.height;
    for (let y = 0; y < inside.height; y += 1) {
      let row = 0;
      for (let x = 0; x < inside.width; x += 1) {
        row += features.data[from + y * features.width + x] ?? 0;
        sums[(y + 1) * stride + x + 1] = (sums[y * stride + x + 1] ?? 0) + row;
      }
    }
    for (let y = 0; y < inside.height; y += 1) {
      for (let x = 0; x < inside.width; x += 1) {
        const around = meanOver(
          Math.max(0, x - half),
          Math.max(0, y - half),
          Math.min(inside.width, x + half + 1),
          Math.min(inside.height, y + half + 1),
        );
        fine[(y * inside.width + x) * channels + channel] = (features.data[from + y * features.width + x] ?? 0) - around;
      }
    }
    if (channel % described !== 0) continue;
    const perPlace = Math.ceil(channels / described);
    for (let y = 0; y < places.height; y += 1) {
      for (let x = 0; x < places.width; x += 1) {
        const average = meanOver(x, y, Math.min(inside.width, x + block), Math.min(inside.height, y + block));
        descriptors[(y * places.width + x) * perPlace + channel / described] = (average - (mean[channel] ?? 0)) / (deviation[channel] ?? 1);
      }
    }
  }
  return { fine, size: inside, descriptors, places };
}

/** Sums of features over the cells of a grid: what blocks are chosen by. Filled tile by tile. */
export class CellSums {
  readonly size: Size;
  /** Of each place: every fourth of its channels. */
  readonly perPlace: number;
  /** Cell by cell, `perPlace` sums each. */
  readonly sums: Float32Array;
  readonly counts: Uint16Array;

  /** @param features size of the whole picture's features */
  constructor(features: Size, channels: number) {
    this.size = { width: Math.ceil(features.width / hop), height: Math.ceil(features.height / hop) };
    this.perPlace = Math.ceil(channels / described);
    this.sums = new Float32Array(this.size.width * this.size.height * this.perPlace);
    this.counts = new Uint16Array(this.size.width * this.size.height);
  }

  /** @param part of `features`; @param origin of `features` in the whole picture's */
  add({ width, height, data }: Planes, part: Rect, origin: { x: number; y: number }): void {
    const cellOf = Int32Array.from({ length: part.width }, (_, x) => Math.floor((part.x + x + origin.x) / hop));
    for (let y = part.y; y < part.y + part.height; y += 1) {
      const row = Math.floor((y + origin.y) / hop) * this.size.width;
      if (row >= this.counts.length) continue;
      for (let x = 0; x < part.width; x += 1) {
        const cell = row + Math.min(this.size.width - 1, cellOf[x] ?? 0);
        this.counts[cell] = (this.counts[cell] ?? 0) + 1;
      }
      for (let number = 0; number < this.perPlace; number += 1) {
        const from = (number * described * height + y) * width + part.x;
        for (let x = 0; x < part.width; x += 1) {
          const to = (row + Math.min(this.size.width - 1, cellOf[x] ?? 0)) * this.perPlace + number;
          this.sums[to] = (this.sums[to] ?? 0) + (data[from + x] ?? 0);
        }
      }
    }
  }
}

/** Which block of the style lies where: block (row, column) begins at features (row - 1) × hop, (column - 1) × hop. */
export interface StrokeLayout extends Size {
  /** Place in the style's fine features, row by row: y × places.width + x. */
  at: Int32Array;
  /** Per block 0..1, the same for every style: which of several styles it belongs to. */
  chance: Float32Array;
}

export function layStrokes(cells: CellSums, { mean, deviation }: Moments, source: StrokeSource, seed: number): StrokeLayout {
  const { perPlace } = cells;
  const width = cells.size.width + 1;
  const height = cells.size.height + 1;
  const layout: StrokeLayout = { width, height, at: new Int32Array(width * height), chance: new Float32Array(width * height) };
  const random = seededRandom(seed);
  const tried = triedPlaces(source.places, random);
  const wanted = new Float32Array(perPlace);
  const { descriptors } = source;
  /** Squared; given up, as something larger, once it is beyond `most`. */
  const distance = (place: number, most: number): number => {
    let sum = 0;
    const from = place * perPlace;
    for (let start = 0; start < perPlace && sum < most; start += 8) {
      const end = Math.min(perPlace, start + 8);
      for (let number = start; number < end; number += 1) {
        const apart = (wanted[number] ?? 0) - (descriptors[from + number] ?? 0);
        sum += apart * apart;
      }
    }
    return sum;
  };
  const best = new Int32Array(drawnFrom);
  const bestDistance = new Float64Array(drawnFrom);
  for (let row = 0; row < height; row += 1) {
    for (let column = 0; column < width; column += 1) {
      describe(cells, row, column, mean, deviation, wanted);
      bestDistance.fill(Infinity);
      for (const place of tried) {
        let slot = drawnFrom - 1;
        const apart = distance(place, bestDistance[slot] ?? 0);
        if (apart >= (bestDistance[slot] ?? 0)) continue;
        for (; slot > 0 && apart < (bestDistance[slot - 1] ?? 0); slot -= 1) {
          bestDistance[slot] = bestDistance[slot - 1] ?? 0;
          best[slot] = best[slot - 1] ?? 0;
        }
        bestDistance[slot] = apart;
        best[slot] = place;
      }
      const index = row * width + column;
      const drawn = drawOther(best, Math.floor(random() * Math.min(drawnFrom, tried.length)), layout, index);
      layout.chance[index] = random();
      let place = best[drawn] ?? 0;
      let least = (bestDistance[drawn] ?? Infinity) * coherence;
      const { places } = source;
      const goOn = (from: number, right: number, down: number): void => {
        const x = (from % places.width) + right;
        const y = Math.floor(from / places.width) + down;
        if (x >= places.width || y >= places.height) return;
        const next = y * places.width + x;
        const apart = distance(next, least);
        if (apart >= least) return;
        least = apart;
        place = next;
      };
      if (column > 0) goOn(layout.at[index - 1] ?? 0, hop, 0);
      if (row > 0) goOn(layout.at[index - width] ?? 0, 0, hop);
      layout.at[index] = place;
    }
  }
  return layout;
}

/** The number of a block that no neighbour above or to the left shows already, from `drawn` on; else `drawn`. */
function drawOther(best: Int32Array, drawn: number, { at, width }: StrokeLayout, index: number): number {
  for (let tries = 0; tries < drawnFrom; tries += 1) {
    const number = (drawn + tries) % drawnFrom;
    const place = best[number];
    const seen = [index - 1, index - width, index - width - 1, index - width + 1].some((near) => near >= 0 && at[near] === place);
    if (!seen) return number;
  }
  return drawn;
}

/** One place in each cell of an even grid. */
function triedPlaces({ width, height }: Size, random: () => number): Int32Array {
  const cell = Math.max(1, Math.sqrt((width * height) / candidates));
  const columns = Math.max(1, Math.floor(width / cell));
  const rows = Math.max(1, Math.floor(height / cell));
  return Int32Array.from({ length: columns * rows }, (_, index) => {
    const x = Math.floor((((index % columns) + random()) * width) / columns);
    const y = Math.floor(((Math.floor(index / columns) + random()) * height) / rows);
    return Math.min(height - 1, y) * width + Math.min(width - 1, x);
  });
}

/** Mean normalised features of the four cells under a block, as far as they exist. */
function describe(cells: CellSums, row: number, column: number, mean: Float64Array, deviation: Float64Array, into: Float32Array): void {
  into.fill(0);
  let count = 0;
  for (let y = row - 1; y <= row; y += 1) {
    for (let x = column - 1; x <= column; x += 1) {
      if (y < 0 || x < 0 || y >= cells.size.height || x >= cells.size.width) continue;
      const cell = y * cells.size.width + x;
      count += cells.counts[cell] ?? 0;
      const from = cell * cells.perPlace;
      for (let number = 0; number < cells.perPlace; number += 1) into[number] = (into[number] ?? 0) + (cells.sums[from + number] ?? 0);
    }
  }
  for (let number = 0; number < cells.perPlace; number += 1) {
    const channel = number * described;
    into[number] = ((into[number] ?? 0) / Math.max(1, count) - (mean[channel] ?? 0)) / (deviation[channel] ?? 1);
  }
}

const window = Float32Array.from({ length: block * block }, (_, index) => {
  const along = (at: number): number => Math.sin(((at + 0.5) / block) * Math.PI);
  return along(index % block) * along(Math.floor(index / block));
});

export interface LaidStyle {
  layout: StrokeLayout;
  source: StrokeSource;
  /** Shares of all styles sum to 1: each block comes from one of them. */
  share: number;
}

/** The fine features of all styles, one after the other, as strokesOver counts them. */
export function fineOf(laid: readonly LaidStyle[]): Float32Array {
  const [first] = laid;
  if (first !== undefined && laid.length === 1) return first.source.fine;
  const fine = new Float32Array(laid.reduce((sum, { source }) => sum + source.fine.length, 0));
  let at = 0;
  for (const { source } of laid) {
    fine.set(source.fine, at);
    at += source.fine.length;
  }
  return fine;
}

/** @param part of the whole picture's features */
export function strokesOver(laid: readonly LaidStyle[], part: Rect): Omit<LaidStrokes, 'fine'> {
  const count = part.width * part.height;
  const places = new Int32Array(4 * count);
  const weights = new Float32Array(4 * count);
  const offsets = laid.map((_, index) => laid.slice(0, index).reduce((sum, { source }) => sum + source.size.width * source.size.height, 0));
  const [first] = laid;
  if (first === undefined) return { places, weights };
  const { width, height } = first.layout;
  const firstRow = Math.max(0, Math.floor((part.y - block) / hop) + 1);
  const firstColumn = Math.max(0, Math.floor((part.x - block) / hop) + 1);
  for (let row = firstRow; row < height && (row - 1) * hop < part.y + part.height; row += 1) {
    for (let column = firstColumn; column < width && (column - 1) * hop < part.x + part.width; column += 1) {
      const index = row * width + column;
      const style = styleAt(laid, index);
      const { layout, source } = laid[style] ?? first;
      const place = layout.at[index] ?? 0;
      const toX = (column - 1) * hop - part.x;
      const toY = (row - 1) * hop - part.y;
      // Of blocks that overlap, each has its own pair of parities.
      const layer = ((row & 1) * 2 + (column & 1)) * count;
      const right = Math.min(block, part.width - toX);
      const bottom = Math.min(block, part.height - toY);
      const corner = (offsets[style] ?? 0) + Math.floor(place / source.places.width) * source.size.width + (place % source.places.width);
      for (let y = Math.max(0, -toY); y < bottom; y += 1) {
        const to = layer + (toY + y) * part.width + toX;
        for (let x = Math.max(0, -toX); x < right; x += 1) {
          places[to + x] = corner + y * source.size.width + x;
          weights[to + x] = window[y * block + x] ?? 0;
        }
      }
    }
  }
  return { places, weights };
}

function styleAt(laid: readonly LaidStyle[], index: number): number {
  let left = laid[0]?.layout.chance[index] ?? 0;
  for (const [number, { share }] of laid.entries()) {
    left -= share;
    if (left < 0) return number;
  }
  return laid.length - 1;
}
