/** The graphs that tests and the probe run. */
import { seededRandom } from '../core/seeded-random.ts';
import { writeOnnx, type GraphValue } from './onnx-writer.ts';

const picture = (name: string, channels: number, side: number | string, type: GraphValue['type'] = 'float32'): GraphValue => ({
  name,
  type,
  dims: [1, channels, side, side],
});

/** Convolution, activation, resize and matrix product: what inpainting graphs are made of. Input x [1,3,32,32], output y [1,8,64,64]. */
export function probeGraph(): Uint8Array {
  const random = seededRandom(7);
  const weights = (count: number, scale: number): Float32Array => Float32Array.from({ length: count }, () => (random() - 0.5) * scale);
  return writeOnnx({
    inputs: [picture('x', 3, 32)],
    outputs: [{ name: 'y', type: 'float32', dims: [1, 8, 64, 64] }],
    initializers: [
      { name: 'w1', dims: [8, 3, 3, 3], values: weights(8 * 27, 0.4) },
      { name: 'w2', dims: [8, 8, 3, 3], values: weights(8 * 72, 0.3) },
      { name: 'm', dims: [32, 32], values: weights(32 * 32, 0.3) },
      { name: 'scales', dims: [4], values: new Float32Array([1, 1, 2, 2]) },
    ],
    nodes: [
      { op: 'Conv', inputs: ['x', 'w1'], outputs: ['c1'], attributes: { kernel_shape: [3, 3], pads: [1, 1, 1, 1] } },
      { op: 'LeakyRelu', inputs: ['c1'], outputs: ['a1'], attributes: { alpha: { float: 0.2 } } },
      { op: 'MatMul', inputs: ['a1', 'm'], outputs: ['p1'] },
      { op: 'Add', inputs: ['a1', 'p1'], outputs: ['s1'] },
      {
        op: 'Resize',
        inputs: ['s1', '', 'scales'],
        outputs: ['r1'],
        attributes: { mode: 'linear', coordinate_transformation_mode: 'half_pixel' },
      },
      { op: 'Conv', inputs: ['r1', 'w2'], outputs: ['c2'], attributes: { kernel_shape: [3, 3], pads: [1, 1, 1, 1] } },
      { op: 'Sigmoid', inputs: ['c2'], outputs: ['y'] },
    ],
  });
}

/** LaMa's call: image 0..1 and mask (1 = hole) in, 0..255 out. Fills the hole with the mean of the known pixels' blur. */
export function lamaLikeGraph(side: number): Uint8Array {
  return writeOnnx({
    inputs: [picture('image', 3, side), picture('mask', 1, side)],
    outputs: [picture('output', 3, side)],
    initializers: [
      { name: 'one', dims: [1], values: new Float32Array([1]) },
      { name: 'full', dims: [1], values: new Float32Array([255]) },
      { name: 'tiny', dims: [1], values: new Float32Array([1e-6]) },
    ],
    nodes: [
      { op: 'Sub', inputs: ['one', 'mask'], outputs: ['known'] },
      { op: 'Mul', inputs: ['image', 'known'], outputs: ['kept'] },
      { op: 'ReduceMean', inputs: ['kept'], outputs: ['keptMean'], attributes: { axes: [2, 3], keepdims: 1 } },
      { op: 'ReduceMean', inputs: ['known'], outputs: ['knownMean'], attributes: { axes: [2, 3], keepdims: 1 } },
      { op: 'Add', inputs: ['knownMean', 'tiny'], outputs: ['share'] },
      { op: 'Div', inputs: ['keptMean', 'share'], outputs: ['mean'] },
      { op: 'Mul', inputs: ['mean', 'mask'], outputs: ['fill'] },
      { op: 'Add', inputs: ['kept', 'fill'], outputs: ['sum'] },
      { op: 'Mul', inputs: ['sum', 'full'], outputs: ['output'] },
    ],
  });
}

/** MI-GAN's pipeline call: uint8 image and mask (255 = known), uint8 out, any size. Gives the image back. */
export function miganLikeGraph(): Uint8Array {
  return writeOnnx({
    inputs: [picture('image', 3, 'side', 'uint8'), picture('mask', 1, 'side', 'uint8')],
    outputs: [picture('result', 3, 'side', 'uint8')],
    nodes: [
      { op: 'Max', inputs: ['image', 'mask'], outputs: ['most'] },
      { op: 'Min', inputs: ['image', 'most'], outputs: ['result'] },
    ],
  });
}

