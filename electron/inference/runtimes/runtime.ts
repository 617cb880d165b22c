import type { Backend } from '../../../shared/domain/backend.ts';
import type { ModelSession } from '../../../models/runtime.ts';

export interface OpenSession extends ModelSession {
  release(): Promise<void>;
}

/** One ONNX runtime on one backend. */
export interface OnnxRuntime {
  readonly backend: Backend;
  /** Graph and weights must lie in one folder: external data is read from beside the file. */
  open(modelFile: string): Promise<OpenSession>;
}
