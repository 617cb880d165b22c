import type { Job } from '../../../../shared/domain/job.ts';

/**
 * Why pictures of a series are missing: the first reason, and how many there are when some were made.
 * @returns null when none failed
 */
export function failureWords(jobs: readonly Pick<Job, 'status'>[]): string | null {
  const failed = jobs.flatMap(({ status }) => (status.state === 'failed' ? [status.error] : []));
  const [first] = failed;
  if (first === undefined) return null;
  const reason = `${first.message} ${first.action ?? ''}`.trim();
  if (!jobs.some(({ status }) => status.state === 'succeeded')) return reason;
  return `${String(failed.length)} of ${String(jobs.length)} failed: ${reason}`;
}
