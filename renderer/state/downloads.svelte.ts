/** Packs on their way from the hub, kept up to date by events. */
import { SvelteMap } from 'svelte/reactivity';
import { studio } from '../api/studio.ts';
import type { CallInput } from '../../shared/contract/calls.ts';
import type { Download } from '../../shared/domain/download.ts';
import type { DownloadId } from '../../shared/domain/ids.ts';
import { navigation } from './navigation.svelte.ts';
import { studioState } from './studio-state.svelte.ts';

class Downloads {
  readonly #items = new SvelteMap<DownloadId, Download>();

  /** Oldest first: in the order they are fetched. */
  readonly items: readonly Download[] = $derived([...this.#items.values()].sort((a, b) => a.createdAtMs - b.createdAtMs));

  /** Call once; gives what stops it. */
  start(): () => void {
    const stop = studio.subscribe((event) => {
      if (event.type === 'download.removed') this.#items.delete(event.id);
      else if (event.type === 'download.changed') this.#keep(event.download);
    });
    // Whatever changed while the line was down was not heard.
    const stopConnection = studio.onConnection((state) => {
      if (state === 'connected') void this.load();
    });
    void this.load();
    return () => {
      stop();
      stopConnection();
    };
  }

  async load(): Promise<void> {
    try {
      const items = await studio.call('downloads.list', undefined);
      const ids = new Set(items.map(({ id }) => id));
      for (const id of [...this.#items.keys()]) if (!ids.has(id)) this.#items.delete(id);
      for (const item of items) this.#items.set(item.id, item);
    } catch (error) {
      studioState.fail(error);
    }
  }

  /** Rejects with what went wrong: the dialog shows it. */
  async begin(input: CallInput<'downloads.start'>): Promise<void> {
    this.#keep(await studio.call('downloads.start', input));
  }

  pause(id: DownloadId): Promise<void> {
    return this.#act(async () => this.#keep(await studio.call('downloads.pause', { id })));
  }

  resume(id: DownloadId): Promise<void> {
    return this.#act(async () => this.#keep(await studio.call('downloads.resume', { id })));
  }

  cancel(id: DownloadId): Promise<void> {
    return this.#act(async () => {
      await studio.call('downloads.cancel', { id });
      this.#items.delete(id);
    });
  }

  async #act(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      studioState.fail(error);
    }
  }

  #keep(download: Download): void {
    const before = this.#items.get(download.id)?.status.state;
    this.#items.set(download.id, download);
    const { status, name } = download;
    if (before === undefined || before === status.state) return;
    if (status.state === 'done') {
      studioState.notify({
        level: 'info',
        title: `"${name}" is here and installed.`,
        action: navigation.room === 'packs' ? null : { label: 'Show models', run: () => navigation.go('packs') },
      });
    } else if (status.state === 'failed' && navigation.room !== 'packs') {
      studioState.notify({ level: 'error', title: `"${name}": ${status.error.message}`, text: status.error.action ?? '' });
    }
  }
}

export const downloads = new Downloads();
