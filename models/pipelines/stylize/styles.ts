/** Reads style pictures: their features' statistics, the features around chosen places, and their strokes. */
import type { StylizeByStatisticsConvention } from '../../../shared/domain/pack-manifest.ts';
import type { Size } from '../../../shared/domain/geometry.ts';
import { encodeFeatures, type ReadStyle } from '../../components/style-encoder.ts';
import { MomentCollector, type Moments } from '../../core/gaussian-transport.ts';
import { cropColours, type Planes } from '../../core/planes.ts';
import { resize } from '../../core/resize.ts';
import { seededRandom } from '../../core/seeded-random.ts';
import type { PixelImage } from '../../pipeline.ts';
import type { ModelSession } from '../../runtime.ts';
import { colourMoments, matchColours } from './colours.ts';
import { strokeSource, type StrokeSource } from './strokes.ts';

/** Features that statistics are taken from: more change nothing that can be seen. */
const statisticsSamples = 3072;

/**
 * @param size what the style is resized to first: the size of its strokes
 * @param colours colour statistics the style is given before it is read, or null
 * @param patches how many places its strokes are taken from; the seed chooses them
 */
export async function readStyle(
  session: ModelSession,
  convention: StylizeByStatisticsConvention,
  style: PixelImage,
  { size, colours, patches, seed }: { size: Size; colours: Moments | null; patches: number; seed: number },
): Promise<ReadStyle & { strokes: StrokeSource }> {
  const small = resize(cropColours(style, { x: 0, y: 0, width: style.width, height: style.height }), size);
  const picture = colours === null ? small : matchColours(small, colourMoments(small), colours);
  const features = await encodeFeatures(session, convention, picture);
  // Places that the encoder's padding made are not the style's.
  const inside = {
    width: Math.max(3, Math.floor(size.width / convention.featureStride)),
    height: Math.max(3, Math.floor(size.height / convention.featureStride)),
  };
  const collector = new MomentCollector(features.channels);
  collectFeatures(collector, features, { x: 0, y: 0, ...inside }, { x: 0, y: 0 }, strideFor(inside));
  const moments = collector.moments();
  return { moments, ...choosePatches(features, inside, patches, seed), strokes: strokeSource(features, inside, moments) };
}

export const strideFor = ({ width, height }: Size): number => Math.max(1, Math.ceil(Math.sqrt((width * height) / statisticsSamples)));

/**
 * Adds the features of a part to the statistics.
 * @param origin where the features' corner lies in the whole picture's features: the grid of samples is the whole's
 */
export function collectFeatures(
  collector: MomentCollector,
  features: Planes,
  part: { x: number; y: number; width: number; height: number },
  origin: { x: number; y: number },
  stride: number,
): void {
  const { width, height, channels, data } = features;
  const vector = new Float32Array(channels);
  for (let y = part.y; y < part.y + part.height; y += 1) {
    if ((y + origin.y) % stride !== 0) continue;
    for (let x = part.x; x < part.x + part.width; x += 1) {
      if ((x + origin.x) % stride !== 0) continue;
      for (let channel = 0; channel < channels; channel += 1) vector[channel] = data[(channel * height + y) * width + x] ?? 0;
      collector.add(vector);
    }
  }
}

/** One place in each cell of an even grid, so that the style is covered whatever the seed. */
function choosePatches(features: Planes, inside: Size, wanted: number, seed: number): { patches: Float32Array; count: number } {
  const { width, height, channels, data } = features;
  const places = { width: Math.max(1, inside.width - 2), height: Math.max(1, inside.height - 2) };
  const cell = Math.max(1, Math.sqrt((places.width * places.height) / wanted));
  const columns = Math.max(1, Math.floor(places.width / cell));
  const rows = Math.max(1, Math.floor(places.height / cell));
  const random = seededRandom(seed);
  const patches = new Float32Array(columns * rows * channels * 9);
  let to = 0;
  for (let row = 0; row < rows; row += 1) {
    for (let column = 0; column < columns; column += 1) {
      const left = Math.min(places.width - 1, Math.floor(((column + random()) * places.width) / columns));
      const top = Math.min(places.height - 1, Math.floor(((row + random()) * places.height) / rows));
      for (let channel = 0; channel < channels; channel += 1) {
        for (let y = 0; y < 3; y += 1) {
          const from = (channel * height + Math.min(height - 1, top + y)) * width + left;
          for (let x = 0; x < 3; x += 1) patches[to + y * 3 + x] = data[Math.min(from + x, data.length - 1)] ?? 0;
        }
        to += 9;
      }
    }
  }
  return { patches, count: columns * rows };
}
