/** Runs one upscaling graph on one window as its convention says: any of the layouts Kiln knows, one picture in, a larger one out. */
import { AppError } from '../../shared/contract/errors.ts';
import type { UpscaleConvention } from '../../shared/domain/pack-manifest.ts';
import { fromHalf, toHalf } from '../core/float16.ts';
import { newPlanes, planeOf, type Planes } from '../core/planes.ts';
import type { ModelSession, TensorValue } from '../runtime.ts';

type Call = Pick<UpscaleConvention, 'input' | 'output' | 'valueType' | 'inputRange' | 'outputRange' | 'channels'>;

/**
 * @param picture RGB, 0..1, of a size the graph takes
 * @returns RGB of `factor` times the size, about 0..1: not clipped
 * @throws model-mismatch for a missing output, model-output-invalid for a wrong shape, NaN or values far out of range
 */
export async function runUpscaler(session: ModelSession, call: Call, factor: number, picture: Planes): Promise<Planes> {
  const { width, height } = picture;
  const size = { width: width * factor, height: height * factor };
  if (call.channels === 3) {
    const result = await runOnce(session, call, [1, 3, height, width], picture.data);
    return planesOf(result, call, size, 3);
  }
  const merged = newPlanes(size, 3);
  for (let channel = 0; channel < 3; channel += 1) {
    const result = await runOnce(session, call, [1, 1, height, width], planeOf(picture, channel));
    planeOf(merged, channel).set(planesOf(result, call, size, 1).data);
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

function planesOf(value: TensorValue, call: Call, size: { width: number; height: number }, channels: 1 | 3): Planes {
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
  requirePicture(data);
  return { width: size.width, height: size.height, channels, data };
}

function requirePicture(levels: Float32Array): void {
  for (let index = 0; index < levels.length; index += 1) {
    const level = levels[index] ?? NaN;
    // Written so that NaN fails too.
    if (!(level > -4 && level < 5)) {
      throw new AppError('model-output-invalid', 'The model gave values that are not a picture (NaN or far out of range).', {
        action: 'Try another backend; if that fails too, the pack is damaged or described wrongly.',
      });
    }
  }
}
