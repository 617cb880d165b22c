/** Runs one upscaling graph on one window as its convention says: any of the layouts Kiln knows, one picture in, a larger one out. */
import { AppError } from '../../shared/contract/errors.ts';
import type { UpscaleConvention } from '../../shared/domain/pack-manifest.ts';
import { fromHalf, toHalf } from '../core/float16.ts';
import { newPlanes, planeOf, type Planes } from '../core/planes.ts';
import type { ModelSession, TensorValue } from '../runtime.ts';

type Call = Pick<UpscaleConvention, 'input' | 'output' | 'valueType' | 'inputRange' | 'outputRange' | 'channels'>;

/** A picture and what its levels span, for telling pictures from failures. */
export interface UpscaledPlanes extends Planes {
  lowest: number;
  highest: number;
}

/**
 * @param picture RGB, 0..1, of a size the graph takes
 * @returns RGB of `factor` times the size, about 0..1: not clipped
 * @throws model-mismatch for a missing output, model-output-invalid for a wrong shape, NaN or values far out of range
 */
export async function runUpscaler(session: ModelSession, call: Call, factor: number, picture: Planes): Promise<UpscaledPlanes> {
  const { width, height } = picture;
  const size = { width: width * factor, height: height * factor };
  if (call.channels === 3) {
    const result = await runOnce(session, call, [1, 3, height, width], picture.data);
    return planesOf(result, call, size, 3);
  }
  const merged = { ...newPlanes(size, 3), lowest: Infinity, highest: -Infinity };
  for (let channel = 0; channel < 3; channel += 1) {
    const result = await runOnce(session, call, [1, 1, height, width], planeOf(picture, channel));
    const plane = planesOf(result, call, size, 1);
    planeOf(merged, channel).set(plane.data);
    merged.lowest = Math.min(merged.lowest, plane.lowest);
    merged.highest = Math.max(merged.highest, plane.highest);
  }
  return merged;
}

async function runOnce(session: ModelSession, call: Call, dims: readonly number[], levels: Float32Array): Promise<TensorValue> {
  const values = call.inputRange === '0..1' ? levels : levels.map(call.inputRange === '0..255' ? (v) => v * 255 : (v) => v * 2 - 1);
  const tensor: TensorValue =
    call.valueType === 'float16' ? { type: 'float16', dims, data: toHalf(values) } : { type: 'float32', dims, data: values };
  const result = (await session.run({ [call.input]: tensor }))[call.output];
  if (result === undefined) throw new AppError('model-mismatch', `The model has no output named "${call.output}".`);
  return result;
}

function planesOf(value: TensorValue, call: Call, size: { width: number; height: number }, channels: 1 | 3): UpscaledPlanes {
  const [, given, height, width] = value.dims;
  if (value.dims.length !== 4 || given !== channels || height !== size.height || width !== size.width) {
    throw new AppError(
      'model-output-invalid',
      `The model gave ${value.dims.join('×')} values instead of 1×${String(channels)}×${String(size.height)}×${String(size.width)}.`,
      { action: 'Check the pack: it may not be an upscaling model, or its factor is described wrongly.' },
    );
  }
  const raw =
    value.type === 'float16' && value.data instanceof Uint16Array
      ? fromHalf(value.data)
      : value.data instanceof Float32Array
        ? value.data
        : Float32Array.from(value.data, Number);
  const data = call.outputRange === '0..1' ? raw : raw.map(call.outputRange === '0..255' ? (v) => v / 255 : (v) => (v + 1) / 2);
  let lowest = Infinity;
  let highest = -Infinity;
  let sum = 0;
  // Broken values come in patches, so in large results every fifth is looked at: a full look costs as much as the rest.
  const step = data.length > 100_000 ? 5 : 1;
  for (let index = 0; index < data.length; index += step) {
    const level = data[index] ?? NaN;
    if (level < lowest) lowest = level;
    if (level > highest) highest = level;
    sum += level;
  }
  // NaN anywhere makes the sum NaN, and slips through comparisons written the other way round.
  if (!(lowest > -4 && highest < 5 && Number.isFinite(sum))) {
    throw new AppError('model-output-invalid', 'The model gave values that are not a picture (NaN or far out of range).', {
      action: 'Try another backend; if that fails too, the pack is damaged or described wrongly.',
    });
  }
  return { width: size.width, height: size.height, channels, data, lowest, highest };
}
