/** Small upscaling graphs with the calls of real ones: Real-ESRGAN, compact, x2plus, grey, half precision, odd ranges. */
import { seededRandom } from '../core/seeded-random.ts';
import { writeOnnx, type GraphNode, type GraphValue } from './onnx-writer.ts';

export interface UpscalerShape {
  factor: number;
  /** Fixed sides; free when left out. */
  side?: number;
  channels?: 1 | 3;
  type?: 'float32' | 'float16';
  /** Folds 2 × 2 pixels into channels first, as x2plus does: odd sides fail. */
  unshuffle?: boolean;
  /** Works on 0..255 and is wrong on anything else. */
  bytes?: boolean;
  /** Answers with black, or with no numbers at all. */
  broken?: 'black' | 'nan';
}

/**
 * A blur over 7 × 7 pixels with some sharpening, then enlarging by repetition: reaches 3 pixels far, so tiles without enough
 * context show.
 */
export function upscalerGraph({
  factor,
  side,
  channels = 3,
  type = 'float32',
  unshuffle = false,
  bytes = false,
  broken,
}: UpscalerShape): Uint8Array {
  const value = (name: string, dims: (number | string)[]): GraphValue => ({ name, type, dims });
  const random = seededRandom(3);
  // The same kernel for every channel, adding up to 1.
  const kernel = Float32Array.from({ length: 49 }, () => random() - 0.3);
  const sum = kernel.reduce((total, weight) => total + weight, 0);
  const inner = unshuffle ? channels * 4 : channels;
  const weights = new Float32Array(inner * inner * 49);
  for (let channel = 0; channel < inner; channel += 1) {
    kernel.forEach((weight, tap) => (weights[(channel * inner + channel) * 49 + tap] = weight / sum));
  }
  const nodes: GraphNode[] = [];
  let last = 'input';
  const then = (op: string, more: string[] = [], attributes: GraphNode['attributes'] = {}): void => {
    const output = `v${String(nodes.length)}`;
    nodes.push({ op, inputs: [last, ...more], outputs: [output], attributes });
    last = output;
  };
  if (type === 'float16') then('Cast', [], { to: 1 });
  if (bytes) {
    then('Sub', ['sixteen']);
    then('Relu');
    then('Add', ['sixteen']);
  }
  if (broken !== undefined) then('Mul', ['zero']);
  if (broken === 'nan') then('Div', ['zero']);
  if (unshuffle) then('SpaceToDepth', [], { blocksize: 2 });
  then('Conv', ['w'], { kernel_shape: [7, 7], pads: [3, 3, 3, 3] });
  if (unshuffle) then('DepthToSpace', [], { blocksize: 2, mode: 'CRD' });
  then('Resize', ['', 'scales'], { mode: 'nearest', nearest_mode: 'floor', coordinate_transformation_mode: 'asymmetric' });
  if (type === 'float16') then('Cast', [], { to: 10 });
  const final = nodes.at(-1);
  if (final !== undefined) final.outputs = ['output'];
  return writeOnnx({
    inputs: [value('input', [1, channels, side ?? 'height', side ?? 'width'])],
    outputs: [value('output', side === undefined ? ['n', channels, 'h', 'w'] : [1, channels, side * factor, side * factor])],
    initializers: [
      { name: 'w', dims: [inner, inner, 7, 7], values: weights },
      { name: 'scales', dims: [4], values: new Float32Array([1, 1, factor, factor]) },
      ...(bytes ? [{ name: 'sixteen', dims: [1], values: new Float32Array([16]) }] : []),
      ...(broken !== undefined ? [{ name: 'zero', dims: [1], values: new Float32Array([0]) }] : []),
    ],
    nodes,
  });
}
