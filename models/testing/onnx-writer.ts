/**
 * Writes small ONNX graphs (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto), so that tests run real runtimes on
 * real files of a few kilobytes. Field numbers below are those of onnx.proto.
 */
export interface GraphValue {
  name: string;
  type: 'float32' | 'uint8' | 'int64' | 'float16' | 'bool';
  dims: (number | string)[];
}

/** A graph: the branch of an If, which sees the values around it. */
export type AttributeValue = number | string | number[] | { float: number } | { graph: Graph };

export interface GraphNode {
  op: string;
  inputs: string[];
  outputs: string[];
  attributes?: Record<string, AttributeValue>;
}

export interface GraphInitializer {
  name: string;
  dims: number[];
  values: Float32Array | BigInt64Array;
  /** Stored in this file instead of in the graph. */
  external?: string;
}

export interface Graph {
  inputs: GraphValue[];
  outputs: GraphValue[];
  nodes: GraphNode[];
  initializers?: GraphInitializer[];
  opset?: number;
}

const elementTypes = { float32: 1, uint8: 2, int64: 7, bool: 9, float16: 10 } as const;

function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = BigInt(value);
  if (rest < 0n) rest += 1n << 64n;
  do {
    const low = Number(rest & 0x7fn);
    rest >>= 7n;
    bytes.push(rest > 0n ? low | 0x80 : low);
  } while (rest > 0n);
  return bytes;
}

const number = (field: number, value: number): number[] => [...varint(field * 8), ...varint(value)];
const block = (field: number, bytes: ArrayLike<number>): number[] => [
  ...varint(field * 8 + 2),
  ...varint(bytes.length),
  ...Array.from(bytes),
];
const text = (field: number, value: string): number[] => block(field, new TextEncoder().encode(value));
const float = (field: number, value: number): number[] => [...varint(field * 8 + 5), ...new Uint8Array(new Float32Array([value]).buffer)];

function valueInfo(value: GraphValue): number[] {
  const shape = value.dims.flatMap((dim) => block(1, typeof dim === 'number' ? number(1, dim) : text(2, dim)));
  const tensorType = [...number(1, elementTypes[value.type]), ...block(2, shape)];
  return [...text(1, value.name), ...block(2, block(1, tensorType))];
}

function attribute(name: string, value: AttributeValue): number[] {
  if (typeof value === 'string') return [...text(1, name), ...text(4, value), ...number(20, 3)];
  if (typeof value === 'number') return [...text(1, name), ...number(3, value), ...number(20, 2)];
  if (Array.isArray(value)) return [...text(1, name), ...value.flatMap((item) => number(8, item)), ...number(20, 7)];
  if ('graph' in value) return [...text(1, name), ...block(6, graphBody(value.graph)), ...number(20, 5)];
  return [...text(1, name), ...float(2, value.float), ...number(20, 1)];
}

function node({ op, inputs, outputs, attributes = {} }: GraphNode): number[] {
  return [
    ...inputs.flatMap((input) => text(1, input)),
    ...outputs.flatMap((output) => text(2, output)),
    ...text(4, op),
    ...Object.entries(attributes).flatMap(([name, value]) => block(5, attribute(name, value))),
  ];
}

function initializer({ name, dims, values, external }: GraphInitializer): number[] {
  const head = [...dims.flatMap((dim) => number(1, dim)), ...number(2, values instanceof Float32Array ? 1 : 7), ...text(8, name)];
  if (external !== undefined) return [...head, ...block(13, [...text(1, 'location'), ...text(2, external)]), ...number(14, 1)];
  return [...head, ...block(9, new Uint8Array(values.buffer, values.byteOffset, values.byteLength))];
}

function graphBody(graph: Graph): number[] {
  return [
    ...graph.nodes.flatMap((item) => block(1, node(item))),
    ...text(2, 'kiln-test'),
    ...(graph.initializers ?? []).flatMap((item) => block(5, initializer(item))),
    ...graph.inputs.flatMap((input) => block(11, valueInfo(input))),
    ...graph.outputs.flatMap((output) => block(12, valueInfo(output))),
  ];
}

export function writeOnnx(graph: Graph): Uint8Array {
  return Uint8Array.from([
    ...number(1, 9),
    ...text(2, 'kiln'),
    ...block(7, graphBody(graph)),
    ...block(8, [...text(1, ''), ...number(2, graph.opset ?? 17)]),
  ]);
}
