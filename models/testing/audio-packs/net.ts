/** Builds the tiny graphs node by node: weights are drawn from one seeded stream, values get running names. */
import { seededRandom } from '../../core/seeded-random.ts';
import { writeOnnx, type AttributeValue, type GraphInitializer, type GraphNode, type GraphValue } from '../onnx-writer.ts';

export class Net {
  readonly #random: () => number;
  readonly #nodes: GraphNode[] = [];
  readonly #initializers: GraphInitializer[] = [];
  #values = 0;

  constructor(seed: number) {
    this.#random = seededRandom(seed);
  }

  /** Uniform in -scale..scale. */
  weight(dims: number[], scale: number): string {
    const count = dims.reduce((product, dim) => product * dim, 1);
    return this.#constant(
      dims,
      Float32Array.from({ length: count }, () => (this.#random() * 2 - 1) * scale),
    );
  }

  floats(values: readonly number[], dims = [values.length]): string {
    return this.#constant(dims, Float32Array.from(values));
  }

  ints(values: readonly number[], dims = [values.length]): string {
    return this.#constant(dims, BigInt64Array.from(values.map(BigInt)));
  }

  op(op: string, inputs: string[], attributes: Record<string, AttributeValue> = {}): string {
    const output = this.#name();
    this.#nodes.push({ op, inputs, outputs: [output], attributes });
    return output;
  }

  /** Gives a value the name of an output. */
  output(value: string, name: string): void {
    this.#nodes.push({ op: 'Identity', inputs: [value], outputs: [name] });
  }

  /** One of two values; the node that makes it runs in its branch alone, as in the merged decoders of Optimum. */
  either(condition: string, yes: readonly [string, string[], Record<string, AttributeValue>?], no: string): string {
    const branch = (op: string, inputs: string[], attributes: Record<string, AttributeValue>): AttributeValue => {
      const made = this.#name();
      const outputs: GraphValue[] = [{ name: made, type: 'float32', dims: ['a', 'b', 'c', 'd'] }];
      return { graph: { inputs: [], outputs, nodes: [{ op, inputs, outputs: [made], attributes }] } };
    };
    return this.op('If', [condition], {
      then_branch: branch(yes[0], yes[1], yes[2] ?? {}),
      else_branch: branch('Identity', [no], {}),
    });
  }

  bytes(inputs: GraphValue[], outputs: GraphValue[]): Uint8Array {
    return writeOnnx({ inputs, outputs, nodes: this.#nodes, initializers: this.#initializers });
  }

  #constant(dims: number[], values: Float32Array | BigInt64Array): string {
    const name = this.#name();
    this.#initializers.push({ name, dims, values });
    return name;
  }

  #name(): string {
    this.#values += 1;
    return `v${String(this.#values)}`;
  }
}

export const value = (name: string, type: GraphValue['type'], dims: (number | string)[]): GraphValue => ({ name, type, dims });
