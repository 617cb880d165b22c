/** What "Generate here" works on: the mask with its surroundings, the whole canvas, or nothing but words. */
import type { CanvasEngine, RawPixels } from '../canvas/canvas-api.ts';
import type { Rect, Size } from '../../shared/domain/geometry.ts';
import type { DiffusionParams } from '../../shared/pipelines/diffusion.ts';

export interface CanvasInput {
  /** Where the result goes, in canvas pixels. */
  region: Rect;
  /** Null: from words alone. */
  image: RawPixels | null;
  mask: RawPixels | null;
  /** Nothing is painted there yet: there is nothing that strength could keep. */
  empty: boolean;
}

/** Null when no document is open. Nothing transparent is left in the image: it lies on white, as the model sees it. */
export function canvasInput(
  engine: Pick<CanvasEngine, 'inpaintInput' | 'flatten'>,
  params: Pick<DiffusionParams, 'contextPadding' | 'maskGrow' | 'feather' | 'strength'>,
): CanvasInput | null {
  const masked = engine.inpaintInput(params);
  if (masked !== null) {
    const empty = isClear(masked.image);
    return { ...masked, image: empty ? onWhite(masked.image) : masked.image, empty };
  }
  const whole = engine.flatten();
  if (whole === null) return null;
  const region = { x: 0, y: 0, width: whole.width, height: whole.height };
  const empty = isClear(whole);
  return { region, image: empty || params.strength >= 1 ? null : onWhite(whole), mask: null, empty };
}

export function isClear({ data }: RawPixels): boolean {
  for (let at = 3; at < data.length; at += 4) if ((data[at] ?? 0) !== 0) return false;
  return true;
}

export function onWhite({ width, height, data }: RawPixels): RawPixels {
  const opaque = new Uint8Array(data.length);
  for (let at = 0; at < data.length; at += 4) {
    const alpha = data[at + 3] ?? 0;
    for (let channel = 0; channel < 3; channel += 1) {
      opaque[at + channel] = Math.round(((data[at + channel] ?? 0) * alpha + 255 * (255 - alpha)) / 255);
    }
    opaque[at + 3] = 255;
  }
  return { width, height, channels: 4, data: opaque };
}

/** The part of a canvas-sized mask within a region, which may reach outside the canvas: nothing is masked there. */
export function maskWithin(mask: RawPixels, region: Rect): RawPixels {
  const data = new Uint8Array(region.width * region.height);
  const from = Math.max(0, region.x);
  const to = Math.min(mask.width, region.x + region.width);
  for (let y = Math.max(0, region.y); y < Math.min(mask.height, region.y + region.height) && from < to; y += 1) {
    data.set(mask.data.subarray(y * mask.width + from, y * mask.width + to), (y - region.y) * region.width + from - region.x);
  }
  return { width: region.width, height: region.height, channels: 1, data };
}

/** Averages of a picture's or mask's pixels at a smaller size; never enlarges. Colours are weighted by alpha. */
export function shrunk(picture: RawPixels, longestPx: number): RawPixels {
  const scale = Math.min(1, longestPx / Math.max(picture.width, picture.height));
  if (scale === 1) return picture;
  return resampled(picture, {
    width: Math.max(1, Math.round(picture.width * scale)),
    height: Math.max(1, Math.round(picture.height * scale)),
  });
}

function resampled({ width, height, channels, data }: RawPixels, size: Size): RawPixels {
  const small = new Uint8Array(size.width * size.height * channels);
  const sums = [0, 0, 0, 0];
  for (let y = 0; y < size.height; y += 1) {
    const [top, bottom] = [
      Math.floor((y * height) / size.height),
      Math.max(Math.floor((y * height) / size.height) + 1, Math.floor(((y + 1) * height) / size.height)),
    ];
    for (let x = 0; x < size.width; x += 1) {
      const [left, right] = [
        Math.floor((x * width) / size.width),
        Math.max(Math.floor((x * width) / size.width) + 1, Math.floor(((x + 1) * width) / size.width)),
      ];
      sums.fill(0);
      let weight = 0;
      for (let row = top; row < bottom; row += 1) {
        for (let column = left; column < right; column += 1) {
          const at = (row * width + column) * channels;
          const alpha = channels === 4 ? (data[at + 3] ?? 0) : 255;
          weight += alpha;
          if (channels === 1) sums[0] = (sums[0] ?? 0) + (data[at] ?? 0) * 255;
          else for (let channel = 0; channel < 3; channel += 1) sums[channel] = (sums[channel] ?? 0) + (data[at + channel] ?? 0) * alpha;
        }
      }
      const at = (y * size.width + x) * channels;
      const count = (bottom - top) * (right - left);
      if (weight === 0) continue;
      for (let channel = 0; channel < Math.min(3, channels); channel += 1) small[at + channel] = Math.round((sums[channel] ?? 0) / weight);
      if (channels === 4) small[at + 3] = Math.round(weight / count);
    }
  }
  return { ...size, channels, data: small };
}
