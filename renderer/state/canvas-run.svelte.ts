/**
 * The runs of one document: from pressing Inpaint or Generate to results that wait for a choice. Jobs live in the studio's queue, so a
 * window that was reloaded finds them again; what is still to be chosen from is remembered by batch.
 */
import { untrack } from 'svelte';
import { SvelteMap, SvelteSet } from 'svelte/reactivity';
import { z } from 'zod';
import { pixelSource } from '../api/pixels.ts';
import { studio } from '../api/studio.ts';
import type { Candidate } from '../canvas/canvas-api.ts';
import { AppError } from '../../shared/contract/errors.ts';
import type { Generation, GenerationRequest } from '../../shared/domain/generation.ts';
import { rectSchema, type Rect } from '../../shared/domain/geometry.ts';
import { batchIdSchema, type BatchId, type DocumentId, type GenerationId, type JobId } from '../../shared/domain/ids.ts';
import { isFinished, type Job } from '../../shared/domain/job.ts';
import { fittedPicture } from './fitted-picture.ts';
import { recall, remember } from './remembered.ts';
import { batchProgress, type RunProgress } from './run-progress.ts';
import { studioState } from './studio-state.svelte.ts';

export interface ReadyCandidate extends Candidate {
  generation: Generation;
}

const pendingSchema = z.array(z.object({ batchId: batchIdSchema, frame: rectSchema.nullable() })).max(50);

function madeOnCanvas({ kind }: GenerationRequest): boolean {
  return kind === 'inpaint' || kind === 'diffusion';
}

/** Of the layer that a result becomes. */
function nameOf(request: GenerationRequest, frame: Rect | null): string {
  if (request.kind !== 'diffusion') return frame === null ? 'Inpaint' : 'Outpaint';
  const prompt = request.params.prompt.trim().replace(/\s+/g, ' ');
  return prompt === '' ? 'Generated' : prompt.slice(0, 60);
}

export class CanvasRun {
  readonly #documentId: DocumentId;
  readonly #onReady: (candidates: readonly ReadyCandidate[]) => void;
  readonly #batches = new SvelteSet<BatchId>();
  readonly #frames = new SvelteMap<BatchId, Rect | null>();
  readonly #handled = new SvelteSet<JobId>();
  #ready: ReadyCandidate[] = [];
  #starting = $state(false);
  /** Aborted when the user cancels before there is a job. */
  #preparation: AbortController | null = null;
  readonly #stop: () => void;

