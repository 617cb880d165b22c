/** Regions of a score: what begins in them is written anew, all else is locked. */
import type { Note, Track } from '../../../shared/music/score.ts';
import type { ScoreRegion } from '../../../shared/pipelines/score.ts';

export class Regions {
  readonly #byTrack = new Map<string, ScoreRegion[]>();

  constructor(regions: readonly ScoreRegion[]) {
    for (const region of regions) this.#byTrack.set(region.trackId, [...(this.#byTrack.get(region.trackId) ?? []), region]);
  }

  has(trackId: string): boolean {
    return this.#byTrack.has(trackId);
  }

  /** The one that a tick of a track lies in. */
  at(trackId: string, tick: number): ScoreRegion | null {
    return this.#byTrack.get(trackId)?.find(({ start, end }) => tick >= start && tick < end) ?? null;
  }

  /** Notes that begin in none of them. */
  locked(track: Track): Note[] {
    return track.notes.filter(({ start }) => this.at(track.id, start) === null);
  }
}
