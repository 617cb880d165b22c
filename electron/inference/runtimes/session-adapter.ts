/** onnxruntime's sessions behind Kiln's own types. Both packages share onnxruntime-common, so one adapter serves both. */
import type { InferenceSession, Tensor, TensorConstructor } from 'onnxruntime-common';
import { AppError } from '../../../shared/contract/errors.ts';
import type { TensorData, TensorType, TensorValue, ValueSignature } from '../../../models/runtime.ts';
import type { OpenSession } from './runtime.ts';

const tensorTypes: readonly string[] = ['float32', 'float16', 'uint8', 'int8', 'int32', 'int64', 'bool'] satisfies TensorType[];

function isTensorType(type: string): type is TensorType {
  return tensorTypes.includes(type);
}

function signatures(metadata: readonly InferenceSession.ValueMetadata[]): ValueSignature[] {
  return metadata.map((value) =>
    value.isTensor
      ? { name: value.name, type: value.type, dimensions: [...value.shape] }
      : { name: value.name, type: 'not a tensor', dimensions: [] },
  );
}

function fromTensor(name: string, tensor: Tensor): TensorValue {
  if (!isTensorType(tensor.type)) {
    throw new AppError('model-output-invalid', `The model's output "${name}" has values of type ${tensor.type}, which Kiln does not read.`);
  }
  const { data } = tensor;
  // Newer engines hand half floats over as Float16Array; pipelines expect the raw bits.
  const plain =
    tensor.type === 'float16' && !(data instanceof Uint16Array) && ArrayBuffer.isView(data)
      ? new Uint16Array(data.buffer, data.byteOffset, data.byteLength / 2)
      : data;
  return { type: tensor.type, dims: tensor.dims, data: plain as TensorData };
}

function toTensor(make: TensorConstructor, value: TensorValue): Tensor {
  const dims = [...value.dims];
  switch (value.type) {
    case 'float32':
      return new make('float32', value.data as Float32Array, dims);
    case 'float16':
      return halfTensor(new make('float16', value.data as Uint16Array, dims), value.data as Uint16Array);
    case 'uint8':
      return new make('uint8', value.data as Uint8Array, dims);
    case 'int8':
      return new make('int8', value.data as Int8Array, dims);
    case 'int32':
      return new make('int32', value.data as Int32Array, dims);
    case 'int64':
      return new make('int64', value.data as BigInt64Array, dims);
    case 'bool':
      return new make('bool', value.data as Uint8Array, dims);
  }
}

/**
 * onnxruntime-common turns the bits into a Float16Array where the engine has it; onnxruntime-node 1.30's native side reads
 * such an array as empty ("not enough space"), so the bits are put back.
 */
function halfTensor(tensor: Tensor, bits: Uint16Array): Tensor {
  if ('cpuData' in tensor) Object.assign(tensor, { cpuData: bits });
  return tensor;
}

export function adaptSession(session: InferenceSession, make: TensorConstructor): OpenSession {
  return {
    inputs: signatures(session.inputMetadata),
    outputs: signatures(session.outputMetadata),
    async run(feeds) {
      const tensors = Object.fromEntries(Object.entries(feeds).map(([name, value]) => [name, toTensor(make, value)]));
      const outputs = await session.run(tensors);
      return Object.fromEntries(Object.entries(outputs).map(([name, tensor]) => [name, fromTensor(name, tensor)]));
    },
    release: () => session.release(),
  };
}
