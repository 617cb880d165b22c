/** Between float32 and what a graph declares. */
import { AppError } from '../../../shared/contract/errors.ts';
import { fromHalf, toHalf } from '../../core/float16.ts';
import type { ModelSession, TensorValue, ValueSignature } from '../../runtime.ts';

const numberTypes = ['float32', 'float16', 'int64', 'int32'] as const;
type NumberType = (typeof numberTypes)[number];

function numberType({ name, type }: ValueSignature): NumberType {
  const known = numberTypes.find((one) => one === type);
  if (known !== undefined) return known;
  throw new AppError('unsupported', `The model's input "${name}" takes values of type ${type}, which Kiln does not write.`, {
    action: 'Use another export of this model, in float32 or float16.',
  });
}

/** The values in the input's element type; integers are truncated. float32 is handed on as it is, without a copy. */
export function tensorFor(input: ValueSignature, values: Float32Array, dims: readonly number[]): TensorValue {
  const type = numberType(input);
  switch (type) {
    case 'float32':
      return { type, dims, data: values };
    case 'float16':
      return { type, dims, data: toHalf(values) };
    case 'int64':
      return { type, dims, data: BigInt64Array.from(values, (value) => BigInt(Math.trunc(value))) };
    case 'int32':
      return { type, dims, data: Int32Array.from(values, Math.trunc) };
  }
}

/** Token ids and the like: exact for integers of any size a graph declares. */
export function integerTensorFor(input: ValueSignature, values: readonly number[], dims: readonly number[]): TensorValue {
  const type = numberType(input);
  if (type === 'int64') return { type, dims, data: BigInt64Array.from(values, BigInt) };
  if (type === 'int32') return { type, dims, data: Int32Array.from(values) };
  return tensorFor(input, Float32Array.from(values), dims);
}

/** float32 without a copy, float16 converted, anything else number by number. */
export function floatsOf(value: TensorValue): Float32Array {
  if (value.data instanceof Float32Array) return value.data;
  if (value.type === 'float16' && value.data instanceof Uint16Array) return fromHalf(value.data);
  return Float32Array.from(value.data, Number);
}

/** A side the graph fixes; null: free. */
export function fixedSide(signature: ValueSignature | undefined, axis: number): number | null {
  const side = signature?.dimensions[axis];
  return typeof side === 'number' && side > 0 ? side : null;
}

export function inputsByName(session: ModelSession): Map<string, ValueSignature> {
  return new Map(session.inputs.map((input) => [input.name, input]));
}

/** NaN or an infinity anywhere makes the sum one. */
export function allFinite(values: Float32Array): boolean {
  let sum = 0;
  for (let index = 0; index < values.length; index += 1) sum += values[index] ?? 0;
  return Number.isFinite(sum);
}
