/** Runs of the score models: requests through the queue, and their results as takes of the clip they were asked for in. */
import { z } from 'zod';
import { AppError } from '../../../shared/contract/errors.ts';
import { clipStateSchema } from '../../../shared/domain/clip.ts';
import type { Generation, ScoreRequest } from '../../../shared/domain/generation.ts';
import { clipIdSchema, generationIdSchema, jobIdSchema, type JobId } from '../../../shared/domain/ids.ts';
import { isFinished, type Job } from '../../../shared/domain/job.ts';
import { keepBars } from '../../../shared/music/bar-edits.ts';
import { studio } from '../../api/studio.ts';
import { navigation } from '../navigation.svelte.ts';
import { recall, remember } from '../remembered.ts';
import { batchProgress, type RunProgress } from '../run-progress.ts';
import { studioState } from '../studio-state.svelte.ts';
import { audition } from './audition.svelte.ts';
import type { NewTake } from './clip-session.svelte.ts';
import { clipSession, openClip, scores, takesOf } from './open-clip.svelte.ts';
import { scoreEditor } from './score-editor.svelte.ts';
import { nextTakeNumber, withGeneration, withTake } from './takes.ts';

/** What a job was asked for; kept over a reload. */
const orderSchema = z.object({
  jobId: jobIdSchema,
  clipId: clipIdSchema,
  madeWith: z.array(generationIdSchema),
  /** The editor's revision when it was asked for: a result does not cover what was done since. */
  revision: z.int().nullable(),
  /** The first result of one press of the button is shown. */
  first: z.boolean(),
});
type Order = z.infer<typeof orderSchema>;

class ComposeRun {
  #orders: readonly Order[] = $state.raw([]);
  #jobs: readonly Job[] = $state.raw([]);
  /** The clips of the last morph, both ends among them. */
  morph: Generation | null = $state.raw(null);
  readonly #finishing = new Set<JobId>();
  /** Results come in one after the other: each is numbered after the one before. */
  #endings: Promise<void> = Promise.resolve();
  #resumed = false;

