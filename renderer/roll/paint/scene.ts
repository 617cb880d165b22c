import { chordsOf, type Chord } from '../../../shared/music/harmony.ts';
import type { Score, Track } from '../../../shared/music/score.ts';
import type { Viewport } from '../geometry/viewport.ts';
import type { RollContent } from '../roll-api.ts';
import type { RollPreview } from '../tools/gesture.ts';
import type { RollTheme } from './theme.ts';

/** All that a frame shows. */
export interface Scene {
  view: Viewport;
  content: RollContent;
  theme: RollTheme;
  /** Of the gesture that goes on, instead of the active track. */
  preview: RollPreview | null;
  grid: number | null;
  /** Under the pointer or pressed, to be shown on the keyboard. */
  keyPitch: number | null;
}

/** In CSS pixels: the caller has set the scale. */
export type Context = CanvasRenderingContext2D;

export function activeIndex({ content }: Scene): number {
  return content.score.tracks.findIndex(({ id }) => id === content.activeTrackId);
}

/** The active track as it is shown. */
export function shownTrack(scene: Scene): Track | null {
  return scene.preview?.track ?? scene.content.score.tracks[activeIndex(scene)] ?? null;
}

export const shownSelection = ({ preview, content }: Scene): ReadonlySet<number> => preview?.selection ?? content.selection;

const chords = new WeakMap<Score, Chord[]>();

/** Kept with the score, which never changes. */
export function chordsIn(score: Score): readonly Chord[] {
  let found = chords.get(score);
  if (found === undefined) {
    found = chordsOf(score);
    chords.set(score, found);
  }
  return found;
}

/** Sharps or flats of the signature that holds at a tick. */
export const fifthsAt = (score: Pick<Score, 'keys'>, tick: number): number =>
  (score.keys.findLast((key) => key.tick <= tick) ?? score.keys[0])?.fifths ?? 0;

/** Puts a line in the middle of device pixels, so that it is one pixel wide. */
export const crisp = (at: number): number => Math.round(at) + 0.5;
