/**
 * Area averages of the known pixels only. A kernel that also reached into a hole, as bicubic's negative lobes do, would
 * leave a trace of what is being removed.
 */
import type { Rect, Size } from '../../shared/domain/geometry.ts';
import type { PixelImage } from '../pipeline.ts';
import { spread } from './membrane.ts';
import { newPlanes, type Planes } from './planes.ts';

/** A picture read row by row, so that a crop of a huge image is never held as floats. */
export interface RowSource extends Size {
  channels: number;
  /** Writes row y: `channels` runs of `width` values. */
  readRow(y: number, into: Float32Array): void;
}

export interface KnownAverage {
  /** Means of the known pixels; 0 where there are none. */
  picture: Planes;
  /** Share of each pixel that is known, 0..1. */
  known: Float32Array;
}

/** The colours of a crop, 0..1; grey becomes RGB, alpha is left out. `region` lies inside the image. */
export function coloursOf(image: PixelImage, region: Rect): RowSource {
  const { width, height } = region;
  return {
    width,
    height,
    channels: 3,
    readRow(y, into) {
      let from = ((region.y + y) * image.width + region.x) * image.channels;
      for (let x = 0; x < width; x += 1) {
        const red = (image.data[from] ?? 0) / 255;
        into[x] = red;
        into[width + x] = image.channels === 1 ? red : (image.data[from + 1] ?? 0) / 255;
        into[2 * width + x] = image.channels === 1 ? red : (image.data[from + 2] ?? 0) / 255;
        from += image.channels;
      }
    },
  };
}

export function rowsOf(planes: Planes): RowSource {
  const { width, height, channels, data } = planes;
  return {
    width,
    height,
    channels,
    readRow(y, into) {
      for (let channel = 0; channel < channels; channel += 1) {
        const from = (channel * height + y) * width;
        into.set(data.subarray(from, from + width), channel * width);
      }
    },
  };
}

/**
 * @param unknown over the source: not 0 where a pixel is left out
 * @param size at most the source's; larger sides are cut to it
 */
export function averageKnown(source: RowSource, unknown: Uint8Array, size: Size): KnownAverage {
  const width = Math.min(size.width, source.width);
  const height = Math.min(size.height, source.height);
  const { channels } = source;
  const picture = newPlanes({ width, height }, channels);
  const known = new Float32Array(width * height);
  const row = new Float32Array(source.width * channels);
  const scaleX = width / source.width;
  const scaleY = height / source.height;
  for (let y = 0; y < source.height; y += 1) {
    source.readRow(y, row);
    const top = Math.min(height - 1, Math.floor(y * scaleY));
    const bottom = Math.min(height - 1, Math.ceil((y + 1) * scaleY - 1e-9) - 1);
    for (let targetY = top; targetY <= bottom; targetY += 1) {
      const down = Math.min((y + 1) * scaleY, targetY + 1) - Math.max(y * scaleY, targetY);
      for (let x = 0; x < source.width; x += 1) {
        if (unknown[y * source.width + x] !== 0) continue;
        const left = Math.min(width - 1, Math.floor(x * scaleX));
        const right = Math.min(width - 1, Math.ceil((x + 1) * scaleX - 1e-9) - 1);
        for (let targetX = left; targetX <= right; targetX += 1) {
          const weight = down * (Math.min((x + 1) * scaleX, targetX + 1) - Math.max(x * scaleX, targetX));
          const at = targetY * width + targetX;
          known[at] = (known[at] ?? 0) + weight;
          for (let channel = 0; channel < channels; channel += 1) {
            const to = channel * width * height + at;
            picture.data[to] = (picture.data[to] ?? 0) + weight * (row[channel * source.width + x] ?? 0);
          }
        }
      }
    }
  }
  for (let at = 0; at < known.length; at += 1) {
    const weight = known[at] ?? 0;
    if (weight < 1e-6) continue;
    for (let channel = 0; channel < channels; channel += 1) {
      const to = channel * known.length + at;
      picture.data[to] = (picture.data[to] ?? 0) / weight;
    }
    known[at] = Math.min(1, weight);
  }
  return { picture, known };
}

/** A pixel counts as a hole when any of it is: half-known ones would leak what is being removed. */
export function holesOf(known: Float32Array): Uint8Array {
  return Uint8Array.from(known, (share) => (share > 0.999 ? 0 : 1));
}

/** Colours spread smoothly from the known pixels into the others; mid-grey when nothing is known. */
export function diffuseInto(picture: Planes, known: Float32Array): Planes {
  if (!known.some((share) => share > 0)) {
    const grey = newPlanes(picture, picture.channels);
    grey.data.fill(0.5);
    return grey;
  }
  return spread(picture, known);
}
