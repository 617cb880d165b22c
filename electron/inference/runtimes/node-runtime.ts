/** onnxruntime-node: native, on the CPU or on WebGPU (Dawn). */
import * as ort from 'onnxruntime-node';
import { availableParallelism } from 'node:os';
import { AppError } from '../../../shared/contract/errors.ts';
import type { OnnxRuntime } from './runtime.ts';
import type { TensorValue } from '../../../models/runtime.ts';
import { adaptSession } from './session-adapter.ts';
import { miscomputedConvolutions } from './webgpu-convolutions.ts';

export function nodeRuntime(backend: 'cpu' | 'webgpu'): OnnxRuntime {
  return {
    backend,
    async open(modelFile) {
      const session = await ort.InferenceSession.create(modelFile, {
        executionProviders: backend === 'webgpu' ? [await webgpuFor(modelFile), 'cpu'] : ['cpu'],
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

/** A tensor of the class that libraries over onnxruntime-node know as its own; half floats as the engine's Float16Array. */
export const nodeTensor = ({ type, data, dims }: TensorValue): ort.Tensor => new ort.Tensor(type, data, dims);

/** @throws backend-unavailable for graphs it would compute wrongly, so that the next backend is taken */
async function webgpuFor(modelFile: string): Promise<ort.InferenceSession.WebGpuExecutionProviderOption | 'webgpu'> {
  const leftToCpu = await miscomputedConvolutions(modelFile);
  if (leftToCpu.includes('')) {
    throw new AppError('backend-unavailable', 'WebGPU computes a convolution of this model wrongly, a fault of the runtime.', {
      action: 'Run it on the CPU.',
    });
  }
  return leftToCpu.length === 0 ? 'webgpu' : { name: 'webgpu', forceCpuNodeNames: leftToCpu };
}
