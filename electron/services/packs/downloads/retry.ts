/** Trying again after failures that pass: longer waits each time, and only so often without any progress in between. */
import { AppError } from '../../../../shared/contract/errors.ts';
import { Passing } from './network-error.ts';

export interface RetryPolicy {
  firstWaitMs: number;
  longestWaitMs: number;
  /** Attempts without progress before it is given up. */
  attempts: number;
}

export const defaultRetry: RetryPolicy = { firstWaitMs: 1000, longestWaitMs: 60_000, attempts: 6 };

export interface RetryHooks {
  signal: AbortSignal;
  /** Whether anything arrived since it was last asked. */
  progressed(): boolean;
  onWait(waitMs: number, why: string): void;
}

export async function withRetries<Result>(policy: RetryPolicy, hooks: RetryHooks, attempt: () => Promise<Result>): Promise<Result> {
  for (let failures = 0; ;) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof Passing) || hooks.signal.aborted) throw error;
      failures = hooks.progressed() ? 1 : failures + 1;
      if (failures >= policy.attempts) throw error;
      const waitMs = Math.max(error.waitMs ?? 0, Math.min(policy.longestWaitMs, policy.firstWaitMs * 2 ** (failures - 1)));
      hooks.onWait(waitMs, error.why);
      await wait(waitMs, hooks.signal);
    }
  }
}

function wait(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stopped = (): void => {
      clearTimeout(timer);
      reject(new AppError('cancelled', 'The download was stopped.'));
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', stopped);
      resolve();
    }, ms);
    if (signal.aborted) stopped();
    else signal.addEventListener('abort', stopped, { once: true });
  });
}
