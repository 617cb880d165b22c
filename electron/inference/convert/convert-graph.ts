/**
 * A graph with its weights stored smaller: as halves, or the matrices as bytes. The arithmetic stays as it was: a Cast or a
 * DequantizeLinear brings each constant back, so that every backend runs the result. One tensor is in memory at a time.
 */
import { createWriteStream } from 'node:fs';
import { dirname, join } from 'node:path';
import { once } from 'node:events';
import { finished } from 'node:stream/promises';
import { AppError } from '../../../shared/contract/errors.ts';
import type { Conversion, StoredAs } from '../../../shared/contract/inference.ts';
import { moduleWeights } from '../graph-changes/modules.ts';
import { isFloat, readOnnxGraph, type Constant, type OnnxGraph } from '../graph-changes/onnx-graph.ts';
import { elementType, nodeField, tensorField, type ExternalPlace } from '../graph-changes/proto-write.ts';
import { writeGraph, type Rewrite } from '../graph-changes/rewrite.ts';
import { constantBytes, readConstant, readRaw } from '../graph-changes/weights-file.ts';
import { fitsHalves, quantised } from './quantise.ts';

/** Smaller ones are not worth a node. */
const fewestElements = 256;
const dataName = 'weights.data';
/** Files start each tensor at such a place, so that runtimes can map it. */
const alignment = 64;
/** DequantizeLinear by channel came with it. */
const channelOpset = 13;

export async function convertGraph(
  source: string,
  target: string,
  storedAs: StoredAs,
  { signal, onFraction }: { signal: AbortSignal; onFraction: (fraction: number) => void },
): Promise<Conversion> {
  const graph = await readOnnxGraph(source);
  if (storedAs === 'int8' && graph.opset < channelOpset) {
    throw new AppError(
      'unsupported',
      `The graph uses operator set ${String(graph.opset)}; bytes by channel need ${String(channelOpset)} or newer.`,
      {
        action: 'Store it as halves, or export the model again.',
      },
    );
  }
  const axes = storedAs === 'int8' ? outputAxes(graph) : new Map<string, number>();
  const rewrite: Rewrite = { edits: [], added: [] };
  const done: Conversion = { beforeBytes: 0, afterBytes: 0, halves: 0, bytes: 0 };
  const store = new Store(join(dirname(target), dataName));
  try {
    const movable = [...graph.constants.values()].filter((constant) => constant.field !== null && constant.data !== null);
    for (const [index, constant] of movable.entries()) {
      if (signal.aborted) throw new AppError('cancelled', 'The conversion was stopped.');
      await convertOne(constant);
      onFraction((index + 1) / movable.length);
    }
  } finally {
    await store.close();
  }
  await writeGraph(graph, rewrite, target);
  return done;

  async function convertOne(constant: Constant): Promise<void> {
    const { name, dims, type, field, data } = constant;
    if (field === null || data === null) return;
    const size = data.end - data.start;
    const elements = dims.reduce((product, length) => product * length, 1);
    const replace = (bytes: Uint8Array): void => {
      rewrite.edits.push({ file: null, ...field, resizes: true, bytes: () => Promise.resolve(bytes) });
    };
    const axis = axes.get(name);
    const convertible = isFloat(constant) && elements >= fewestElements && !graph.constantInputs.has(name);
    if (convertible && axis !== undefined) {
      const values = quantised(await readConstant(graph, constant), dims, axis);
      const names = { bytes: `${name}_kiln_bytes`, scales: `${name}_kiln_scales`, single: `${name}_kiln_single` };
      replace(tensorField(names.bytes, elementType.int8, dims, await store.put(values.bytes)));
      rewrite.added.push(tensorField(names.scales, elementType.float32, [values.scales.length], await store.put(asBytes(values.scales))));
      const toHalf = type === elementType.float16;
      rewrite.added.push(nodeField('DequantizeLinear', [names.bytes, names.scales], [toHalf ? names.single : name], { axis }));
      if (toHalf) rewrite.added.push(nodeField('Cast', [names.single], [name], { to: elementType.float16 }));
      count(size, values.bytes.byteLength + values.scales.byteLength, 'bytes');
      return;
    }
    if (convertible && type === elementType.float32) {
      const values = await readConstant(graph, constant);
      if (fitsHalves(values)) {
        const stored = `${name}_kiln_half`;
        const bytes = constantBytes(values, elementType.float16);
        replace(tensorField(stored, elementType.float16, dims, await store.put(bytes)));
        rewrite.added.push(nodeField('Cast', [stored], [name], { to: elementType.float32 }));
        count(size, bytes.byteLength, 'halves');
        return;
      }
    }
    // What lay beside the graph lies in the new data file; what lay inside stays.
    if (data.file !== null) replace(tensorField(name, type, dims, await store.put(await readRaw(graph, constant))));
    count(size, size, null);
  }

  function count(before: number, after: number, what: 'halves' | 'bytes' | null): void {
    done.beforeBytes += before;
    done.afterBytes += after;
    if (what !== null) done[what] += 1;
  }
}

const asBytes = (values: Float32Array): Uint8Array => new Uint8Array(values.buffer, values.byteOffset, values.byteLength);

/** Of matrices: the axis of their outputs. Convolutions and tables are left: bytes show in them. */
function outputAxes(graph: OnnxGraph): Map<string, number> {
  const axes = new Map<string, number>();
  for (const { constant, transposed, node } of moduleWeights(graph).values()) {
    if (node.op !== 'Conv' && constant.dims.length === 2) axes.set(constant.name, transposed ? 1 : 0);
  }
  return axes;
}

class Store {
  readonly #path: string;
  #stream: ReturnType<typeof createWriteStream> | null = null;
  #at = 0;

  constructor(path: string) {
    this.#path = path;
  }

  async put(bytes: Uint8Array): Promise<ExternalPlace> {
    this.#stream ??= createWriteStream(this.#path, { flags: 'wx', flush: true });
    const gap = (alignment - (this.#at % alignment)) % alignment;
    if (gap > 0) await this.#write(new Uint8Array(gap));
    const place = { location: dataName, offset: this.#at, length: bytes.byteLength };
    await this.#write(bytes);
    return place;
  }

  async #write(bytes: Uint8Array): Promise<void> {
    this.#at += bytes.byteLength;
    if (this.#stream?.write(bytes) === false) await once(this.#stream, 'drain');
  }

  async close(): Promise<void> {
    if (this.#stream === null) return;
    this.#stream.end();
    await finished(this.#stream);
  }
}
