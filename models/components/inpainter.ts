/** Runs one inpainting graph as its convention says: any of the layouts Kiln knows, one picture in, one out. */
import { AppError } from '../../shared/contract/errors.ts';
import type { InpaintConvention } from '../../shared/domain/pack-manifest.ts';
import { fromHalf, toHalf } from '../core/float16.ts';
import { cutTo, newPlanes, padByEdge, type Planes } from '../core/planes.ts';
import { resize } from '../core/resize.ts';
import type { ModelSession, TensorValue } from '../runtime.ts';

type ValueRange = InpaintConvention['imageRange'];
type ValueType = InpaintConvention['imageType'];

function toRange(value: number, range: ValueRange): number {
  return range === '0..1' ? value : range === '0..255' ? value * 255 : value * 2 - 1;
}

function fromRange(value: number, range: ValueRange): number {
  return range === '0..1' ? value : range === '0..255' ? value / 255 : (value + 1) / 2;
}

function tensor(type: ValueType, dims: readonly number[], values: Float32Array): TensorValue {
  switch (type) {
    case 'float32':
      return { type, dims, data: values };
    case 'float16':
      return { type, dims, data: toHalf(values) };
    case 'uint8':
      return { type, dims, data: Uint8Array.from(values, (value) => Math.min(255, Math.max(0, Math.round(value)))) };
  }
}

function numbers(value: TensorValue): Float32Array {
  if (value.type === 'float16' && value.data instanceof Uint16Array) return fromHalf(value.data);
  return value.data instanceof Float32Array ? value.data : Float32Array.from(value.data, Number);
}

/**
 * @param picture RGB, 0..1
 * @param hole one plane, 1 = repaint, 0 = known
 * @returns RGB of the picture's size, 0..1; known pixels may or may not be those of the picture
 * @throws model-output-invalid when the graph gives NaN, a wrong shape or values far out of range
 */
export async function runInpainter(session: ModelSession, convention: InpaintConvention, picture: Planes, hole: Planes): Promise<Planes> {
  const { fixedSize, sizeMultiple } = convention;
  const inner = fixedSize === null ? picture : fitInside(picture, fixedSize);
  const size = fixedSize ?? {
    width: Math.ceil(picture.width / sizeMultiple) * sizeMultiple,
    height: Math.ceil(picture.height / sizeMultiple) * sizeMultiple,
  };
  const image = padByEdge(resize(picture, inner), size);
  const holeFitted = resize(hole, inner);
  const mask = newPlanes(size, 1);
  for (let y = 0; y < inner.height; y += 1) {
    for (let x = 0; x < inner.width; x += 1) {
      // Any touch of the hole makes a pixel unknown: half-known pixels would leak what is being removed.
      if ((holeFitted.data[y * inner.width + x] ?? 0) > 0.01) mask.data[y * size.width + x] = 1;
    }
  }
  const output = await session.run(feedsOf(convention, image, mask));
  const result = output[convention.output];
  if (result === undefined) throw new AppError('model-mismatch', `The model has no output named "${convention.output}".`);
  const fill = readResult(result, convention, size);
  refuseBlank(fill, image, mask);
  return resize(cutTo(fill, inner), picture);
}

/** Holes smaller than this, in pixels, may well get one colour. */
const leastJudgedHole = 64;
/** Levels, 0..1, that differ by less are one colour. */
const blankRange = 1 / 512;

/**
 * Broken drivers give black or single-coloured pictures without any error. One colour all over, or in the whole hole but
 * unlike the known pixels on average, is refused when the known pixels themselves vary.
 */
