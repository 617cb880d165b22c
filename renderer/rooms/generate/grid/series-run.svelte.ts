/** Many requests as one batch, and the one file (sheet or animation) that is made of their pictures. */
import { untrack } from 'svelte';
import { studio } from '../../../api/studio.ts';
import { studioState } from '../../../state/studio-state.svelte.ts';
import { batchProgress, type RunProgress } from '../../../state/run-progress.ts';
import { failureWords } from './failure-words.ts';
import type { SheetResult } from '../../../../shared/contract/calls/sheet-calls.ts';
import type { DiffusionRequest } from '../../../../shared/domain/generation.ts';
import type { GenerationId, JobId } from '../../../../shared/domain/ids.ts';
import { isFinished, type Job } from '../../../../shared/domain/job.ts';

/** Makes the file of the pictures, in the order of the requests; null: that one failed or was cancelled. */
export type MakeFile = (pictures: readonly (GenerationId | null)[]) => Promise<SheetResult>;

export class SeriesRun {
  result: SheetResult | null = $state.raw(null);
  /** The file itself is being made. */
  making = $state(false);
  #starting = $state(false);
  #cancelled = $state(false);
  #ids: readonly JobId[] = $state.raw([]);
  #make: MakeFile | null = null;

  readonly jobs: readonly Job[] = $derived(this.#ids.flatMap((id) => studioState.job(id) ?? []));
  readonly pictures: readonly (GenerationId | null)[] = $derived(
    this.jobs.map(({ status, generationId }) => (status.state === 'succeeded' ? generationId : null)),
  );
  readonly done: number = $derived(this.pictures.filter((picture) => picture !== null).length);
  /** Why some or all of them became no picture. */
  readonly problem: string | null = $derived(failureWords(this.jobs));
  readonly running: boolean = $derived(this.#starting || this.jobs.some((job) => !isFinished(job.status.state)));
  readonly progress: RunProgress | null = $derived.by(() => {
    if (this.making) return { fraction: null, label: 'Putting the pictures together', remainingMs: null };
    if (this.#starting) return { fraction: null, label: 'Preparing', remainingMs: null };
    return batchProgress(this.jobs, studioState.paused);
  });

  constructor() {
    $effect.root(() => {
      $effect(() => {
        if (this.#ids.length === 0 || this.running || this.#cancelled) return;
        untrack(() => {
          if (this.result === null && !this.making && this.done > 0) void this.makeFile();
        });
      });
    });
  }

  async start(requests: readonly DiffusionRequest[], make: MakeFile): Promise<void> {
    if (this.running || this.making) return;
    this.#make = make;
    this.result = null;
    this.#cancelled = false;
    this.#ids = [];
    this.#starting = true;
    try {
      const jobs = await studioState.enqueue([...requests], 'batch');
      this.#ids = jobs.map(({ id }) => id);
    } catch (error) {
      studioState.fail(error);
    } finally {
      this.#starting = false;
    }
  }

  /** What is done stays, and a file can be made of it. */
  cancel(): void {
    this.#cancelled = true;
    for (const { id, status } of this.jobs) {
      if (!isFinished(status.state)) studio.call('jobs.cancel', { id }).catch((error: unknown) => studioState.fail(error));
    }
  }

  /** @param make another way to make it, from now on */
  async makeFile(make: MakeFile | null = this.#make): Promise<void> {
    if (make === null || this.making) return;
    this.#make = make;
    this.making = true;
    try {
      this.result = await make(this.pictures);
    } catch (error) {
      // Not again and again by itself.
      this.#cancelled = true;
      studioState.fail(error);
    } finally {
      this.making = false;
    }
  }

  clear(): void {
    if (this.running) return;
    this.result = null;
    this.#ids = [];
  }
}
