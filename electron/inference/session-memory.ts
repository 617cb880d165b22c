/** What an open graph takes of the memory, told from its weights before it is opened. */
import { stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Backend } from '../../shared/domain/backend.ts';
import { readOnnxGraph } from './graph-changes/onnx-graph.ts';
import { elementType } from './graph-changes/proto-write.ts';

/**
 * Measured on 300 million weights of MatMul and Conv: single precision stays at 1.05 times its size once open; the CPU has no
 * arithmetic for half precision, so that onnxruntime keeps single-precision copies beside the halves, 2.3 times their size.
 */
const kept = 1.1;
const keptHalvesOnCpu = 2.4;
/** The WebAssembly build is handed the whole file as well. */
const keptFileOnWasm = 1;

/** Room for what flows through the graph: in step with small graphs; large ones work on latents, which are small. */
const flowFactor = 2;
const mostFlowBytes = 768 * 1024 ** 2;

/** Bytes; a graph that cannot be read counts three times its size. */
export async function sessionMemoryOf(file: string, backend: Backend): Promise<number> {
  const { size } = await stat(file);
  try {
    const graph = await readOnnxGraph(file);
    let halves = 0;
    for (const { type, data } of graph.constants.values()) {
      if (type === elementType.float16 && data !== null) halves += data.end - data.start;
    }
    let all = size;
    for (const name of graph.externalFiles) all += (await stat(join(dirname(file), name))).size;
    const lasting =
      (all - halves) * kept + halves * (backend === 'webgpu' ? kept : keptHalvesOnCpu) + (backend === 'wasm' ? all * keptFileOnWasm : 0);
    return Math.ceil(lasting + Math.min(all * flowFactor, mostFlowBytes));
  } catch {
    return size * 3;
  }
}
