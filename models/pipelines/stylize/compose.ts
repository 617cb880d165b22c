/** From what was painted to the picture's own size: detail, colours, mask and alpha. Works a row at a time. */
import { gaussianBlur } from '../../core/gaussian-blur.ts';
import { newPlanes, type Planes } from '../../core/planes.ts';
import { RowEnlarger } from '../../core/row-enlarger.ts';
import type { PipelinePicture, PixelImage } from '../../pipeline.ts';
import type { StylizeParams } from '../../../shared/pipelines/stylize.ts';
import type { StylizePlan } from './plan.ts';

/** Below this strength the result also fades into the picture itself: a decoder gives no picture back exactly. */
const fadeBelow = 0.25;
/** Width of the fine detail that is laid over, for a picture painted at 1024 px. */
const detailSigma = 1.2;
/** How much of what painting at a smaller size left out comes back even without asked-for detail. */
const leastResidual = 0.35;

const luminance = (red: number, green: number, blue: number): number => 0.299 * red + 0.587 * green + 0.114 * blue;

function luminancePlane({ width, height, data }: Planes): Planes {
  const count = width * height;
  const plane = newPlanes({ width, height }, 1);
  for (let index = 0; index < count; index += 1) {
    plane.data[index] = luminance(data[index] ?? 0, data[count + index] ?? 0, data[2 * count + index] ?? 0);
  }
  return plane;
}

/** Lays the fine brightness detail of `picture` over `painted`, in place. */
export function addDetail(painted: Planes, picture: Planes, amount: number): void {
  if (amount <= 0) return;
  const sharp = luminancePlane(picture);
  const soft = gaussianBlur(sharp, detailSigma * Math.max(1, Math.max(picture.width, picture.height) / 1024));
  const count = picture.width * picture.height;
  for (let index = 0; index < count; index += 1) {
    const detail = amount * ((sharp.data[index] ?? 0) - (soft.data[index] ?? 0));
    for (let channel = 0; channel < 3; channel += 1) {
      painted.data[channel * count + index] = (painted.data[channel * count + index] ?? 0) + detail;
    }
  }
}

const toByte = (value: number): number => Math.min(255, Math.max(0, Math.round(value * 255)));

/**
 * @param picture what was painted from, `painted` what came of it; both of the plan's painted size, RGB 0..1
 * @returns `image`; with a mask also `patch`, RGBA with the mask as alpha. Where the mask is 0, and in alpha, every byte is
 *   the input's
 */
export function compose(
  image: PixelImage,
  mask: PixelImage | null,
  { changed, crop, scale }: StylizePlan,
  picture: Planes,
  painted: Planes,
  params: StylizeParams,
): PipelinePicture[] {
  const { width, height } = image;
  const grey = image.channels === 1;
  const channels = grey ? 3 : image.channels;
  const data = grey ? spread(image) : Uint8Array.from(image.data);
  const output: PixelImage = { width, height, channels, data };
  const patch: PixelImage | null =
    mask === null
      ? null
      : { width: changed.width, height: changed.height, channels: 4, data: new Uint8Array(changed.width * changed.height * 4) };
  const fade = Math.min(1, params.strength / fadeBelow);
  const keepChroma = params.preserveColours && params.colourMethod === 'luminance';
  const residual = scale < 1 ? Math.min(1, leastResidual + params.detail) : 0;
  const colours = new RowEnlarger(painted, crop);
  const base = residual > 0 ? new RowEnlarger(luminancePlane(picture), crop) : null;

  // Rounds and clamps by itself.
  const bytes = new Uint8ClampedArray(data.buffer, data.byteOffset, data.byteLength);
  for (let y = changed.y; y < changed.y + changed.height; y += 1) {
    const row = colours.row(y - crop.y);
    const baseRow = base?.row(y - crop.y);
    if (patch === null && !keepChroma && fade === 1 && baseRow === undefined) {
      // The usual case: what was painted, as it is. Without a mask, crop and picture are one.
      for (let channel = 0; channel < 3; channel += 1) {
        const from = channel * crop.width;
        for (let x = 0, at = y * width * channels + channel; x < width; x += 1, at += channels) bytes[at] = 255 * (row[from + x] ?? 0);
      }
      continue;
    }
    for (let x = changed.x; x < changed.x + changed.width; x += 1) {
      const weight = mask === null ? 255 : (mask.data[(y * width + x) * mask.channels] ?? 0);
      if (weight === 0) continue;
      const at = (y * width + x) * channels;
      const ownLuminance = luminance(data[at] ?? 0, data[at + 1] ?? 0, data[at + 2] ?? 0) / 255;
      const left = x - crop.x;
      const lift = baseRow === undefined ? 0 : residual * (ownLuminance - (baseRow[left] ?? 0));
      const light = keepChroma
        ? luminance(row[left] ?? 0, row[crop.width + left] ?? 0, row[2 * crop.width + left] ?? 0) + lift - ownLuminance
        : 0;
      const to = ((y - changed.y) * changed.width + x - changed.x) * 4;
      for (let channel = 0; channel < 3; channel += 1) {
        const before = (data[at + channel] ?? 0) / 255;
        const made = keepChroma ? before + light : (row[channel * crop.width + left] ?? 0) + lift;
        const faded = before + fade * (Math.min(1, Math.max(0, made)) - before);
        if (patch !== null) patch.data[to + channel] = toByte(faded);
        data[at + channel] = weight === 255 ? toByte(faded) : toByte(before + (weight / 255) * (faded - before));
      }
      if (patch !== null) patch.data[to + 3] = weight;
    }
  }
  const whole: PipelinePicture = { role: 'image', image: output, bounds: { x: 0, y: 0, width, height } };
  return patch === null ? [whole] : [{ role: 'patch', image: patch, bounds: changed }, whole];
}

function spread({ width, height, data }: PixelImage): Uint8Array {
  const colours = new Uint8Array(width * height * 3);
  for (let index = 0; index < width * height; index += 1) colours.fill(data[index] ?? 0, index * 3, index * 3 + 3);
  return colours;
}
