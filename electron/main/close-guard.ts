/** Closing the last window while jobs run asks first. */
import { isFinished } from '../../shared/domain/job.ts';
import type { Router } from '../services/router.ts';

export interface CloseGuard {
  /** Call from the window's `close` event. */
  onClose(event: { preventDefault(): void }): void;
  /** Whether closing was agreed to. */
  readonly closing: boolean;
  /** The window stayed after all: the next attempt asks again. */
  reset(): void;
}

export interface CloseGuardOptions {
  router: Pick<Router, 'call'>;
  /** Resolves to whether to close although `count` jobs are unfinished. */
  confirm: (count: number) => Promise<boolean>;
  close: () => void;
}

export function createCloseGuard({ router, confirm, close }: CloseGuardOptions): CloseGuard {
  let state: 'open' | 'asking' | 'closing' = 'open';

  async function decide(): Promise<boolean> {
    try {
      const { jobs } = await router.call('jobs.list', undefined);
      const unfinished = jobs.filter((job) => !isFinished(job.status.state)).length;
      return unfinished === 0 || (await confirm(unfinished));
    } catch {
      // A queue that cannot even be listed must not hold the window open.
      return true;
    }
  }

  return {
    get closing() {
      return state === 'closing';
    },
    reset() {
      state = 'open';
    },
    onClose(event) {
      if (state === 'closing') return;
      event.preventDefault();
      if (state === 'asking') return;
      state = 'asking';
      void decide().then((confirmed) => {
        state = confirmed ? 'closing' : 'open';
        if (confirmed) close();
      });
    },
  };
}

export function closeQuestion(count: number): { message: string; detail: string } {
  return {
    message: count === 1 ? 'A job is not finished.' : `${String(count)} jobs are not finished.`,
    detail: 'Closing Kiln stops them. They stay in the queue and can be resumed at the next start.',
  };
}
