/** The clips of the library, as a list follows them, and what is done with them there. */
import type { ClipRecord } from '../../../shared/domain/clip.ts';
import { studio } from '../../api/studio.ts';
import { studioState } from '../studio-state.svelte.ts';
import { clipSession } from './open-clip.svelte.ts';

export class ClipList {
  readonly #limit: number;
  clips: readonly ClipRecord[] = $state.raw([]);
  loaded = $state(false);
  #trashed = $state(false);
  #asked = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get trashed(): boolean {
    return this.#trashed;
  }
  set trashed(trashed: boolean) {
    this.#trashed = trashed;
    this.loaded = false;
    void this.load();
  }

  /** Follows the library; gives what ends that. */
  follow(): () => void {
    void this.load();
    return studio.subscribe((event) => {
      if (event.type === 'clips.changed') void this.load();
    });
  }

  async load(): Promise<void> {
    this.#asked += 1;
    const asked = this.#asked;
    await this.#attempt(async () => {
      const clips = await studio.call('clips.list', { trashed: this.#trashed, limit: this.#limit });
      if (asked !== this.#asked) return;
      this.clips = clips;
      this.loaded = true;
    });
  }

  rename(clip: ClipRecord, name: string): Promise<void> {
    const open = clipSession.record?.id === clip.id;
    return this.#attempt(() => (open ? clipSession.rename(name) : studio.call('clips.rename', { id: clip.id, name })));
  }

  duplicate(clip: ClipRecord): Promise<void> {
    return this.#attempt(async () => {
      // What is open may be ahead of what is listed.
      if (clipSession.record?.id === clip.id) await clipSession.saveNow();
      const { projectId, name, state } = await studio.call('clips.get', { id: clip.id });
      await studio.call('clips.create', { projectId, name: `${name} (copy)`.slice(0, 200), state });
    });
  }

  trash(clip: ClipRecord): Promise<void> {
    return this.#attempt(async () => {
      if (clipSession.record?.id === clip.id) await clipSession.close();
      await studio.call('clips.trash', { id: clip.id });
      studioState.notify({
        level: 'info',
        title: `"${clip.name}" moved to the trash.`,
        action: { label: 'Undo', run: () => void this.restore(clip) },
      });
    });
  }

  restore(clip: ClipRecord): Promise<void> {
    return this.#attempt(() => studio.call('clips.restore', { id: clip.id }));
  }

  async #attempt(work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
    } catch (error) {
      studioState.fail(error);
    }
  }
}
