/** Runs a graph that holds one style (fast neural style, Johnson et al. 2016): a picture in, the restyled picture out. */
import { AppError } from '../../shared/contract/errors.ts';
import type { StylizeFixedConvention } from '../../shared/domain/pack-manifest.ts';
import type { Size } from '../../shared/domain/geometry.ts';
import { fromHalf, toHalf } from '../core/float16.ts';
import { cutTo, newPlanes, padByEdge, type Planes } from '../core/planes.ts';
import type { ModelSession, TensorValue } from '../runtime.ts';

const intoRange = { '0..1': [1, 0], '-1..1': [2, -1], '0..255': [255, 0] } as const;

/**
 * @param picture RGB 0..1; for a graph of fixed size at most that size. Smaller ones are widened by repeating their edge
 * @returns RGB of the picture's size, clamped to 0..1
 * @throws model-output-invalid when the graph gives NaN or another shape
 */
export async function runStylizer(session: ModelSession, convention: StylizeFixedConvention, picture: Planes): Promise<Planes> {
  const { fixedSize, sizeMultiple, valueType } = convention;
  const up = (side: number): number => Math.ceil(side / sizeMultiple) * sizeMultiple;
  const size: Size = fixedSize ?? { width: up(picture.width), height: up(picture.height) };
  const [factor, offset] = intoRange[convention.inputRange];
  const values = Float32Array.from(padByEdge(picture, size).data, (value) => Math.min(1, Math.max(0, value)) * factor + offset);
  const dims = [1, 3, size.height, size.width];
  const input: TensorValue =
    valueType === 'float16' ? { type: 'float16', dims, data: toHalf(values) } : { type: 'float32', dims, data: values };
  const output = await session.run({ [convention.input]: input });
  const result = output[convention.output];
  if (result === undefined) throw new AppError('model-mismatch', `The model has no output named "${convention.output}".`);
  return cutTo(readPicture(result, convention, size), picture);
}

function readPicture(value: TensorValue, { outputRange }: StylizeFixedConvention, size: Size): Planes {
  const raw =
    value.type === 'float16' && value.data instanceof Uint16Array
      ? fromHalf(value.data)
      : value.data instanceof Float32Array
        ? value.data
        : Float32Array.from(value.data, Number);
  // Some exports round sizes that are no multiple of four up; what is asked for here is a multiple, so this is an error.
  if (raw.length !== size.width * size.height * 3) {
    throw new AppError(
      'model-output-invalid',
      `The model gave ${value.dims.join('×')} values instead of 1×3×${String(size.height)}×${String(size.width)}.`,
      { action: 'Check the pack: it may not be a style model.' },
    );
  }
  const [factor, offset] = intoRange[outputRange];
  const planes = newPlanes(size, 3);
  for (let index = 0; index < raw.length; index += 1) {
    const level = ((raw[index] ?? NaN) - offset) / factor;
    if (!Number.isFinite(level)) {
      throw new AppError('model-output-invalid', 'The model gave values that are not a picture (NaN).', {
        action: 'Try another backend; if that fails too, the pack is damaged or described wrongly.',
      });
    }
    // These graphs overshoot their range by design; clamping is part of their call.
    planes.data[index] = Math.min(1, Math.max(0, level));
  }
  return planes;
}
