/** Colour statistics of pictures. */
import { MomentCollector, transportMap, type Moments } from '../../core/gaussian-transport.ts';
import { newPlanes, type Planes } from '../../core/planes.ts';

const samples = 20_000;

/** Mean and covariance of RGB over evenly spread pixels. */
export function colourMoments(picture: Planes): Moments {
  const count = picture.width * picture.height;
  const collector = new MomentCollector(3);
  const pixel = new Float32Array(3);
  // An odd step that shares no factor with common widths, so that columns are not favoured.
  const step = Math.max(1, Math.floor(count / samples)) | 1;
  for (let index = 0; index < count; index += step) {
    for (let channel = 0; channel < 3; channel += 1) pixel[channel] = picture.data[channel * count + index] ?? 0;
    collector.add(pixel);
  }
  return collector.moments();
}

/** The picture with the colour mean and covariance of another, clamped to 0..1 (Gatys et al. 2016, in the map of Pitié 2007). */
export function matchColours(picture: Planes, from: Moments, to: Moments): Planes {
  const map = transportMap(from, to, 1e-4);
  const count = picture.width * picture.height;
  const result = newPlanes(picture, 3);
  for (let index = 0; index < count; index += 1) {
    for (let row = 0; row < 3; row += 1) {
      let value = to.mean[row] ?? 0;
      for (let column = 0; column < 3; column += 1) {
        value += (map[row * 3 + column] ?? 0) * ((picture.data[column * count + index] ?? 0) - (from.mean[column] ?? 0));
      }
      result.data[row * count + index] = Math.min(1, Math.max(0, value));
    }
  }
  return result;
}
