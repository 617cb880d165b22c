/** What the whole window knows of the studio, kept up to date by its events: packs, settings, the queue, messages. */
import { SvelteMap } from 'svelte/reactivity';
import { studio } from '../api/studio.ts';
import { AppError, type ErrorCode } from '../../shared/contract/errors.ts';
import type { CallInput } from '../../shared/contract/calls.ts';
import type { StudioEvent } from '../../shared/contract/events.ts';
import type { StudioInfo } from '../../shared/contract/calls/system-calls.ts';
import { previewPath } from '../../shared/domain/asset.ts';
import type { JobId } from '../../shared/domain/ids.ts';
import { isFinished, type Job, type JobPriority } from '../../shared/domain/job.ts';
import type { Pack } from '../../shared/domain/pack.ts';
import type { PackTask } from '../../shared/domain/pack-manifest.ts';
import { navigation, type Room } from './navigation.svelte.ts';
import { settingsSchema, type Settings, type SettingsPatch } from '../../shared/domain/settings.ts';

export interface Notice {
  id: number;
  level: 'info' | 'warning' | 'error';
  title: string;
  text: string;
  action: { label: string; run: () => void } | null;
}

const noticeMs = 8_000;

/** Where the user does what an error asks for. */
const mendingRooms: Partial<Record<ErrorCode, { room: Room; label: string }>> = {
  'licence-needed': { room: 'packs', label: 'Show models' },
  offline: { room: 'settings', label: 'Open settings' },
};

class StudioState {
  info: StudioInfo | null = $state.raw(null);
  packs: readonly Pack[] = $state.raw([]);
  settings: Settings = $state.raw(settingsSchema.parse({}));
  paused = $state(false);
  connected = $state(true);
  notices: readonly Notice[] = $state.raw([]);
  readonly #jobs = new SvelteMap<JobId, Job>();
  /** Revision of the newest frame that a running job has shown. */
  readonly #frames = new SvelteMap<JobId, number>();
  #lastNotice = 0;