function refuseBlank(fill: Planes, image: Planes, mask: Planes): void {
  const count = fill.width * fill.height;
  const holes = mask.data.reduce((sum, value) => sum + (value > 0 ? 1 : 0), 0);
  if (holes < leastJudgedHole || holes === count) return;
  let blankHole = true;
  let blankEverywhere = true;
  let far = 0;
  let varied = false;
  for (let channel = 0; channel < 3; channel += 1) {
    const all = { least: Infinity, most: -Infinity };
    const hole = { least: Infinity, most: -Infinity };
    const known = { least: Infinity, most: -Infinity, sum: 0 };
    for (let index = 0; index < count; index += 1) {
      const level = fill.data[channel * count + index] ?? 0;
      all.least = Math.min(all.least, level);
      all.most = Math.max(all.most, level);
      if ((mask.data[index] ?? 0) > 0) {
        hole.least = Math.min(hole.least, level);
        hole.most = Math.max(hole.most, level);
        continue;
      }
      const given = image.data[channel * count + index] ?? 0;
      known.least = Math.min(known.least, given);
      known.most = Math.max(known.most, given);
      known.sum += given;
    }
    blankEverywhere &&= all.most - all.least < blankRange;
    blankHole &&= hole.most - hole.least < blankRange;
    far = Math.max(far, Math.abs(hole.least - known.sum / (count - holes)));
    varied ||= known.most - known.least > 8 / 255;
  }
  if (varied && (blankEverywhere || (blankHole && far > 0.1))) {
    throw new AppError('model-output-invalid', 'The model gave a single colour instead of a picture.', {
      action: 'Try another backend: the graphics driver may be at fault.',
    });
  }
}

function fitInside(picture: Planes, box: { width: number; height: number }): { width: number; height: number } {
  const scale = Math.min(box.width / picture.width, box.height / picture.height);
  return {
    width: Math.min(box.width, Math.max(1, Math.round(picture.width * scale))),
    height: Math.min(box.height, Math.max(1, Math.round(picture.height * scale))),
  };
}

function feedsOf(convention: InpaintConvention, image: Planes, mask: Planes): Record<string, TensorValue> {
  const { width, height } = image;
  const count = width * height;
  const withMask = convention.maskInput === null;
  const values = new Float32Array(count * (withMask ? 4 : 3));
  const first = withMask && convention.maskFirst ? 1 : 0;
  for (let channel = 0; channel < 3; channel += 1) {
    for (let index = 0; index < count; index += 1) {
      const known = Math.min(1, Math.max(0, image.data[channel * count + index] ?? 0));
      const zeroed = convention.zeroHole && (mask.data[index] ?? 0) > 0;
      values[(first + channel) * count + index] = zeroed ? 0 : toRange(known, convention.imageRange);
    }
  }
  const maskValues = withMask ? values.subarray(first === 1 ? 0 : 3 * count, first === 1 ? count : 4 * count) : new Float32Array(count);
  for (let index = 0; index < count; index += 1) {
    maskValues[index] = (mask.data[index] ?? 0) > 0 ? convention.maskHoleValue : convention.maskKnownValue;
  }
  if (convention.maskInput === null) return { [convention.imageInput]: tensor(convention.imageType, [1, 4, height, width], values) };
  return {
    [convention.imageInput]: tensor(convention.imageType, [1, 3, height, width], values),
    [convention.maskInput]: tensor(convention.maskType, [1, 1, height, width], maskValues),
  };
}

function readResult(value: TensorValue, convention: InpaintConvention, size: { width: number; height: number }): Planes {
  const expected = size.width * size.height * 3;
  const raw = numbers(value);
  if (raw.length !== expected) {
    throw new AppError(
      'model-output-invalid',
      `The model gave ${value.dims.join('×')} values instead of 1×3×${String(size.height)}×${String(size.width)}.`,
      { action: 'Check the pack: it may not be an inpainting model.' },
    );
  }
  const planes = newPlanes(size, 3);
  for (let index = 0; index < expected; index += 1) {
    const level = fromRange(raw[index] ?? NaN, convention.outputRange);
    // Written so that NaN fails too.
    if (!(level > -4 && level < 5)) {
      throw new AppError('model-output-invalid', 'The model gave values that are not a picture (NaN or far out of range).', {
        action: 'Try another backend; if that fails too, the pack is damaged or described wrongly.',
      });
    }
    planes.data[index] = Math.min(1, Math.max(0, level));
  }
  return planes;
}
