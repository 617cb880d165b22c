/** What the Generate room has asked for since it was opened: jobs, their pictures, and which is looked at. */
import { z } from 'zod';
import { studio } from '../api/studio.ts';
import type { CallInput } from '../../shared/contract/calls.ts';
import type { Generation } from '../../shared/domain/generation.ts';
import { batchIdSchema, type BatchId, type JobId } from '../../shared/domain/ids.ts';
import { isFinished, type Job } from '../../shared/domain/job.ts';
import { recall, remember } from './remembered.ts';
import { batchProgress, type RunProgress } from './run-progress.ts';
import { studioState } from './studio-state.svelte.ts';

export interface Tile {
  /** As it was last heard of. */
  readonly job: Job;
  readonly generation: Generation | null;
}

export interface TileBatch {
  readonly id: BatchId | JobId;
  readonly tiles: readonly Tile[];
}

const rememberedBatches = 30;
const mostTiles = 400;

function batchesOf(tiles: readonly Tile[]): TileBatch[] {
  const idOf = ({ job }: Tile): TileBatch['id'] => job.batchId ?? job.id;
  const ids = [...new Set(tiles.map(idOf))].reverse();
  return ids.map((id) => ({ id, tiles: tiles.filter((tile) => idOf(tile) === id) }));
}

class GenerateRun {
  /** Oldest first. */
  tiles: readonly Tile[] = $state.raw([]);
  #chosenId: JobId | null = $state(null);
  #resumed = false;

