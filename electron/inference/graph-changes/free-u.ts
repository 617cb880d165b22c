/**
 * FreeU (Si et al., arXiv:2309.11497) as a graph rewrite. Before each join of the first two levels on the way up, half of the
 * backbone's channels are scaled by b, and the lowest frequencies of the skip by s: in a centred Fourier transform the two rows and
 * columns around the middle, as diffusers' fourier_filter(threshold=1) has it. Those are frequencies (u, v) of {-1, 0} x {-1, 0},
 * so that the filter is x + (s - 1) P x with P the projection on 1, and the cosines and sines of 2 pi y/H, 2 pi x/W and
 * 2 pi (y/H + x/W): a product with seven columns, which every runtime has.
 */
import type { OnnxGraph } from './onnx-graph.ts';
import { elementType, nodeField, tensorField, type AttributeValue } from './proto-write.ts';
import { moduleWeights } from './modules.ts';
import { renamedInputs } from './renamed-inputs.ts';
import type { Rewrite } from './rewrite.ts';

export interface FreeU {
  b1: number;
  b2: number;
  s1: number;
  s2: number;
}

const join = /(?:^|\/)up_blocks\.([01])\/Concat(?:_\d+)?$/;

/** Null: the joins cannot be found in this graph. */
export async function freeUChanges(graph: OnnxGraph, { b1, b2, s1, s2 }: FreeU): Promise<Rewrite | null> {
  const joins = graph.nodes.flatMap((node) => {
    const level = node.op === 'Concat' && node.attributes['axis'] === 1 && node.inputs.length === 2 ? join.exec(node.name)?.[1] : undefined;
    return level === undefined ? [] : [{ node, level: Number(level) }];
  });
  if (!joins.some(({ level }) => level === 0)) return null;
  const type = activationType(graph);
  const rewrite: Rewrite = { edits: [], added: [] };
  for (const [index, { node, level }] of joins.entries()) {
    const [backbone, skip] = node.inputs;
    if (backbone === undefined || skip === undefined) continue;
    const parts = new Parts(`kiln_freeu_${String(index)}`);
    const scaled = parts.backbone(backbone, level === 0 ? b1 : b2, type);
    const filtered = parts.filtered(skip, level === 0 ? s1 : s2, type);
    rewrite.added.push(...parts.fields);
    rewrite.edits.push(await renamedInputs(graph, node, [scaled, filtered]));
  }
  return rewrite;
}

/** What flows through the way up: as its convolutions' weights, unless those are stored as halves and cast. */
function activationType(graph: OnnxGraph): number {
  const weight = moduleWeights(graph).get('up_blocks_0_resnets_0_conv1');
  const isDirect = weight?.node.inputs[1] === weight?.constant.name;
  return weight?.constant.type === elementType.float16 && isDirect ? elementType.float16 : elementType.float32;
}

const float = (...values: number[]): Uint8Array => new Uint8Array(Float32Array.from(values).buffer);
const int64 = (...values: number[]): Uint8Array => new Uint8Array(BigInt64Array.from(values, BigInt).buffer);

/** Adds nodes and constants under one prefix. */
class Parts {
  readonly fields: Buffer[] = [];
  readonly #prefix: string;
  #count = 0;

  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  #name(): string {
    this.#count += 1;
    return `${this.#prefix}_${String(this.#count)}`;
  }

  #node(op: string, inputs: readonly string[], attributes: Readonly<Record<string, AttributeValue>> = {}): string {
    const output = this.#name();
    this.fields.push(nodeField(op, inputs, [output], attributes));
    return output;
  }

  #constant(type: number, dims: readonly number[], data: Uint8Array): string {
    const name = this.#name();
    this.fields.push(tensorField(name, type, dims, data));
    return name;
  }

  #float(value: number): string {
    return this.#constant(elementType.float32, [], float(value));
  }

  #shape(...dims: number[]): string {
    return this.#constant(elementType.int64, [dims.length], int64(...dims));
  }

  #side(shape: string, axis: number): string {
    return this.#node('Gather', [shape, this.#constant(elementType.int64, [], int64(axis))], { axis: 0 });
  }

  backbone(value: string, factor: number, type: number): string {
    const channels = this.#side(this.#node('Shape', [value]), 1);
    const half = this.#node('Div', [channels, this.#constant(elementType.int64, [], int64(2))]);
    const zero = this.#constant(elementType.int64, [], int64(0));
    const one = this.#constant(elementType.int64, [], int64(1));
    const isScaled = this.#node('Less', [this.#node('Range', [zero, channels, one]), half]);
    const factors = this.#node('Where', [isScaled, this.#float(factor), this.#float(1)]);
    const asChannels = this.#node('Reshape', [factors, this.#shape(1, -1, 1, 1)]);
    return this.#node('Mul', [value, this.#cast(asChannels, elementType.float32, type)]);
  }

  filtered(value: string, factor: number, type: number): string {
    const shape = this.#node('Shape', [value]);
    const height = this.#node('Cast', [this.#side(shape, 2)], { to: elementType.float32 });
    const width = this.#node('Cast', [this.#side(shape, 3)], { to: elementType.float32 });
    const basis = this.#basis(height, width);
    const plain = this.#cast(value, type, elementType.float32);
    const rows = this.#node('Reshape', [plain, this.#shape(0, 0, -1)]);
    const weights = this.#node('MatMul', [rows, basis]);
    const low = this.#node('MatMul', [weights, this.#node('Transpose', [basis], { perm: [1, 0] })]);
    const scale = this.#node('Div', [this.#float(factor - 1), this.#node('Mul', [height, width])]);
    const change = this.#node('Reshape', [this.#node('Mul', [low, scale]), shape]);
    return this.#cast(this.#node('Add', [plain, change]), elementType.float32, type);
  }

  /** [H * W, 7]: one, three cosines, three sines. */
  #basis(height: string, width: string): string {
    const down = this.#node('Reshape', [this.#angles(height), this.#shape(-1, 1)]);
    const right = this.#node('Reshape', [this.#angles(width), this.#shape(1, -1)]);
    const zero = this.#float(0);
    const still = this.#node('Mul', [right, zero]);
    const column = this.#shape(-1, 1);
    const asColumn = (angles: string): string => this.#node('Reshape', [angles, column]);
    const first = asColumn(this.#node('Add', [down, still]));
    const second = asColumn(this.#node('Add', [this.#node('Mul', [down, zero]), right]));
    const third = asColumn(this.#node('Add', [down, right]));
    const angles = this.#node('Concat', [first, second, third], { axis: 1 });
    const one = this.#node('Cos', [this.#node('Mul', [first, zero])]);
    return this.#node('Concat', [one, this.#node('Cos', [angles]), this.#node('Sin', [angles])], { axis: 1 });
  }

  /** 2 pi i / n for i = 0..n-1. */
  #angles(count: string): string {
    const range = this.#node('Range', [this.#float(0), count, this.#float(1)]);
    return this.#node('Div', [this.#node('Mul', [range, this.#float(2 * Math.PI)]), count]);
  }

  #cast(value: string, from: number, to: number): string {
    return from === to ? value : this.#node('Cast', [value], { to });
  }
}
