/** Low-rank changes merged into a graph's constants: W += weight * alpha / rank * up * down (arXiv:2106.09685, section 4.1). */
import { AppError } from '../../../shared/contract/errors.ts';
import { loraModules, type LoraModule, type LoraTarget } from '../../../shared/weights/lora-modules.ts';
import { moduleWeights, type ModuleWeight } from './modules.ts';
import { isFloat, type OnnxGraph } from './onnx-graph.ts';
import type { Edit } from './rewrite.ts';
import { constantBytes, readConstant, type WeightsFile } from './weights-file.ts';

export interface LoraSource {
  name: string;
  weight: number;
  file: WeightsFile;
}

/** [rows, inner] times [inner, columns], all row-major. */
export type Multiply = (left: Float32Array, right: Float32Array, rows: number, inner: number, columns: number) => Promise<Float32Array>;

interface Change {
  lora: LoraSource;
  module: LoraModule;
}

/**
 * @returns one edit for each constant that changes
 * @throws model-mismatch when nothing of a LoRA fits the UNet
 */
export function loraEdits(
  graph: OnnxGraph,
  target: LoraTarget,
  loras: readonly LoraSource[],
  multiply: Multiply,
  note: (text: string) => void,
): Edit[] {
  const weights = moduleWeights(graph);
  const changes = new Map<ModuleWeight, Change[]>();
  for (const lora of loras) {
    const modules = loraModules(lora.file.header).filter((module) => module.target === target);
    if (modules.length === 0) continue;
    let fitting = 0;
    let otherSize: LoraModule | null = null;
    for (const module of modules) {
      const weight = weights.get(module.name);
      if (weight === undefined) continue;
      if (!fits(weight, module)) {
        otherSize = module;
        continue;
      }
      fitting += 1;
      changes.set(weight, [...(changes.get(weight) ?? []), { lora, module }]);
    }
    const inBytes = graph.nodes.some(({ op }) => op === 'DequantizeLinear');
    tell(lora, target, { all: modules.length, fitting, otherSize, inBytes }, note);
  }
  return [...changes].flatMap(([weight, all]) => {
    const { data } = weight.constant;
    return data === null ? [] : [{ file: data.file, start: data.start, end: data.end, bytes: () => merged(graph, weight, all, multiply) }];
  });
}

interface Fit {
  all: number;
  fitting: number;
  /** A module that is there in another size. */
  otherSize: LoraModule | null;
  /** Weights of the graph are stored as bytes, which cannot be merged into. */
  inBytes: boolean;
}

function tell({ name }: LoraSource, target: LoraTarget, { all, fitting, otherSize, inBytes }: Fit, note: (text: string) => void): void {
  const where = { unet: 'the UNet', 'text-encoder': 'the text encoder', 'text-encoder-2': 'the second text encoder' }[target];
  if (fitting === 0 && target === 'unet') {
    const why = inBytes
      ? 'this copy of the model stores its weights as bytes'
      : otherSize === null
        ? 'none of its parts is in this model'
        : 'it was made for a model of another size';
    throw new AppError('model-mismatch', `The LoRA "${name}" does not fit this model: ${why}.`, {
      action: inBytes ? 'Use the model it was made from.' : 'Choose a LoRA for this model’s family, or another model.',
    });
  }
  if (fitting < all) note(`LoRA "${name}": ${String(fitting)} of ${String(all)} parts fit ${where}.`);
}

function fits({ constant, transposed }: ModuleWeight, { up, down, mid }: LoraModule): boolean {
  if (!isFloat(constant) || constant.data === null) return false;
  const { dims } = constant;
  const elements = dims.reduce((product, length) => product * length, 1);
  const outputs = transposed ? dims.at(-1) : dims[0];
  const kernel = (mid ?? down).shape.slice(2).reduce((product, length) => product * length, 1);
  const inputs = down.shape.slice(1).reduce((product, length) => product * length, 1);
  const columns = mid === null ? inputs : inputs * kernel;
  return outputs !== undefined && outputs === up.shape[0] && outputs * columns === elements && (!transposed || dims.length === 2);
}

async function merged(
  graph: OnnxGraph,
  { constant, transposed }: ModuleWeight,
  changes: readonly Change[],
  multiply: Multiply,
): Promise<Uint8Array> {
  const values = await readConstant(graph, constant);
  for (const { lora, module } of changes) {
    const { up, down, mid, alpha } = module;
    const rank = down.shape[0] ?? 1;
    const outputs = up.shape[0] ?? 1;
    const upValues = await lora.file.read(up);
    const downValues = mid === null ? await lora.file.read(down) : await throughCore(lora.file, module, multiply);
    const inputs = downValues.length / rank;
    const alphaValue = alpha === null ? rank : ((await lora.file.read(alpha))[0] ?? rank);
    const scale = (lora.weight * alphaValue) / rank;
    const delta = await multiply(upValues, downValues, outputs, rank, inputs);
    if (!transposed) {
      for (let index = 0; index < values.length; index += 1) values[index] = (values[index] ?? 0) + scale * (delta[index] ?? 0);
      continue;
    }
    for (let row = 0; row < outputs; row += 1) {
      for (let column = 0; column < inputs; column += 1) {
        const at = column * outputs + row;
        values[at] = (values[at] ?? 0) + scale * (delta[row * inputs + column] ?? 0);
      }
    }
  }
  return constantBytes(values, constant.type);
}

/** Tucker's core folded into the lower half: [rank, inputs, height, width] = sum over r of core[rank, r, h, w] down[r, inputs]. */
async function throughCore(file: WeightsFile, { down, mid }: LoraModule, multiply: Multiply): Promise<Float32Array> {
  if (mid === null) return file.read(down);
  const [rank = 1, , height = 1, width = 1] = mid.shape;
  const core = await file.read(mid);
  const pixels = height * width;
  const rows = new Float32Array(rank * pixels * rank);
  for (let outer = 0; outer < rank; outer += 1) {
    for (let inner = 0; inner < rank; inner += 1) {
      for (let pixel = 0; pixel < pixels; pixel += 1)
        rows[(outer * pixels + pixel) * rank + inner] = core[(outer * rank + inner) * pixels + pixel] ?? 0;
    }
  }
  const inputs = down.shape.slice(1).reduce((product, length) => product * length, 1);
  const product = await multiply(rows, await file.read(down), rank * pixels, rank, inputs);
  const result = new Float32Array(rank * inputs * pixels);
  for (let outer = 0; outer < rank; outer += 1) {
    for (let pixel = 0; pixel < pixels; pixel += 1) {
      for (let input = 0; input < inputs; input += 1)
        result[(outer * inputs + input) * pixels + pixel] = product[(outer * pixels + pixel) * inputs + input] ?? 0;
    }
  }
  return result;
}

/** In JavaScript: for tests, and where no runtime is at hand. */
export const multiplyPlainly: Multiply = (left, right, rows, inner, columns) => {
  const product = new Float32Array(rows * columns);
  for (let row = 0; row < rows; row += 1) {
    const line = product.subarray(row * columns, (row + 1) * columns);
    for (let at = 0; at < inner; at += 1) {
      const factor = left[row * inner + at] ?? 0;
      if (factor === 0) continue;
      const other = right.subarray(at * columns, (at + 1) * columns);
      for (let column = 0; column < columns; column += 1) line[column] = (line[column] ?? 0) + factor * (other[column] ?? 0);
    }
  }
  return Promise.resolve(product);
};