  readonly progress: RunProgress | null = $derived(batchProgress(this.#jobs, studioState.paused));
  readonly running: boolean = $derived(this.progress !== null);

  constructor() {
    studio.subscribe((event) => {
      if (event.type === 'job.changed') this.#hear(event.job);
    });
  }

  /** Puts requests into the queue for the open clip. Rejects when the queue refuses them. */
  async start(requests: readonly ScoreRequest[]): Promise<void> {
    const clip = clipSession.record;
    if (clip === null) return;
    const revision = scoreEditor.revision;
    const madeWith = [...clipSession.madeWith];
    const jobs = await studioState.enqueue([...requests]);
    this.#orders = [
      ...this.#orders,
      ...jobs.map(({ id }, index): Order => ({ jobId: id, clipId: clip.id, madeWith, revision, first: index === 0 })),
    ];
    this.#jobs = [...this.#jobs.filter(({ status }) => !isFinished(status.state)), ...jobs];
    this.#remember();
    for (const { id } of jobs) this.#catchUp(id);
  }

  cancel(): void {
    for (const { id, status } of this.#jobs) {
      if (!isFinished(status.state)) studio.call('jobs.cancel', { id }).catch((error: unknown) => studioState.fail(error));
    }
  }

  /** Jobs of before a reload are followed again; what was missed is caught up with. */
  resume(): void {
    if (!this.#resumed) {
      this.#resumed = true;
      this.#orders = (recall('music.orders', z.array(orderSchema)) ?? []).map((order) => ({ ...order, revision: null }));
      this.#jobs = this.#orders.flatMap(({ jobId }) => studioState.job(jobId) ?? []);
      // Jobs that nobody knows any more have no result to wait for.
      this.#orders = this.#orders.filter(({ jobId }) => studioState.job(jobId) !== null);
      this.#remember();
    }
    for (const { jobId } of this.#orders) this.#catchUp(jobId);
  }

  #catchUp(id: JobId): void {
    const now = studioState.job(id);
    if (now !== null) this.#hear(now);
  }

  #remember(): void {
    remember('music.orders', this.#orders.length === 0 ? null : this.#orders.map((order) => ({ ...order, revision: null })));
  }

  #hear(job: Job): void {
    const order = this.#orders.find(({ jobId }) => jobId === job.id);
    if (order === undefined) return;
    this.#jobs = this.#jobs.map((other) => (other.id === job.id && job.revision >= other.revision ? job : other));
    if (!isFinished(job.status.state) || this.#finishing.has(job.id)) return;
    this.#finishing.add(job.id);
    if (job.status.state === 'failed') studioState.fail(AppError.fromWire(job.status.error));
    // Remembered until its takes are in the library: a window that is closed before then finds the job again.
    this.#endings = this.#endings
      .then(() => (job.status.state === 'succeeded' ? this.#finish(order, job) : this.#passOn(order)))
      .catch((error: unknown) => studioState.fail(error))
      .then(() => {
        this.#orders = this.#orders.filter(({ jobId }) => jobId !== job.id);
        this.#remember();
      });
  }

  /** The next result is shown when the first did not come. */
  #passOn({ jobId, clipId, first }: Order): void {
    const next = this.#orders.find((other) => other.jobId !== jobId && other.clipId === clipId);
    if (first) this.#orders = this.#orders.map((other) => (other === next ? { ...other, first: true } : other));
  }

  async #finish({ jobId }: Order, { generationId }: Job): Promise<void> {
    const order = this.#orders.find((other) => other.jobId === jobId);
    if (generationId === null || order === undefined) return;
    const { generation } = await studio.call('history.get', { id: generationId });
    const { request } = generation;
    if (request.kind !== 'score') return;
    for (const note of generation.notes) studioState.notify({ level: 'info', title: note });
    const open = clipSession.record?.id === order.clipId;
    if (request.params.mode === 'morph' && open) {
      this.morph = generation;
      return;
    }
    if (!open) {
      await clipSession.alone(() => this.#finishElsewhere(order, generation));
      return;
    }
    if (clipSession.takes.some((take) => take.generationId === generation.id)) return;
    const takes = await takesOf(generation, nextTakeNumber(clipSession.takes), order.madeWith);
    const kept = request.params.mode === 'humanise' ? takes.map(withLocks) : takes;
    // What was listened to on the way makes room for the result.
    if (order.first) audition.end();
    const untouched = order.revision === null || order.revision === scoreEditor.revision;
    await clipSession.addTakes(kept, order.first && untouched);
    const added = clipSession.takes.at(-1);
    await clipSession.saveNow();
    if (!order.first || untouched) return;
    if (added === undefined) return;
    studioState.notify({
      level: 'info',
      title: `${added.name} is ready.`,
      text: 'You went on working meanwhile, so it waits among the takes.',
      action: { label: 'Show it', run: () => void clipSession.show(added.id).catch((error: unknown) => studioState.fail(error)) },
    });
  }

  /** The clip was left meanwhile: its takes are added where it is stored. */
  async #finishElsewhere({ clipId, madeWith }: Order, generation: Generation): Promise<void> {
    const record = await studio.call('clips.get', { id: clipId });
    const { state } = record;
    let { takes } = state;
    for (const { name, score } of await takesOf(generation, nextTakeNumber(takes), madeWith)) {
      const id = `${generation.id}-${String(takes.length)}`;
      takes = withTake(takes, { id, name, score: await scores.put(score), generationId: generation.id });
    }
    const next = clipStateSchema.parse({ ...state, takes, madeWith: withGeneration(state.madeWith, generation.id) });
    await studio.call('clips.save', { id: clipId, baseRevision: record.revision, state: next, thumbnail: record.thumbnail });
    studioState.notify({
      level: 'info',
      title: `"${record.name}" has a new take.`,
      action: {
        label: 'Open it',
        run: () => {
          navigation.go('music');
          openClip(clipId).catch((error: unknown) => studioState.fail(error));
        },
      },
    });
  }
}

/** Humanising knows no regions: locked bars get their notes back. */
const withLocks = (take: NewTake): NewTake => ({ ...take, score: keepBars(scoreEditor.score, take.score, scoreEditor.lockedBars) });

export const composeRun = new ComposeRun();
