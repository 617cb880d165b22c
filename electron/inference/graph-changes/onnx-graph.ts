/** An ONNX graph's nodes and constants by name, with the places of their bytes in the file; no weight is read. */
import { stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { elementType } from './proto-write.ts';
import { ProtoFile } from './proto-file.ts';

export interface Span {
  start: number;
  end: number;
}

export interface GraphNode {
  /** The whole field in the file, tag and all. */
  field: Span;
  op: string;
  domain: string;
  name: string;
  inputs: string[];
  outputs: string[];
  /** Integer attributes, and lists of them. */
  attributes: Record<string, number | number[]>;
}

export interface Constant {
  name: string;
  dims: number[];
  /** ONNX element type. */
  type: number;
  /** The whole field in the graph; null for constants inside of nodes. */
  field: Span | null;
  /** Bytes in row-major order; file null: in the graph itself, else beside it. Null: stored in a way that is not read. */
  data: (Span & { file: string | null }) | null;
}

export interface OnnxGraph {
  path: string;
  size: number;
  /** ModelProto.graph: its tag, and its body. */
  tagAt: number;
  body: Span;
  nodes: GraphNode[];
  constants: Map<string, Constant>;
  /** Names of graph inputs that are no constants, with their element types. */
  inputs: Map<string, number>;
  /** Constants that the graph lists as inputs too, as old exports do. */
  constantInputs: Set<string>;
  outputs: string[];
  opset: number;
  /** By the name of a value: the node that makes it, and those that take it. */
  makerOf: Map<string, GraphNode>;
  takersOf: Map<string, GraphNode[]>;
  /** Files beside the graph that hold its weights, relative to it. */
  externalFiles: string[];
}

/** @throws RangeError for files that are no ONNX graphs */
export async function readOnnxGraph(path: string): Promise<OnnxGraph> {
  const file = await ProtoFile.open(path);
  try {
    const graph: OnnxGraph = {
      path,
      size: file.size,
      tagAt: -1,
      body: { start: 0, end: 0 },
      nodes: [],
      constants: new Map(),
      inputs: new Map(),
      constantInputs: new Set(),
      outputs: [],
      opset: 0,
      makerOf: new Map(),
      takersOf: new Map(),
      externalFiles: [],
    };
    for await (const part of file.fields(0, file.size)) {
      if (part.field === 7 && part.wire === 2) {
        graph.tagAt = part.at;
        graph.body = { start: part.start, end: part.end };
      } else if (part.field === 8 && part.wire === 2) graph.opset = Math.max(graph.opset, await opsetOf(file, part));
    }
    if (graph.tagAt < 0) throw new RangeError('The file holds no graph.');
    for await (const part of file.fields(graph.body.start, graph.body.end)) {
      if (part.wire !== 2) continue;
      const field = { start: part.at, end: part.end };
      if (part.field === 1) graph.nodes.push(await readNode(file, part, field, graph));
      else if (part.field === 5) addConstant(graph, await readTensor(file, part, field));
      else if (part.field === 11) graph.inputs.set(...(await readValue(file, part)));
      else if (part.field === 12) graph.outputs.push((await readValue(file, part))[0]);
    }
    for (const name of graph.constants.keys()) if (graph.inputs.delete(name)) graph.constantInputs.add(name);
    for (const node of graph.nodes) {
      for (const name of node.outputs) graph.makerOf.set(name, node);
      for (const name of node.inputs) graph.takersOf.set(name, [...(graph.takersOf.get(name) ?? []), node]);
    }
    await measureExternal(graph);
    return graph;
  } finally {
    await file.close();
  }
}

function addConstant(graph: OnnxGraph, constant: Constant): void {
  graph.constants.set(constant.name, constant);
  const external = constant.data?.file;
  if (typeof external === 'string' && !graph.externalFiles.includes(external)) graph.externalFiles.push(external);
}

/** Data without a stated length goes to the file's end. */
async function measureExternal(graph: OnnxGraph): Promise<void> {
  for (const { data } of graph.constants.values()) {
    if (data === null || data.file === null || Number.isFinite(data.end)) continue;
    data.end = (await stat(join(dirname(graph.path), data.file))).size;
  }
}

async function opsetOf(file: ProtoFile, { start, end }: Span): Promise<number> {
  let domain = '';
  let version = 0;
  for await (const part of file.fields(start, end)) {
    if (part.field === 1 && part.wire === 2) domain = await file.text(part.start, part.end);
    if (part.field === 2 && part.wire === 0) version = part.value;
  }
  return domain === '' || domain === 'ai.onnx' ? version : 0;
}

async function readNode(file: ProtoFile, { start, end }: Span, field: Span, graph: OnnxGraph): Promise<GraphNode> {
  const node: GraphNode = { field, op: '', domain: '', name: '', inputs: [], outputs: [], attributes: {} };
  let tensor: Constant | null = null;
  for await (const part of file.fields(start, end)) {
    if (part.wire !== 2) continue;
    if (part.field === 1) node.inputs.push(await file.text(part.start, part.end));
    else if (part.field === 2) node.outputs.push(await file.text(part.start, part.end));
    else if (part.field === 3) node.name = await file.text(part.start, part.end);
    else if (part.field === 4) node.op = await file.text(part.start, part.end);
    else if (part.field === 7) node.domain = await file.text(part.start, part.end);
    else if (part.field === 5) tensor = (await readAttribute(file, part, node)) ?? tensor;
  }
  const [output] = node.outputs;
  if (node.op === 'Constant' && tensor !== null && output !== undefined) addConstant(graph, { ...tensor, name: output });
  return node;
}

/** AttributeProto: name = 1, i = 3, t = 5, ints = 8. @returns the tensor of a constant */
async function readAttribute(file: ProtoFile, { start, end }: Span, node: GraphNode): Promise<Constant | null> {
  let name = '';
  let single: number | null = null;
  const several: number[] = [];
  let tensor: Constant | null = null;
  for await (const part of file.fields(start, end)) {
    if (part.field === 1 && part.wire === 2) name = await file.text(part.start, part.end);
    else if (part.field === 3 && part.wire === 0) single = part.value;
    else if (part.field === 5 && part.wire === 2) tensor = await readTensor(file, part, null);
    else if (part.field === 8) several.push(...(await integers(file, part)));
  }
  if (several.length > 0) node.attributes[name] = several;
  else if (single !== null) node.attributes[name] = single;
  return name === 'value' ? tensor : null;
}

/** TensorProto: dims = 1, data_type = 2, float_data = 4, name = 8, raw_data = 9, external_data = 13, data_location = 14. */
async function readTensor(file: ProtoFile, { start, end }: Span, field: Span | null): Promise<Constant> {
  const constant: Constant = { name: '', dims: [], type: 0, field, data: null };
  const external: Record<string, string> = {};
  let isExternal = false;
  for await (const part of file.fields(start, end)) {
    if (part.field === 1) constant.dims.push(...(await integers(file, part)));
    else if (part.field === 2 && part.wire === 0) constant.type = part.value;
    else if (part.field === 8 && part.wire === 2) constant.name = await file.text(part.start, part.end);
    // Packed floats are stored as raw bytes are.
    else if ((part.field === 9 || part.field === 4) && part.wire === 2) constant.data = { file: null, start: part.start, end: part.end };
    else if (part.field === 14) isExternal = part.value === 1;
    else if (part.field === 13 && part.wire === 2) {
      let key = '';
      let value = '';
      for await (const entry of file.fields(part.start, part.end)) {
        if (entry.field === 1) key = await file.text(entry.start, entry.end);
        else if (entry.field === 2) value = await file.text(entry.start, entry.end);
      }
      external[key] = value;
    }
  }
  const location = external['location'];
  if (isExternal && location !== undefined) {
    const offset = Number(external['offset'] ?? 0);
    const length = external['length'];
    constant.data = { file: location, start: offset, end: length === undefined ? Infinity : offset + Number(length) };
  }
  return constant;
}

async function integers(file: ProtoFile, part: { wire: number; value: number } & Span): Promise<number[]> {
  if (part.wire === 0) return [part.value];
  const found: number[] = [];
  for (let at = part.start; at < part.end;) {
    const { value, next } = await file.varint(at);
    found.push(value);
    at = next;
  }
  return found;
}

/** ValueInfoProto: name = 1, type = 2 > tensor_type = 1 > elem_type = 1. */
async function readValue(file: ProtoFile, { start, end }: Span): Promise<[string, number]> {
  let name = '';
  let type = 0;
  for await (const part of file.fields(start, end)) {
    if (part.field === 1 && part.wire === 2) name = await file.text(part.start, part.end);
    if (part.field !== 2 || part.wire !== 2) continue;
    for await (const kind of file.fields(part.start, part.end)) {
      if (kind.field !== 1 || kind.wire !== 2) continue;
      for await (const inner of file.fields(kind.start, kind.end)) if (inner.field === 1 && inner.wire === 0) type = inner.value;
    }
  }
  return [name, type];
}

/** Values that only pass another on, however it is stored or shaped. */
const passing: ReadonlySet<string> = new Set(['Cast', 'Identity', 'Reshape', 'Unsqueeze', 'Squeeze', 'Flatten', 'Expand']);

/** Follows a value back through such nodes. */
export function originOf(graph: OnnxGraph, value: string): string {
  let at = value;
  for (let steps = 0; steps < 32; steps += 1) {
    const maker = graph.makerOf.get(at);
    const [input] = maker?.inputs ?? [];
    if (maker === undefined || input === undefined || !passing.has(maker.op)) return at;
    at = input;
  }
  return at;
}

export const isFloat = ({ type }: Constant): boolean => type === elementType.float32 || type === elementType.float16;
