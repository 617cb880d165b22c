import { describe, expect, it } from 'vitest';
import type { Job } from '../../../../shared/domain/job.ts';
import { failureWords } from './failure-words.ts';

type Status = Pick<Job, 'status'>;
const done: Status = { status: { state: 'succeeded', startedAtMs: 1, finishedAtMs: 2 } };
const failed = (message: string): Status => ({
  status: { state: 'failed', finishedAtMs: 2, error: { code: 'unsupported', message, action: 'Choose another.' } },
});

describe('why pictures of a series are missing', () => {
  it('is not said when none is', () => expect(failureWords([done, done])).toBeNull());

  it('is the reason itself when nothing was made', () => {
    expect(failureWords([failed('No Heun.'), failed('Other.')])).toBe('No Heun. Choose another.');
  });

  it('says how many of them when some were made', () => {
    expect(failureWords([done, failed('No Heun.'), failed('Other.')])).toBe('2 of 3 failed: No Heun. Choose another.');
  });
});