  /** Unfinished first in running order, then finished ones, latest first. */
  readonly jobs: readonly Job[] = $derived.by(() => {
    const all = [...this.#jobs.values()];
    const finished = all.filter((job) => isFinished(job.status.state)).sort((a, b) => b.createdAtMs - a.createdAtMs);
    const open = all.filter((job) => !isFinished(job.status.state));
    const rank = (job: Job): number => (job.status.state === 'running' ? 0 : job.priority === 'interactive' ? 1 : 2);
    open.sort((a, b) => rank(a) - rank(b) || a.position - b.position);
    return [...open, ...finished];
  });
  readonly unfinishedCount: number = $derived(this.jobs.filter((job) => !isFinished(job.status.state)).length);

  /** Call once; gives what stops it. */
  start(): () => void {
    const stopEvents = studio.subscribe((event) => this.#hear(event));
    const stopConnection = studio.onConnection((state) => {
      const back = state === 'connected' && !this.connected;
      this.connected = state === 'connected';
      // Whatever changed while the line was down was not heard.
      if (back) void this.#load();
    });
    void this.#load();
    return () => {
      stopEvents();
      stopConnection();
    };
  }

  packsFor(task: PackTask): readonly Pack[] {
    return this.packs.filter((pack) => pack.manifest.task === task && pack.status.state === 'ready');
  }

  /** The one the user prefers, else the built-in one, else any. */
  defaultPack(task: PackTask): Pack | null {
    const fitting = this.packsFor(task);
    const preferred = this.settings.packIds[task];
    return fitting.find((pack) => pack.manifest.id === preferred) ?? fitting.find((pack) => pack.builtIn) ?? fitting[0] ?? null;
  }

  job(id: JobId): Job | null {
    return this.#jobs.get(id) ?? null;
  }

  /** Where the newest frame of a running job is; null: it has shown none. */
  frameOf(id: JobId): string | null {
    const revision = this.#frames.get(id);
    return revision === undefined ? null : previewPath(id, revision);
  }

  async updateSettings(patch: SettingsPatch): Promise<void> {
    try {
      this.settings = await studio.call('settings.update', patch);
    } catch (error) {
      this.fail(error);
    }
  }

  /** Puts requests into the queue; several become one batch. */
  async enqueue(requests: CallInput<'jobs.enqueue'>['requests'], priority: JobPriority = 'interactive'): Promise<readonly Job[]> {
    const { jobs } = await studio.call('jobs.enqueue', { requests, priority });
    for (const job of jobs) this.#keep(job);
    return jobs;
  }

  notify(notice: { level: Notice['level']; title: string; text?: string; action?: Notice['action'] }): void {
    this.#lastNotice += 1;
    const id = this.#lastNotice;
    this.notices = [
      ...this.notices,
      { id, level: notice.level, title: notice.title, text: notice.text ?? '', action: notice.action ?? null },
    ];
    // Errors stay until they are closed: they say what to do.
    if (notice.level !== 'error') setTimeout(() => this.dismiss(id), noticeMs);
  }

  dismiss(id: number): void {
    this.notices = this.notices.filter((notice) => notice.id !== id);
  }

  fail(error: unknown): void {
    if (error instanceof AppError && error.code === 'cancelled') return;
    const known = error instanceof AppError;
    const title = known ? error.message : 'Something went wrong in this window.';
    const text = known ? (error.action ?? '') : error instanceof Error ? error.message : '';
    const last = this.notices.at(-1);
    if (last?.title === title && last.text === text) return;
    const mends = known ? mendingRooms[error.code] : undefined;
    const action =
      mends === undefined || mends.room === navigation.room ? null : { label: mends.label, run: () => navigation.go(mends.room) };
    this.notify({ level: 'error', title, text, action });
  }

  #keep(job: Job): void {
    const known = this.#jobs.get(job.id);
    if (known === undefined || job.revision >= known.revision) this.#jobs.set(job.id, job);
    if (this.#jobs.get(job.id)?.status.state !== 'running') this.#frames.delete(job.id);
  }

  #hear(event: StudioEvent): void {
    switch (event.type) {
      case 'job.changed':
        this.#keep(event.job);
        return;
      case 'job.removed':
        this.#jobs.delete(event.id);
        this.#frames.delete(event.id);
        return;
      case 'job.preview':
        this.#frames.set(event.jobId, event.revision);
        return;
      case 'queue.changed':
        this.paused = event.paused;
        return;
      case 'settings.changed':
        this.settings = event.settings;
        return;
      case 'packs.changed':
        studio.call('packs.list', undefined).then(
          (packs) => (this.packs = packs),
          (error: unknown) => this.fail(error),
        );
        return;
      case 'notice':
        this.notify({ level: event.level, title: event.message, text: event.action ?? '' });
        return;
      case 'inference.changed':
        if (event.state === 'restarting' && event.message !== null) this.notify({ level: 'warning', title: event.message });
        return;
      case 'packs.importing':
      case 'download.changed':
      case 'download.removed':
      case 'history.changed':
      case 'documents.changed':
      case 'clips.changed':
      case 'soundFonts.changed':
      case 'music.progress':
      case 'projects.changed':
        return;
    }
  }

  async #load(): Promise<void> {
    try {
      const [info, packs, settings, queue] = await Promise.all([
        studio.call('system.info', undefined),
        studio.call('packs.list', undefined),
        studio.call('settings.get', undefined),
        studio.call('jobs.list', undefined),
      ]);
      const first = this.info === null;
      this.info = info;
      this.packs = packs;
      this.settings = settings;
      this.paused = queue.paused;
      const listed = new Set(queue.jobs.map((job) => job.id));
      for (const id of [...this.#jobs.keys()]) if (!listed.has(id)) this.#jobs.delete(id);
      for (const job of queue.jobs) this.#keep(job);
      if (first) for (const text of info.libraryNotices) this.notify({ level: 'warning', title: 'The library was repaired.', text });
    } catch (error) {
      this.fail(error);
    }
  }
}

export const studioState = new StudioState();