  readonly #jobs: readonly Job[] = $derived(
    studioState.jobs.filter((job) => job.batchId !== null && this.#batches.has(job.batchId)).toSorted((a, b) => a.position - b.position),
  );
  readonly #unfinished: readonly Job[] = $derived(this.#jobs.filter((job) => !isFinished(job.status.state)));
  readonly busy: boolean = $derived(this.#starting || this.#unfinished.length > 0);
  readonly progress: RunProgress | null = $derived(
    this.#starting ? { fraction: null, label: 'Preparing', remainingMs: null } : batchProgress(this.#jobs, studioState.paused),
  );

  /** @param onReady gets all results that wait, in order, each time one is added */
  constructor(documentId: DocumentId, onReady: (candidates: readonly ReadyCandidate[]) => void) {
    this.#documentId = documentId;
    this.#onReady = onReady;
    for (const { batchId, frame } of recall(this.#key, pendingSchema) ?? []) {
      this.#frames.set(batchId, frame);
      this.#batches.add(batchId);
    }
    this.#stop = $effect.root(() => {
      $effect(() => {
        const finished = this.#jobs.filter((job) => isFinished(job.status.state));
        untrack(() => finished.forEach((job) => void this.#finished(job)));
      });
    });
  }

  /** Jobs of this document that a reload or a restart of the window left in the queue. */
  async reconnect(): Promise<void> {
    const { jobs } = await studio.call('jobs.list', undefined);
    for (const job of jobs) {
      const here = madeOnCanvas(job.request) && job.request.placement?.documentId === this.#documentId;
      if (!here || job.batchId === null || this.#batches.has(job.batchId)) continue;
      // Interrupted ones may be run again from the queue; their results belong here then.
      if (!isFinished(job.status.state) || job.status.state === 'interrupted') this.#batches.add(job.batchId);
    }
  }

  /** @param prepare uploads pixels and gives the requests; @param frame what the canvas becomes when a result is kept */
  async start(prepare: () => Promise<GenerationRequest[]>, frame: Rect | null): Promise<void> {
    if (this.busy) return;
    this.#starting = true;
    const { signal } = (this.#preparation = new AbortController());
    try {
      const requests = await prepare();
      if (signal.aborted) return;
      const jobs = await studioState.enqueue(requests, 'interactive');
      const batchId = jobs[0]?.batchId ?? null;
      if (batchId === null) return;
      this.#frames.set(batchId, frame);
      this.#batches.add(batchId);
      this.#remember();
    } finally {
      this.#starting = false;
    }
  }

  async cancel(): Promise<void> {
    this.#preparation?.abort();
    await Promise.all(this.#unfinished.map((job) => studio.call('jobs.cancel', { id: job.id })));
  }

  /** The choice is made: nothing of these runs comes back. What still runs is not wanted any more. */
  forget(): void {
    this.cancel().catch((error: unknown) => studioState.fail(error));
    for (const job of this.#jobs) this.#handled.add(job.id);
    this.#ready = [];
    this.#batches.clear();
    this.#frames.clear();
    this.#remember();
  }

  candidate(id: string): ReadyCandidate | null {
    return this.#ready.find((entry) => entry.id === id) ?? null;
  }

  dispose(): void {
    this.#stop();
  }

  get #key(): string {
    return `results.${this.#documentId}`;
  }

  #remember(): void {
    const pending = [...this.#batches].map((batchId) => ({ batchId, frame: this.#frames.get(batchId) ?? null }));
    remember(this.#key, pending.length === 0 ? null : pending);
  }

  async #finished(job: Job): Promise<void> {
    if (this.#handled.has(job.id)) return;
    if (job.status.state === 'interrupted') return;
    this.#handled.add(job.id);
    try {
      if (job.status.state === 'failed') studioState.fail(AppError.fromWire(job.status.error));
      if (job.status.state === 'succeeded' && job.generationId !== null) await this.#fetch(job, job.generationId);
      if (this.#unfinished.length === 0 && this.#ready.length === 0) this.#drop();
    } catch (error) {
      studioState.fail(error);
    }
  }

  /** Failed or cancelled, with nothing to choose from. */
  #drop(): void {
    this.#batches.clear();
    this.#frames.clear();
    this.#remember();
  }

  async #fetch(job: Job, id: GenerationId): Promise<void> {
    const { generation } = await studio.call('history.get', { id });
    // A part of the picture comes as a patch; a whole comes as an image of the model's own size.
    const part = generation.outputs.find((entry) => entry.role === 'patch');
    const output = part ?? generation.outputs.find((entry) => entry.role === 'image');
    const region = job.request.placement?.region;
    if (output === undefined || region === undefined) return;
    const bounds = part === undefined ? region : { ...part.bounds, x: part.bounds.x + region.x, y: part.bounds.y + region.y };
    const picture = await pixelSource.image(output.hash);
    const exact = picture.width === bounds.width && picture.height === bounds.height;
    const patch = await fittedPicture(picture, bounds);
    if (job.batchId === null || !this.#batches.has(job.batchId)) return;
    const frame = this.#frames.get(job.batchId) ?? null;
    this.#ready = [
      ...this.#ready,
      {
        id: generation.id,
        name: nameOf(job.request, frame),
        patch,
        // What had to be brought to another size is stored as the layer's own pixels.
        ...(exact ? { source: output.hash } : {}),
        madeWith: [generation.id],
        bounds,
        ...(frame === null ? {} : { frame }),
        generation,
      },
    ];
    this.#onReady(this.#ready);
  }
}
