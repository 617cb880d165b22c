/** Graphs that tests of styles run: one style in a graph, as the ONNX zoo's fast neural style has it. */
import { writeOnnx, type GraphValue } from './onnx-writer.ts';

const picture = (name: string, height: number | string, width: number | string): GraphValue => ({
  name,
  type: 'float32',
  dims: [1, 3, height, width],
});

/**
 * Normalises each channel over the picture, exchanges red and blue, and gives 0..255 (and beyond, as the real ones do).
 * @param side null: any size
 */
export function fastStyleLikeGraph(side: number | null): Uint8Array {
  const [height, width] = [side ?? 'height', side ?? 'width'];
  return writeOnnx({
    inputs: [picture('input1', height, width)],
    outputs: [picture('output1', height, width)],
    initializers: [
      { name: 'scale', dims: [3], values: new Float32Array([80, 80, 80]) },
      { name: 'bias', dims: [3], values: new Float32Array([128, 128, 128]) },
      { name: 'swap', dims: [3, 3, 1, 1], values: new Float32Array([0, 0, 1, 0, 1, 0, 1, 0, 0]) },
    ],
    nodes: [
      { op: 'InstanceNormalization', inputs: ['input1', 'scale', 'bias'], outputs: ['normal'], attributes: { epsilon: { float: 1e-5 } } },
      { op: 'Conv', inputs: ['normal', 'swap'], outputs: ['output1'], attributes: { kernel_shape: [1, 1] } },
    ],
  });
}
