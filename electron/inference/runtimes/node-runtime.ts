/** onnxruntime-node: native, on the CPU or on WebGPU (Dawn). */
import * as ort from 'onnxruntime-node';
import { availableParallelism } from 'node:os';
import type { OnnxRuntime } from './runtime.ts';
import { adaptSession } from './session-adapter.ts';

export function nodeRuntime(backend: 'cpu' | 'webgpu'): OnnxRuntime {
  return {
    backend,
    async open(modelFile) {
      const session = await ort.InferenceSession.create(modelFile, {
        executionProviders: backend === 'webgpu' ? ['webgpu', 'cpu'] : ['cpu'],
        graphOptimizationLevel: 'all',
        // A fixed number for a machine: reductions are split the same way each time, so results repeat bit for bit.
        intraOpNumThreads: Math.max(1, Math.min(16, availableParallelism())),
        interOpNumThreads: 1,
        executionMode: 'sequential',
        logSeverityLevel: 3,
      });
      return adaptSession(session, ort.Tensor);
    },
  };
}
