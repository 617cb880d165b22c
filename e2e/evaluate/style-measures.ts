/** Figures of restyling: how near the style's features a picture is, and whether the content's edges are still there. */
import { gaussianBlur } from '../../models/core/gaussian-blur.ts';
import { newPlanes, type Planes } from '../../models/core/planes.ts';
import { resize } from '../../models/core/resize.ts';
import { oklabFromLinear } from '../../shared/colour/oklab.ts';
import { toLinear } from '../../shared/colour/srgb.ts';
import { seededRandom } from '../../models/core/seeded-random.ts';

const projections = 64;
const quantiles = 512;
/** Places of a picture that count as its points: drawn once, by lot. */
const points = 8192;

function normal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/**
 * Sliced Wasserstein-1 distance between two sets of features (places are the points): the mean difference of quantiles along
 * fixed random directions, after each channel is scaled, by default by its deviation in `b` (Bonneel et al., "Sliced and Radon
 * Wasserstein Barycenters of Measures", 2015).
 */
export function slicedDistance(a: Planes, b: Planes, scales = scalesOf(b)): number {
  const { channels } = b;
  const random = seededRandom(2015);
  let sum = 0;
  for (let direction = 0; direction < projections; direction += 1) {
    const weights = Float64Array.from({ length: channels }, () => normal(random));
    const length = Math.hypot(...weights);
    const scaled = weights.map((weight, channel) => (weight / length) * (scales[channel] ?? 1));
    const [first, second] = [project(a, scaled), project(b, scaled)];
    for (let step = 0; step < quantiles; step += 1) {
      const share = (step + 0.5) / quantiles;
      sum += Math.abs((first[Math.floor(share * first.length)] ?? 0) - (second[Math.floor(share * second.length)] ?? 0));
    }
  }
  return sum / (projections * quantiles);
}

const scalesOf = (planes: Planes): readonly number[] =>
  Array.from({ length: planes.channels }, (_, channel) => 1 / Math.max(1e-6, deviationOf(planes, channel)));

function deviationOf({ width, height, data }: Planes, channel: number): number {
  const plane = data.subarray(channel * width * height, (channel + 1) * width * height);
  let sum = 0;
  let squares = 0;
  for (const value of plane) {
    sum += value;
    squares += value * value;
  }
  const mean = sum / plane.length;
  return Math.sqrt(Math.max(0, squares / plane.length - mean * mean));
}

function project({ width, height, channels, data }: Planes, weights: Float64Array): Float32Array {
  const count = width * height;
  const random = seededRandom(8192);
  const values = Float32Array.from({ length: Math.min(points, count) }, (_, point) => {
    const place = points < count ? Math.floor(random() * count) : point;
    let sum = 0;
    for (let channel = 0; channel < channels; channel += 1) sum += (weights[channel] ?? 0) * (data[channel * count + place] ?? 0);
    return sum;
  });
  return values.sort();
}

const filters = 12;
const filterSide = 5;

/**
 * A fixed network that knows nothing of ours: random 5 × 5 filters over RGB and a rectifier, whose statistics describe
 * texture well (Ustyuzhaninov et al., "What does it take to generate natural textures?", 2017). One map a scale: 1, 1/2, 1/4.
 */
export function randomFeatures(picture: Planes): Planes[] {
  return [1, 0.5, 0.25].map((scale) =>
    filtered(resize(picture, { width: Math.round(picture.width * scale), height: Math.round(picture.height * scale) })),
  );
}

