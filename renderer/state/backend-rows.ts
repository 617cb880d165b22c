/** Which backend a pack runs on here, which it could run on, and why not on the others. */
import type { DoctorReport } from '../../shared/contract/calls/system-calls.ts';
import type { Backend, BackendPreference } from '../../shared/domain/backend.ts';
import type { PackBenchmark } from '../../shared/domain/pack-benchmark.ts';
import type { Pack } from '../../shared/domain/pack.ts';

export const backendNames: Record<Backend, string> = { webgpu: 'WebGPU', cpu: 'CPU', wasm: 'WebAssembly' };

export interface BackendRow {
  backend: Backend;
  name: string;
  /** used: what the next run takes. failed: with this pack. absent: this machine cannot. */
  state: 'used' | 'works' | 'failed' | 'absent';
  words: string;
  /** Milliseconds a unit of the benchmark; null: not measured. */
  speed: number | null;
}

/** Null while nothing is known. */
export function backendRows(
  report: Pick<DoctorReport, 'probes' | 'autoOrder'> | null,
  { excludedBackends }: Pick<Pack, 'excludedBackends'>,
  benchmark: PackBenchmark | null,
  preference: BackendPreference,
): BackendRow[] | null {
  if (report === null) return null;
  const excluded = new Map(excludedBackends.map(({ backend, reason }) => [backend, reason]));
  const usable = report.autoOrder.filter((backend) => !excluded.has(backend));
  const used = preference === 'auto' ? usable[0] : preference;
  return report.probes.map(({ backend, usable: works, reason }) => {
    const measured = benchmark?.results.find((result) => result.backend === backend);
    const speed = measured?.worked === true ? measured.msPerUnit : null;
    const row = { backend, name: backendNames[backend], speed };
    const failure = excluded.get(backend) ?? (measured?.worked === false ? measured.reason : undefined);
    if (failure !== undefined && backend !== used) return { ...row, state: 'failed', words: failure };
    if (backend === used) return { ...row, state: 'used', words: failure ?? (preference === 'auto' ? reason : 'Chosen in Settings.') };
    return { ...row, state: works ? 'works' : 'absent', words: reason };
  });
}
