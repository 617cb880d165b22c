/** onnxruntime-web's WebAssembly build: runs wherever Node does, several times slower than native. */
import { readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import * as ort from 'onnxruntime-web';
import type { OnnxRuntime } from './runtime.ts';
import { adaptSession } from './session-adapter.ts';

export function wasmRuntime(): OnnxRuntime {
  ort.env.wasm.numThreads = Math.max(1, Math.min(8, availableParallelism()));
  ort.env.logLevel = 'error';
  return {
    backend: 'wasm',
    async open(modelFile) {
      // The bytes are given rather than the path: onnxruntime-web would fetch a path.
      const session = await ort.InferenceSession.create(await readFile(modelFile), {
        executionProviders: ['wasm'],
        graphOptimizationLevel: 'all',
      });
      return adaptSession(session, ort.Tensor);
    },
  };
}
