/**
 * Convolutions that onnxruntime 1.30's WebGPU computes wrongly: those whose input channels are a multiple of 3, above 3 and no
 * multiple of 4, and whose output channels are one of 4 (its shader takes three channels at a time there, and reads them from the
 * wrong places; microsoft/onnxruntime issue 29651). The first layer of every inpainting UNet, 9 to 320, is such a one.
 */
import { readOnnxGraph } from '../graph-changes/onnx-graph.ts';

function isMiscomputed([outChannels = 0, inChannels = 0]: readonly number[]): boolean {
  return inChannels > 3 && inChannels % 3 === 0 && inChannels % 4 !== 0 && outChannels % 4 === 0;
}

/** Names of a graph's nodes that must be left to the CPU. A node without a name has none to be called by: '' then stands for it. */
export async function miscomputedConvolutions(modelFile: string): Promise<string[]> {
  const { nodes, constants } = await readOnnxGraph(modelFile);
  return nodes.flatMap(({ op, name, inputs: [, weights = ''], attributes }) => {
    const dims = constants.get(weights)?.dims ?? [];
    const isWhole = (attributes['group'] ?? 1) === 1;
    return op === 'Conv' && isWhole && dims.length === 4 && isMiscomputed(dims) ? [name] : [];
  });
}
