/** Matrix products by the runtime itself, dozens of times quicker than in JavaScript: merging is mostly that. */
import { rm, writeFile } from 'node:fs/promises';
import type { OnnxRuntime } from '../runtimes/runtime.ts';
import { multiplyPlainly, type Multiply } from './lora.ts';
import { block, elementType, nodeField, number, text } from './proto-write.ts';

/** Below this many multiplications the call costs more than it saves. */
const worthwhile = 1 << 20;

/** A graph of one MatMul with free sides. ValueInfoProto: name = 1, type = 2 > tensor_type = 1 > (elem_type = 1, shape = 2). */
function productGraph(): Buffer {
  const value = (field: number, name: string, dims: readonly string[]): Buffer => {
    const shape = Buffer.concat(dims.map((dim) => block(1, text(2, dim))));
    const tensor = Buffer.concat([number(1, elementType.float32), block(2, shape)]);
    return block(field, Buffer.concat([text(1, name), block(2, block(1, tensor))]));
  };
  const graph = Buffer.concat([
    nodeField('MatMul', ['left', 'right'], ['product']),
    text(2, 'product'),
    value(11, 'left', ['rows', 'inner']),
    value(11, 'right', ['inner', 'columns']),
    value(12, 'product', ['rows', 'columns']),
  ]);
  return Buffer.concat([number(1, 8), block(7, graph), block(8, Buffer.concat([text(1, ''), number(2, 13)]))]);
}

/** @param scratch a path the graph may lie at for a moment */
export async function withProduct<Result>(
  runtime: OnnxRuntime,
  scratch: string,
  work: (multiply: Multiply) => Promise<Result>,
): Promise<Result> {
  await writeFile(scratch, productGraph());
  const session = await runtime.open(scratch);
  try {
    return await work(async (left, right, rows, inner, columns) => {
      if (rows * inner * columns < worthwhile) return multiplyPlainly(left, right, rows, inner, columns);
      const { product } = await session.run({
        left: { type: 'float32', dims: [rows, inner], data: left },
        right: { type: 'float32', dims: [inner, columns], data: right },
      });
      if (!(product?.data instanceof Float32Array)) throw new Error('The runtime gave no product.');
      return product.data;
    });
  } finally {
    await session.release();
    await rm(scratch, { force: true });
  }
}
