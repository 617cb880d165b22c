/** The three graphs of a style pack: picture to features, features to the style's features, features to a picture. */
import { AppError } from '../../shared/contract/errors.ts';
import type { StylizeByStatisticsConvention } from '../../shared/domain/pack-manifest.ts';
import type { Size } from '../../shared/domain/geometry.ts';
import type { Moments } from '../core/gaussian-transport.ts';
import { cutTo, newPlanes, padByEdge, type Planes } from '../core/planes.ts';
import type { ModelSession, TensorValue } from '../runtime.ts';

/** What the matcher needs of one style. */
export interface ReadStyle {
  moments: Moments;
  /** count × channels × 3 × 3, row-major: the features around chosen places of the style. */
  patches: Float32Array;
  count: number;
}

/** Strokes over a part of a picture: which fine features of the styles lie where. Four blocks overlap at each place. */
export interface LaidStrokes {
  /** Fine features, `channels` values a row. */
  fine: Float32Array;
  /** 4 × places of the part: rows of `fine`. */
  places: Int32Array;
  /** 4 × places of the part; the squares of the four sum to 1. */
  weights: Float32Array;
}

/** Longest row of the table of likenesses in one run: bounds the matcher's memory to about 4 × this × patches bytes. */
const mostPlacesInARun = 4096;

const float32 = (dims: readonly number[], data: Float32Array): TensorValue => ({ type: 'float32', dims, data });

function planesOf(output: Record<string, TensorValue>, name: string, size: Size, channels: number): Planes {
  const value = output[name];
  if (value === undefined) throw new AppError('model-mismatch', `The model has no output named "${name}".`);
  if (!(value.data instanceof Float32Array) || value.data.length !== size.width * size.height * channels) {
    throw new AppError(
      'model-output-invalid',
      `The model gave ${value.dims.join('×')} values instead of 1×${String(channels)}×${String(size.height)}×${String(size.width)}.`,
      { action: 'Check the pack: it may not be a style model.' },
    );
  }
  return { width: size.width, height: size.height, channels, data: value.data };
}

/**
 * @param picture RGB, 0..1; padded to the convention's multiple by repeating its edge
 * @returns features of the padded picture: its size over `featureStride`
 */
export async function encodeFeatures(
  session: ModelSession,
  { sizeMultiple, featureStride, featureChannels }: StylizeByStatisticsConvention,
  picture: Planes,
): Promise<Planes> {
  const up = (side: number): number => Math.max(1, Math.ceil(side / sizeMultiple)) * sizeMultiple;
  const padded = padByEdge(picture, { width: up(picture.width), height: up(picture.height) });
  const output = await session.run({ image: float32([1, 3, padded.height, padded.width], padded.data) });
  return planesOf(output, 'features', { width: padded.width / featureStride, height: padded.height / featureStride }, featureChannels);
}

/**
 * @param content statistics of the whole picture, not of these features, so that tiles agree
 * @param map from transportMap, between the two statistics
 * @param analogy 0: the map alone; 1: only features of the style itself, from its most similar places
 * @returns the features in the style's manner, without its strokes
 */
export async function matchStyle(
  session: ModelSession,
  features: Planes,
  content: Moments,
  map: Float32Array,
  style: ReadStyle,
  analogy: number,
): Promise<Planes> {
  const { width, height, channels } = features;
  const vector = (values: Float64Array): TensorValue => float32([1, channels, 1, 1], Float32Array.from(values));
  const fixed = {
    mean: vector(content.mean),
    deviation: vector(content.deviation),
    map: float32([channels, channels], map),
    patches: float32([style.count, channels, 3, 3], style.patches),
    styleMean: vector(style.moments.mean),
    styleDeviation: vector(style.moments.deviation),
    analogy: float32([1], Float32Array.of(analogy)),
  };
  const rows = Math.max(1, Math.floor(mostPlacesInARun / width));
  const run = async (values: Float32Array, size: Size): Promise<Planes> =>
    planesOf(await session.run({ ...fixed, features: float32([1, channels, size.height, width], values) }), 'base', size, channels);
  if (rows >= height) return run(features.data, features);
  const base = newPlanes(features, channels);
  for (let top = 0; top < height; top += rows) {
    const bottom = Math.min(height, top + rows);
    // One row more on each side: keys are made from 3 × 3 places.
    const from = Math.max(0, top - 1);
    const to = Math.min(height, bottom + 1);
    const band = await run(copyRows(features, from, to), { width, height: to - from });
    pasteRows(band, top - from, base, top, bottom - top);
  }
  return base;
}

function copyRows({ width, height, channels, data }: Planes, from: number, to: number): Float32Array {
  const rows = new Float32Array(width * (to - from) * channels);
  for (let channel = 0; channel < channels; channel += 1) {
    const base = channel * width * height;
    rows.set(data.subarray(base + from * width, base + to * width), channel * width * (to - from));
  }
  return rows;
}

function pasteRows(source: Planes, from: number, target: Planes, to: number, count: number): void {
  const { width } = source;
  for (let channel = 0; channel < source.channels; channel += 1) {
    const start = (channel * source.height + from) * width;
    target.data.set(source.data.subarray(start, start + count * width), (channel * target.height + to) * width);
  }
}

/**
 * @param strokes over the places of `features`; they take the place of the features' own fine part
 * @param brushwork how far, 0..1
 * @returns RGB, clamped to 0..1, of `size`: what the encoder's padding added is cut off
 */
export async function decodeFeatures(
  session: ModelSession,
  { featureStride }: StylizeByStatisticsConvention,
  features: Planes,
  strokes: LaidStrokes,
  brushwork: number,
  size: Size,
): Promise<Planes> {
  const { width, height, channels } = features;
  const places = width * height;
  const output = await session.run({
    features: float32([1, channels, height, width], features.data),
    fine: float32([strokes.fine.length / channels, channels], strokes.fine),
    places: { type: 'int32', dims: [4, places], data: strokes.places },
    weights: float32([4, places, 1], strokes.weights),
    brushwork: float32([1], Float32Array.of(brushwork)),
  });
  const picture = planesOf(output, 'image', { width: width * featureStride, height: height * featureStride }, 3);
  for (let index = 0; index < picture.data.length; index += 1) {
    const value = picture.data[index] ?? 0;
    // Written so that NaN fails too.
    if (!(value > -8 && value < 9)) {
      throw new AppError('model-output-invalid', 'The model gave values that are not a picture (NaN or far out of range).', {
        action: 'Try another backend; if that fails too, the pack is damaged.',
      });
    }
    picture.data[index] = Math.min(1, Math.max(0, value));
  }
  return cutTo(picture, size);
}
