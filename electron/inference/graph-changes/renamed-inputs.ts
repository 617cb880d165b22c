/** A node that takes other values than before; everything else of it stays byte for byte. */
import type { GraphNode, OnnxGraph } from './onnx-graph.ts';
import { ProtoFile } from './proto-file.ts';
import { block, text } from './proto-write.ts';
import type { Edit } from './rewrite.ts';

/** @param inputs all of the node's, in order */
export async function renamedInputs(graph: OnnxGraph, node: GraphNode, inputs: readonly string[]): Promise<Edit> {
  const file = await ProtoFile.open(graph.path);
  try {
    const parts: Buffer[] = [];
    let index = 0;
    for await (const outer of file.fields(node.field.start, node.field.end)) {
      for await (const part of file.fields(outer.start, outer.end)) {
        if (part.field === 1 && part.wire === 2) {
          parts.push(text(1, inputs[index] ?? (await file.text(part.start, part.end))));
          index += 1;
        } else parts.push(Buffer.from(await file.bytes(part.at, part.end - part.at)));
      }
    }
    const bytes = block(1, Buffer.concat(parts));
    return { file: null, ...node.field, resizes: true, bytes: () => Promise.resolve(bytes) };
  } finally {
    await file.close();
  }
}
