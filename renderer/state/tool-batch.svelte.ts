/** Pictures that a tool works through: one, or many as a batch; what became of each, and of all together. */
import { studio } from '../api/studio.ts';
import { upload } from '../api/upload.ts';
import { studioState } from './studio-state.svelte.ts';
import type { PictureRef } from './navigation.svelte.ts';
import { AppError } from '../../shared/contract/errors.ts';
import type { CallInput } from '../../shared/contract/calls.ts';
import type { Generation } from '../../shared/domain/generation.ts';
import type { JobId } from '../../shared/domain/ids.ts';
import { isFinished, type Job } from '../../shared/domain/job.ts';

type RequestInput = CallInput<'jobs.enqueue'>['requests'][number];

export interface BatchItem {
  readonly id: number;
  readonly picture: PictureRef;
  readonly jobId: JobId | null;
  readonly generation: Generation | null;
  /** Why it failed, in words. */
  readonly problem: string | null;
}

export interface BatchSummary {
  total: number;
  done: number;
  failed: number;
  /** Waiting or running. */
  open: number;
}

export class ToolBatch {
  items: readonly BatchItem[] = $state.raw([]);
  #chosenId: number | null = $state(null);
  loading = $state(false);
  #lastId = 0;
  /** How many pictures the last run took up. */
  #ran = 0;

  readonly chosen: BatchItem | null = $derived(this.items.find((item) => item.id === this.#chosenId) ?? this.items[0] ?? null);
  readonly running: boolean = $derived(this.items.some((item) => item.jobId !== null));
  readonly summary: BatchSummary = $derived({
    total: this.items.length,
    done: this.items.filter((item) => item.generation !== null).length,
    failed: this.items.filter((item) => item.problem !== null).length,
    open: this.items.filter((item) => item.jobId !== null).length,
  });
  /** Over everything that is open: 0..1, with the time left of the running one. */
  readonly progress: { fraction: number; label: string; remainingMs: number | null } | null = $derived.by(() => {
    if (!this.running) return null;
    const jobs = this.items.flatMap((item) => (item.jobId === null ? [] : (studioState.job(item.jobId) ?? [])));
    const active = jobs.find((job) => job.status.state === 'running');
    if (active?.status.state !== 'running')
      return { fraction: 0, label: studioState.paused ? 'The queue is paused' : 'Waiting', remainingMs: null };
    const { phase, fraction, remainingMs } = active.status.progress;
    const finished = this.items.filter((item) => item.generation !== null || item.problem !== null).length;
    if (this.items.length === 1) return { fraction, label: phase, remainingMs };
    const each = remainingMs === null || fraction <= 0 ? null : remainingMs / Math.max(0.02, 1 - fraction);
    const left = each === null ? null : (remainingMs ?? 0) + each * Math.max(0, this.summary.open - 1);
    return {
      fraction: Math.min(1, (finished + fraction) / this.items.length),
      label: `${String(finished + 1)} of ${String(this.items.length)}: ${phase}`,
      remainingMs: left,
    };
  });

  constructor() {
    studio.subscribe((event) => {
      if (event.type === 'job.changed' && isFinished(event.job.status.state)) void this.#finished(event.job);
    });
  }

  choose(id: number): void {
    this.#chosenId = id;
  }

  add(picture: PictureRef): void {
    const known = this.items.find((item) => item.picture.hash === picture.hash);
    if (known !== undefined) {
      this.#chosenId = known.id;
      return;
    }
    this.#lastId += 1;
    this.items = [...this.items, { id: this.#lastId, picture, jobId: null, generation: null, problem: null }];
    this.#chosenId = this.#lastId;
  }

  /** Imports files one after the other; those that are no pictures are named and left out. */
  async addFiles(files: Iterable<File>): Promise<void> {
    this.loading = true;
    try {
      // A file input's list is emptied when the input is cleared: taken out at once.
      for (const file of [...files]) {
        try {
          const { image, width, height } = await upload({ purpose: 'image', name: file.name.slice(0, 300) }, file);
          this.add({ name: file.name, hash: image, width, height });
        } catch (error) {
          studioState.fail(error);
        }
      }
    } finally {
      this.loading = false;
    }
  }

  remove(id: number): void {
    const item = this.items.find((other) => other.id === id);
    if (item?.jobId != null) studio.call('jobs.cancel', { id: item.jobId }).catch((error: unknown) => studioState.fail(error));
    this.items = this.items.filter((other) => other.id !== id);
  }

  clear(): void {
    this.cancel();
    this.items = [];
  }

  /** One picture goes before everything that waits; several are a batch. */
  async run(items: readonly BatchItem[], requestOf: (item: BatchItem) => RequestInput): Promise<void> {
    const idle = items.filter((item) => item.jobId === null);
    if (idle.length === 0) return;
    this.#ran = idle.length;
    try {
      const jobs = await studioState.enqueue(idle.map(requestOf), idle.length === 1 ? 'interactive' : 'batch');
      idle.forEach((item, index) => this.#update(item.id, { jobId: jobs[index]?.id ?? null, generation: null, problem: null }));
      // One may have ended before its id was known here.
      for (const { id } of jobs) {
        const now = studioState.job(id);
        if (now !== null && isFinished(now.status.state)) void this.#finished(now);
      }
    } catch (error) {
      studioState.fail(error);
    }
  }

  cancel(): void {
    for (const { jobId } of this.items) {
      if (jobId !== null) studio.call('jobs.cancel', { id: jobId }).catch((error: unknown) => studioState.fail(error));
    }
  }

  /** Takes a result back: into the trash, from which a notice brings it again. */
  async discard(item: BatchItem): Promise<void> {
    const { generation } = item;
    if (generation === null) return;
    try {
      await studio.call('history.trash', { ids: [generation.id] });
      this.#update(item.id, { generation: null });
      studioState.notify({
        level: 'info',
        title: 'The result is in the trash.',
        action: {
          label: 'Undo',
          run: () => {
            studio.call('history.restore', { ids: [generation.id] }).then(
              () => this.#update(item.id, { generation }),
              (error: unknown) => studioState.fail(error),
            );
          },
        },
      });
    } catch (error) {
      studioState.fail(error);
    }
  }

  #update(id: number, change: Partial<BatchItem>): void {
    this.items = this.items.map((item) => (item.id === id ? { ...item, ...change } : item));
  }

  async #finished(job: Job): Promise<void> {
    const item = this.items.find((other) => other.jobId === job.id);
    if (item === undefined) return;
    if (job.status.state === 'failed') {
      const { message, action } = job.status.error;
      this.#update(item.id, { jobId: null, problem: `${message} ${action ?? ''}`.trim() });
      if (this.items.length === 1) studioState.fail(AppError.fromWire(job.status.error));
    } else if (job.status.state === 'succeeded' && job.generationId !== null) {
      try {
        const { generation } = await studio.call('history.get', { id: job.generationId });
        this.#update(item.id, { jobId: null, generation });
      } catch (error) {
        this.#update(item.id, { jobId: null });
        studioState.fail(error);
      }
    } else this.#update(item.id, { jobId: null });
    const { open, done, failed, total } = this.summary;
    if (open === 0 && this.#ran > 1) {
      const text = failed === 0 ? '' : `${String(failed)} failed: their pictures say why.`;
      studioState.notify({
        level: failed === 0 ? 'info' : 'warning',
        title: `${String(done)} of ${String(total)} pictures are done.`,
        text,
      });
    }
  }
}
