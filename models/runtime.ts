/** All that pipelines know of an ONNX runtime. Implementations live in electron/inference/runtimes. */
export type TensorType = 'float32' | 'float16' | 'uint8' | 'int8' | 'int32' | 'int64' | 'bool';

/** float16 travels as its raw bits in a Uint16Array; models/core/float16.ts converts. bool is one byte a value. */
export type TensorData = Float32Array | Uint16Array | Uint8Array | Int8Array | Int32Array | BigInt64Array;

/** Row-major dense data; `data.length` is the product of `dims`. */
export interface TensorValue {
  type: TensorType;
  dims: readonly number[];
  data: TensorData;
}

export interface ValueSignature {
  name: string;
  type: string;
  /** Numbers for fixed sides, names (or '') for free ones. */
  dimensions: readonly (number | string)[];
}

export interface ModelSession {
  readonly inputs: readonly ValueSignature[];
  readonly outputs: readonly ValueSignature[];
  run(feeds: Readonly<Record<string, TensorValue>>): Promise<Record<string, TensorValue>>;
}