  /** Newest first; within one in the order they run. */
  readonly batches: readonly TileBatch[] = $derived(batchesOf(this.tiles));
  /** As they are shown. */
  readonly shown: readonly Tile[] = $derived(this.batches.flatMap(({ tiles }) => tiles));
  readonly chosen: Tile | null = $derived(this.tiles.find(({ job }) => job.id === this.#chosenId) ?? this.shown[0] ?? null);
  readonly progress: RunProgress | null = $derived(
    batchProgress(
      this.tiles.map(({ job }) => job),
      studioState.paused,
    ),
  );

  constructor() {
    studio.subscribe((event) => {
      if (event.type === 'job.changed') this.#hear(event.job);
    });
  }

  choose(id: JobId): void {
    this.#chosenId = id;
  }

  /** Jobs of before a reload come back; after a lost line what was missed is caught up with. */
  catchUp(): void {
    if (!this.#resumed) {
      this.#resumed = true;
      const known = new Set<string>(recall('generate.batches', z.array(batchIdSchema)) ?? []);
      const jobs = studioState.jobs.filter(({ batchId }) => batchId !== null && known.has(batchId));
      this.#add([...jobs].sort((first, second) => first.createdAtMs - second.createdAtMs || first.position - second.position));
    }
    for (const { job } of this.tiles) {
      const now = studioState.job(job.id);
      if (now !== null && (now.revision > job.revision || isFinished(now.status.state))) this.#hear(now);
    }
  }

  async start(requests: CallInput<'jobs.enqueue'>['requests']): Promise<void> {
    try {
      const jobs = await studioState.enqueue(requests);
      this.#add(jobs);
      const first = jobs[0];
      if (first !== undefined) this.#chosenId = first.id;
      const batches = [...new Set(this.tiles.flatMap(({ job }) => job.batchId ?? []))];
      remember('generate.batches', batches.slice(-rememberedBatches));
      this.catchUp();
    } catch (error) {
      studioState.fail(error);
    }
  }

  cancel(tiles: readonly Tile[]): void {
    for (const { job } of tiles) {
      if (isFinished(job.status.state)) continue;
      studio.call('jobs.cancel', { id: job.id }).catch((error: unknown) => studioState.fail(error));
    }
  }

  /** What Escape means: the batch that runs, or else all that wait. */
  cancelRunning(): void {
    const open = this.tiles.filter(({ job }) => !isFinished(job.status.state));
    const running = open.find(({ job }) => job.status.state === 'running');
    this.cancel(running === undefined ? open : open.filter(({ job }) => job.batchId === running.job.batchId));
  }

  async retry({ job }: Tile): Promise<void> {
    try {
      this.#hear(await studio.call('jobs.retry', { id: job.id }));
    } catch (error) {
      studioState.fail(error);
    }
  }

  async setFavourite(tile: Tile, favourite: boolean): Promise<void> {
    const { generation } = tile;
    if (generation === null) return;
    try {
      await studio.call('history.setFavourite', { ids: [generation.id], favourite });
      this.#update(tile.job.id, { generation: { ...generation, favourite } });
    } catch (error) {
      studioState.fail(error);
    }
  }

  /** Pictures go to the trash, from which a notice brings them back; the rest only leaves this room. */
  async discard(tiles: readonly Tile[]): Promise<void> {
    const gone = new Set(tiles.map(({ job }) => job.id));
    const ids = tiles.flatMap(({ generation }) => generation?.id ?? []);
    const before = this.tiles;
    try {
      this.cancel(tiles);
      if (ids.length > 0) await studio.call('history.trash', { ids });
      this.#chooseBeside(gone);
      this.tiles = this.tiles.filter(({ job }) => !gone.has(job.id));
    } catch (error) {
      studioState.fail(error);
      return;
    }
    if (ids.length === 0) return;
    const undo = async (): Promise<void> => {
      await studio.call('history.restore', { ids });
      const back = before.filter(({ job, generation }) => gone.has(job.id) && generation !== null);
      const all = [...this.tiles.filter(({ job }) => !gone.has(job.id)), ...back];
      const order = new Map(before.map(({ job }, index) => [job.id, index]));
      this.tiles = all.sort((first, second) => (order.get(first.job.id) ?? mostTiles) - (order.get(second.job.id) ?? mostTiles));
    };
    studioState.notify({
      level: 'info',
      title: ids.length === 1 ? 'The picture is in the trash.' : `${String(ids.length)} pictures are in the trash.`,
      action: { label: 'Undo', run: () => void undo().catch((error: unknown) => studioState.fail(error)) },
    });
  }

  #chooseBeside(gone: ReadonlySet<JobId>): void {
    const { shown, chosen } = this;
    if (chosen === null || !gone.has(chosen.job.id)) return;
    const at = shown.indexOf(chosen);
    const next = [...shown.slice(at + 1), ...shown.slice(0, at).reverse()].find(({ job }) => !gone.has(job.id));
    this.#chosenId = next?.job.id ?? null;
  }

  #add(jobs: readonly Job[]): void {
    const known = new Set(this.tiles.map(({ job }) => job.id));
    const fresh = jobs.filter(({ id }) => !known.has(id)).map((job): Tile => ({ job, generation: null }));
    this.tiles = [...this.tiles, ...fresh].slice(-mostTiles);
    for (const { job } of fresh) this.#hear(job);
  }

  #hear(job: Job): void {
    const tile = this.tiles.find((other) => other.job.id === job.id);
    if (tile === undefined) return;
    if (job.revision > tile.job.revision) this.#update(job.id, { job });
    if (job.status.state === 'succeeded' && job.generationId !== null && tile.generation === null) void this.#fetch(job);
  }

  async #fetch({ id, generationId }: Job): Promise<void> {
    if (generationId === null) return;
    try {
      const { generation } = await studio.call('history.get', { id: generationId });
      if (generation.trashedAtMs === null) this.#update(id, { generation });
      else this.tiles = this.tiles.filter(({ job }) => job.id !== id);
    } catch {
      // Deleted for good meanwhile: nothing to show.
      this.tiles = this.tiles.filter(({ job }) => job.id !== id);
    }
  }

  #update(id: JobId, change: Partial<Tile>): void {
    this.tiles = this.tiles.map((tile) => (tile.job.id === id ? { ...tile, ...change } : tile));
  }
}

export const generateRun = new GenerateRun();
