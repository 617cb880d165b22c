/** The map of variations: what the place under the finger gives, run live, heard and seen before it is kept. */
import { livePath } from '../../../shared/domain/asset.ts';
import type { Score } from '../../../shared/music/score.ts';
import { LiveRun } from '../live-run.svelte.ts';
import { studioState } from '../studio-state.svelte.ts';
import { audition } from './audition.svelte.ts';
import { composeTool } from './compose-tool.svelte.ts';
import { fetchScore } from './score-store.ts';

const key = 'map';

class LatentMap {
  readonly live = new LiveRun();
  /** What the place gives; null before anything was asked. */
  score: Score | null = $state.raw(null);
  /** Heard as soon as it is there. */
  listens = $state(true);
  #asked = 0;

  readonly running: boolean = $derived(this.live.running);

  /** @param heard false where no sound may start yet */
  async move(x: number, y: number, heard = true): Promise<void> {
    composeTool.place = { x: clamp(x), y: clamp(y) };
    this.#asked += 1;
    const asked = this.#asked;
    try {
      const request = await composeTool.liveRequest();
      if (request === null || asked !== this.#asked) return;
      await this.live.ask({ slot: 'score', request, maxSidePx: null });
      const found = this.live.result?.pictures.find(({ role }) => role === 'score');
      if (found === undefined || asked !== this.#asked) return;
      const score = await fetchScore(livePath(found.id));
      if (asked !== this.#asked) return;
      this.score = score;
      if (heard && this.listens) audition.replace({ key, name: 'From the map', score });
    } catch (error) {
      if (asked === this.#asked) studioState.fail(error);
    }
  }

  toggle(): void {
    if (this.score !== null) audition.toggle({ key, name: 'From the map', score: this.score });
  }

  /** Another clip, or other bars: what was asked for no longer fits. */
  clear(): void {
    this.#asked += 1;
    this.live.clear();
    this.score = null;
    if (audition.current?.key === key) audition.end();
  }
}

const clamp = (value: number): number => Math.min(1, Math.max(-1, Number(value.toFixed(3))));

export const latentMap = new LatentMap();
