/** What each backend is worth on this machine, asked once a window. */
import { studio } from '../api/studio.ts';
import type { DoctorReport } from '../../shared/contract/calls/system-calls.ts';
import { studioState } from './studio-state.svelte.ts';

class BackendReport {
  current: Pick<DoctorReport, 'probes' | 'autoOrder'> | null = $state.raw(null);
  #loading: Promise<void> | null = null;

  load(): Promise<void> {
    this.#loading ??= studio.call('system.doctor', { again: false }).then(
      (report) => void (this.current = report),
      (error: unknown) => {
        this.#loading = null;
        studioState.fail(error);
      },
    );
    return this.#loading;
  }
}

export const backendReport = new BackendReport();
