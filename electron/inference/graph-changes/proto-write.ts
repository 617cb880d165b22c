/** Parts of ONNX messages as bytes (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto has the field numbers). */

export function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = BigInt(value);
  if (rest < 0n) rest += 1n << 64n;
  do {
    const low = Number(rest & 0x7fn);
    rest >>= 7n;
    bytes.push(rest > 0n ? low | 0x80 : low);
  } while (rest > 0n);
  return Buffer.from(bytes);
}

export const number = (field: number, value: number): Buffer => Buffer.concat([varint(field * 8), varint(value)]);
export const block = (field: number, bytes: Uint8Array): Buffer => Buffer.concat([varint(field * 8 + 2), varint(bytes.length), bytes]);
export const text = (field: number, value: string): Buffer => block(field, Buffer.from(value, 'utf8'));

/** ONNX element types. */
export const elementType = { float32: 1, int8: 3, int64: 7, float16: 10, bfloat16: 16 } as const;

export type AttributeValue = number | readonly number[];

/** Attributes are integers here: nothing that Kiln adds needs others. */
function attribute(name: string, value: AttributeValue): Buffer {
  return typeof value === 'number'
    ? Buffer.concat([text(1, name), number(3, value), number(20, 2)])
    : Buffer.concat([text(1, name), ...value.map((item) => number(8, item)), number(20, 7)]);
}

/** A GraphProto.node, tag and all. */
export function nodeField(
  op: string,
  inputs: readonly string[],
  outputs: readonly string[],
  attributes: Readonly<Record<string, AttributeValue>> = {},
): Buffer {
  return block(
    1,
    Buffer.concat([
      ...inputs.map((name) => text(1, name)),
      ...outputs.map((name) => text(2, name)),
      text(3, outputs[0] ?? op),
      text(4, op),
      ...Object.entries(attributes).map(([name, value]) => block(5, attribute(name, value))),
    ]),
  );
}

/** Where a tensor's bytes lie outside its graph. */
export interface ExternalPlace {
  location: string;
  offset: number;
  length: number;
}

/** A GraphProto.initializer, tag and all: its bytes inside, or beside the graph. */
export function tensorField(name: string, type: number, dims: readonly number[], data: Uint8Array | ExternalPlace): Buffer {
  const head = [...dims.map((dim) => number(1, dim)), number(2, type), text(8, name)];
  if (data instanceof Uint8Array) return block(5, Buffer.concat([...head, block(9, data)]));
  const entry = (key: string, value: string): Buffer => block(13, Buffer.concat([text(1, key), text(2, value)]));
  return block(
    5,
    Buffer.concat([
      ...head,
      entry('location', data.location),
      entry('offset', String(data.offset)),
      entry('length', String(data.length)),
      number(14, 1),
    ]),
  );
}
