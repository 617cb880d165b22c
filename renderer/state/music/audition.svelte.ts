/** Music that is listened to without being opened: a step of a morph, a place on the map. The roll keeps the clip. */
import type { Score } from '../../../shared/music/score.ts';
import { player } from './player.svelte.ts';

export interface Auditioned {
  /** Tells one from another. */
  key: string;
  /** "Step 3 of 5" */
  name: string;
  score: Score;
}

class Audition {
  current: Auditioned | null = $state.raw(null);

  /** Plays it from its start; with the same one playing, pauses. */
  toggle(what: Auditioned): void {
    if (this.current?.key === what.key && player.playing) player.pause();
    else this.listen(what);
  }

  listen(what: Auditioned): void {
    this.current = what;
    player.load(what.score);
    void player.play(0);
  }

  /** Another version of what is heard, which goes on playing where it is. */
  replace(what: Auditioned): void {
    this.current = what;
    player.load(what.score);
    if (!player.playing) void player.play(0);
  }

  end(): void {
    if (this.current === null) return;
    player.pause();
    this.current = null;
  }
}

export const audition = new Audition();
