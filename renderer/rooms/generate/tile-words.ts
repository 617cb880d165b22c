/** Tiles in words, for screen readers and progress lines. */
import type { Tile } from '../../state/generate-run.svelte.ts';
import type { JobProgress } from '../../../shared/domain/job.ts';

export function progressWords({ phase, step, steps }: JobProgress): string {
  return steps > 1 ? `Step ${String(Math.min(step, steps))} of ${String(steps)}` : phase;
}

export function tileName({ job, generation }: Tile): string {
  const { status, request } = job;
  const title = request.title === '' ? 'Untitled' : request.title;
  const state =
    status.state === 'running'
      ? progressWords(status.progress)
      : status.state === 'queued'
        ? 'waiting'
        : status.state === 'succeeded'
          ? 'done'
          : status.state;
  return [title, state, `seed ${String(request.seed)}`, ...(generation?.favourite === true ? ['favourite'] : [])].join(', ');
}
