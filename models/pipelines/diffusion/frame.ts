/** How a picture of any size becomes the model's, and back. */
import { intersectRects, type Rect, type Size } from '../../../shared/domain/geometry.ts';
import { averageKnown, coloursOf } from '../../core/known-average.ts';
import { cropPlanes } from '../../core/crop-planes.ts';
import { cropColours, newPlanes, padByEdge, type Planes } from '../../core/planes.ts';
import { resize } from '../../core/resize.ts';
import type { PixelImage } from '../../pipeline.ts';

export interface Frame {
  /** What is taken of a picture, in shares of its sides: x, y, width, height of 0..1. */
  source: { x: number; y: number; width: number; height: number };
  /** The size it is brought to. */
  content: Size;
  /** What the graphs run at: the content, widened to the right and below by its last pixels. */
  model: Size;
}

export const wholeSource = { x: 0, y: 0, width: 1, height: 1 };

/** Crops of more pixels are averaged down first, so that they are never held as floats. */
const mostFloatPixels = 4_000_000;

/** The frame's part of a picture, in whole pixels of it. */
function sourceRect({ source }: Pick<Frame, 'source'>, image: Size): Rect {
  const x = Math.round(source.x * image.width);
  const y = Math.round(source.y * image.height);
  const rect = {
    x,
    y,
    width: Math.max(1, Math.round((source.x + source.width) * image.width) - x),
    height: Math.max(1, Math.round((source.y + source.height) * image.height) - y),
  };
  return intersectRects(rect, { x: 0, y: 0, width: image.width, height: image.height }) ?? { x: 0, y: 0, width: 1, height: 1 };
}

/** RGB 0..1 at the model's size; what is transparent lies on white. */
export function framed(image: PixelImage, frame: Frame): Planes {
  const opaque = onWhite(image);
  return padByEdge(clamped(resized(opaque, sourceRect(frame, image), frame.content)), frame.model);
}

/** A crop at any size; averages where much smaller. */
export function resized(image: PixelImage, rect: Rect, size: Size): Planes {
  if (rect.width * rect.height <= mostFloatPixels) return resize(cropColours(image, rect), size);
  const reduced = { width: Math.min(rect.width, size.width * 2), height: Math.min(rect.height, size.height * 2) };
  return resize(averageKnown(coloursOf(image, rect), new Uint8Array(rect.width * rect.height), reduced).picture, size);
}

/** One channel 0..1 of the frame's part, at a size of its own (the latents', say). */
export function framedLevels(mask: PixelImage, frame: Frame, size: Size): Planes {
  const rect = sourceRect(frame, mask);
  const colours = resized(mask, rect, frame.content);
  const padded = padByEdge(cropChannel(colours), frame.model);
  return clamped(resize(padded, size));
}

/** The content back from a picture of the model's size. */
export function contentOf(picture: Planes, { content }: Frame): Planes {
  return cropPlanes(picture, { x: 0, y: 0, ...content });
}

export function toPixels(picture: Planes): PixelImage {
  const count = picture.width * picture.height;
  const data = new Uint8Array(count * 3);
  for (let index = 0; index < count; index += 1) {
    for (let channel = 0; channel < 3; channel += 1) {
      data[index * 3 + channel] = Math.min(255, Math.max(0, Math.round((picture.data[channel * count + index] ?? 0) * 255)));
    }
  }
  return { width: picture.width, height: picture.height, channels: 3, data };
}

/** Cubic kernels overshoot at edges. In place. */
export function clamped(picture: Planes): Planes {
  const { data } = picture;
  for (let at = 0; at < data.length; at += 1) data[at] = Math.min(1, Math.max(0, data[at] ?? 0));
  return picture;
}

function cropChannel(planes: Planes): Planes {
  const first = newPlanes(planes, 1);
  first.data.set(planes.data.subarray(0, first.data.length));
  return first;
}

function onWhite(image: PixelImage): PixelImage {
  if (image.channels !== 4) return image;
  const count = image.width * image.height;
  const data = new Uint8Array(count * 3);
  for (let index = 0; index < count; index += 1) {
    const alpha = image.data[index * 4 + 3] ?? 255;
    for (let channel = 0; channel < 3; channel += 1) {
      data[index * 3 + channel] = Math.round(((image.data[index * 4 + channel] ?? 0) * alpha + 255 * (255 - alpha)) / 255);
    }
  }
  return { width: image.width, height: image.height, channels: 3, data };
}