function filtered(picture: Planes): Planes {
  const random = seededRandom(55);
  const size = { width: picture.width - filterSide + 1, height: picture.height - filterSide + 1 };
  const result = newPlanes(size, filters);
  const count = picture.width * picture.height;
  for (let filter = 0; filter < filters; filter += 1) {
    const to = filter * size.width * size.height;
    for (let channel = 0; channel < 3; channel += 1) {
      for (let tap = 0; tap < filterSide * filterSide; tap += 1) {
        const weight = normal(random) / Math.sqrt(3 * filterSide * filterSide);
        const offset = channel * count + Math.floor(tap / filterSide) * picture.width + (tap % filterSide);
        for (let y = 0; y < size.height; y += 1) {
          for (let x = 0; x < size.width; x += 1) {
            const index = to + y * size.width + x;
            result.data[index] = (result.data[index] ?? 0) + weight * ((picture.data[offset + y * picture.width + x] ?? 0) - 0.5);
          }
        }
      }
    }
  }
  for (let index = 0; index < result.data.length; index += 1) result.data[index] = Math.max(0, result.data[index] ?? 0);
  return result;
}

export function randomDistance(a: readonly Planes[], b: readonly Planes[]): number {
  return a.reduce((sum, map, index) => sum + slicedDistance(map, b[index] ?? map), 0) / a.length;
}

/** Pixels of blur, for pictures of 512 px, before gradients are taken: strokes are not edges of the content. */
const gradientSigma = 1.5;

/** Pearson correlation of the gradients' magnitudes (Sobel on slightly blurred luminance) of two pictures of one size. */
export function gradientCorrelation(a: Planes, b: Planes): number {
  return correlation(gradientOf(a), gradientOf(b));
}

function gradientOf(picture: Planes): Float32Array {
  const { width, height } = picture;
  const count = width * height;
  const grey = newPlanes(picture, 1);
  for (let index = 0; index < count; index += 1) {
    grey.data[index] =
      0.299 * (picture.data[index] ?? 0) + 0.587 * (picture.data[count + index] ?? 0) + 0.114 * (picture.data[2 * count + index] ?? 0);
  }
  const { data } = gaussianBlur(grey, (gradientSigma * Math.max(width, height)) / 512);
  const strength = new Float32Array((width - 2) * (height - 2));
  for (let y = 1; y < height - 1; y += 1) {
    for (let x = 1; x < width - 1; x += 1) {
      const at = (dx: number, dy: number): number => data[(y + dy) * width + x + dx] ?? 0;
      const across = at(1, -1) + 2 * at(1, 0) + at(1, 1) - at(-1, -1) - 2 * at(-1, 0) - at(-1, 1);
      const down = at(-1, 1) + 2 * at(0, 1) + at(1, 1) - at(-1, -1) - 2 * at(0, -1) - at(1, -1);
      strength[(y - 1) * (width - 2) + x - 1] = Math.hypot(across, down);
    }
  }
  return strength;
}

function correlation(a: Float32Array, b: Float32Array): number {
  const mean = (values: Float32Array): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [meanA, meanB] = [mean(a), mean(b)];
  let [product, squaresA, squaresB] = [0, 0, 0];
  for (let index = 0; index < a.length; index += 1) {
    const [x, y] = [(a[index] ?? 0) - meanA, (b[index] ?? 0) - meanB];
    product += x * y;
    squaresA += x * x;
    squaresB += y * y;
  }
  return product / Math.sqrt(squaresA * squaresB);
}

/**
 * Sliced Wasserstein-1 distance between the colours of two pictures, in OKLab as it is: 0.02 is about what can be seen. `chroma`
 * is of hue and chroma alone, which lightness would drown.
 */
export function paletteDistance(a: Planes, b: Planes): { all: number; chroma: number } {
  const [first, second] = [oklabOf(a), oklabOf(b)];
  const unscaled = [1, 1, 1];
  return { all: slicedDistance(first, second, unscaled), chroma: slicedDistance(first, second, [0, 1, 1]) };
}

function oklabOf(picture: Planes): Planes {
  const count = picture.width * picture.height;
  const result = newPlanes(picture, 3);
  const linear = (index: number): number => toLinear(Math.min(1, Math.max(0, picture.data[index] ?? 0)));
  for (let index = 0; index < count; index += 1) {
    const colour = oklabFromLinear(linear(index), linear(count + index), linear(2 * count + index));
    for (const [channel, value] of colour.entries()) result.data[channel * count + index] = value;
  }
  return result;
}