/** One input of masked RGB and mask. */
export function fourChannelGraph(side: number): Uint8Array {
  return writeOnnx({
    inputs: [picture('input', 4, side)],
    outputs: [picture('output', 3, side)],
    initializers: [{ name: 'w', dims: [3, 4, 1, 1], values: new Float32Array([1, 0, 0, 0.5, 0, 1, 0, 0.5, 0, 0, 1, 0.5]) }],
    nodes: [{ op: 'Conv', inputs: ['input', 'w'], outputs: ['output'], attributes: { kernel_shape: [1, 1] } }],
  });
}

/** MI-GAN's bare generator: (known - 0.5, RGB -1..1 with holes at 0) in, -1..1 out. Known pixels come back, holes become 0.1. */
export function miganGeneratorLikeGraph(side: number): Uint8Array {
  return writeOnnx({
    inputs: [picture('input', 4, side)],
    outputs: [picture('output', 3, side)],
    initializers: [
      { name: 'w', dims: [3, 4, 1, 1], values: new Float32Array([-0.1, 1, 0, 0, -0.1, 0, 1, 0, -0.1, 0, 0, 1]) },
      { name: 'half', dims: [1], values: new Float32Array([0.05]) },
    ],
    nodes: [
      { op: 'Conv', inputs: ['input', 'w'], outputs: ['mixed'], attributes: { kernel_shape: [1, 1] } },
      { op: 'Add', inputs: ['mixed', 'half'], outputs: ['output'] },
    ],
  });
}

/** Looks like LaMa, gives NaN. */
export function nanGraph(side: number): Uint8Array {
  return writeOnnx({
    inputs: [picture('image', 3, side), picture('mask', 1, side)],
    outputs: [picture('output', 3, side)],
    initializers: [{ name: 'zero', dims: [1], values: new Float32Array([0]) }],
    nodes: [
      { op: 'Mul', inputs: ['image', 'mask'], outputs: ['product'] },
      { op: 'Mul', inputs: ['product', 'zero'], outputs: ['nothing'] },
      { op: 'Div', inputs: ['nothing', 'nothing'], outputs: ['output'] },
    ],
  });
}

/** Asks for an operator set that does not exist yet. */
export function wrongOpsetGraph(): Uint8Array {
  return writeOnnx({
    inputs: [picture('image', 3, 8), picture('mask', 1, 8)],
    outputs: [picture('output', 3, 8)],
    nodes: [{ op: 'Add', inputs: ['image', 'mask'], outputs: ['output'] }],
    opset: 99,
  });
}

/** Looks like LaMa and takes its time: `rounds` convolutions. For tests that cancel or kill a run. */
export function slowGraph(side: number, rounds: number): Uint8Array {
  const nodes = Array.from({ length: rounds }, (_, round) => ({
    op: 'Conv',
    inputs: [round === 0 ? 'lifted' : `c${String(round - 1)}`, 'w'],
    outputs: [`c${String(round)}`],
    attributes: { kernel_shape: [5, 5], pads: [2, 2, 2, 2] },
  }));
  return writeOnnx({
    inputs: [picture('image', 3, side), picture('mask', 1, side)],
    outputs: [picture('output', 3, side)],
    initializers: [
      { name: 'lift', dims: [64, 3, 1, 1], values: new Float32Array(192).fill(0.01) },
      { name: 'w', dims: [64, 64, 5, 5], values: new Float32Array(64 * 64 * 25).fill(1 / 1600) },
      { name: 'drop', dims: [3, 64, 1, 1], values: new Float32Array(192).fill(1) },
    ],
    nodes: [
      { op: 'Conv', inputs: ['image', 'lift'], outputs: ['lifted'], attributes: { kernel_shape: [1, 1] } },
      ...nodes,
      { op: 'Conv', inputs: [`c${String(rounds - 1)}`, 'drop'], outputs: ['dropped'], attributes: { kernel_shape: [1, 1] } },
      { op: 'Add', inputs: ['dropped', 'mask'], outputs: ['output'] },
    ],
  });
}
