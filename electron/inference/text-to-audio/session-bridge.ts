/** Kiln's sessions as transformers.js expects sessions of onnxruntime to be; each run is a place to stop and to tell progress. */
import type { Tensor } from '@huggingface/transformers';
import type { ModelSession, TensorData, TensorType, TensorValue } from '../../../models/runtime.ts';
import { AppError } from '../../../shared/contract/errors.ts';
import { nodeTensor } from '../runtimes/node-runtime.ts';

type OrtTensor = Tensor['ort_tensor'];

/** What transformers.js uses of an InferenceSession. */
export interface BridgedSession {
  readonly inputNames: string[];
  readonly outputNames: string[];
  readonly inputMetadata: { name: string; isTensor: true; type: string; shape: (number | string)[] }[];
  run(feeds: Record<string, OrtTensor>): Promise<Record<string, OrtTensor>>;
}

/** Called before each run of a graph: throws to stop, returns when it may go on. */
export type BeforeRun = () => Promise<void>;

/** @param renamed the graph's own names of inputs, by those transformers.js feeds */
export function bridged(session: ModelSession, beforeRun: BeforeRun, renamed: Readonly<Record<string, string>> = {}): BridgedSession {
  const own = new Map(Object.entries(renamed).filter(([, to]) => session.inputs.some(({ name }) => name === to)));
  const known = new Map([...own].map(([from, to]) => [to, from]));
  const inputMetadata = session.inputs.map(({ name, type, dimensions }) => ({
    name: known.get(name) ?? name,
    isTensor: true as const,
    type,
    shape: [...dimensions],
  }));
  return {
    inputNames: inputMetadata.map(({ name }) => name),
    outputNames: session.outputs.map(({ name }) => name),
    inputMetadata,
    async run(feeds) {
      await beforeRun();
      const outputs = await session.run(
        Object.fromEntries(Object.entries(feeds).map(([name, tensor]) => [own.get(name) ?? name, plain(name, tensor)])),
      );
      return Object.fromEntries(Object.entries(outputs).map(([name, tensor]) => [name, nodeTensor(tensor)]));
    },
  };
}

const types: readonly string[] = ['float32', 'float16', 'uint8', 'int8', 'int32', 'int64', 'bool'] satisfies TensorType[];
const isType = (type: string): type is TensorType => types.includes(type);

function plain(name: string, { type, dims, data }: OrtTensor): TensorValue {
  if (!isType(type) || !isData(data)) throw new AppError('model-mismatch', `The graph wants values of type ${type} for "${name}".`);
  return { type, dims, data };
}

/** Half floats are handed over as raw bits. */
function isData(data: unknown): data is TensorData {
  return (
    data instanceof Float32Array ||
    data instanceof Uint16Array ||
    data instanceof Uint8Array ||
    data instanceof Int8Array ||
    data instanceof Int32Array ||
    data instanceof BigInt64Array
  );
}
