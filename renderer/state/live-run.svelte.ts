/** A preview that follows the sliders: asks the studio to run what is set now, and shows the newest answer. */
import { studio } from '../api/studio.ts';
import { studioState } from './studio-state.svelte.ts';
import { AppError } from '../../shared/contract/errors.ts';
import type { CallInput } from '../../shared/contract/calls.ts';
import type { LiveResult } from '../../shared/contract/calls/live-calls.ts';
import { livePath } from '../../shared/domain/asset.ts';

export class LiveRun {
  result: LiveResult | null = $state.raw(null);
  running = $state(false);
  #asked = 0;

  /** Where the picture of a role can be fetched; null when there is none. */
  address(role: LiveResult['pictures'][number]['role'] = 'image'): string | null {
    const picture = this.result?.pictures.find((other) => other.role === role);
    return picture === undefined ? null : livePath(picture.id);
  }

  async ask(input: CallInput<'live.run'>): Promise<void> {
    this.#asked += 1;
    const asked = this.#asked;
    this.running = true;
    try {
      const result = await studio.call('live.run', input);
      // An older answer must not cover a newer one, nor one that was dropped meanwhile.
      if (asked === this.#asked) this.result = result;
    } catch (error) {
      // The studio drops requests that a newer one has overtaken.
      if (!(error instanceof AppError && error.code === 'cancelled') && asked === this.#asked) studioState.fail(error);
    } finally {
      if (asked === this.#asked) this.running = false;
    }
  }

  clear(): void {
    this.#asked += 1;
    this.result = null;
    this.running = false;
  }
}
