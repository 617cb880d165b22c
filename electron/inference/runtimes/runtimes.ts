/** Backend to runtime, loaded when first used: a driver's libraries stay out of the process until they are needed. */
import type { Backend } from '../../../shared/domain/backend.ts';
import type { OnnxRuntime } from './runtime.ts';

const opened = new Map<Backend, Promise<OnnxRuntime>>();

async function load(backend: Backend): Promise<OnnxRuntime> {
  if (backend === 'wasm') return (await import('./wasm-runtime.ts')).wasmRuntime();
  return (await import('./node-runtime.ts')).nodeRuntime(backend);
}

export function runtimeFor(backend: Backend): Promise<OnnxRuntime> {
  const known = opened.get(backend);
  if (known !== undefined) return known;
  const loading = load(backend);
  opened.set(backend, loading);
  loading.catch(() => opened.delete(backend));
  return loading;
}
