/**
 * The piano roll as the rest of the page sees it: plain TypeScript over canvas elements, no Svelte. It is told what to show,
 * keeps where the user looks, and tells its host what the user's hand wants.
 */
import type { Selection } from '../../shared/music/edits.ts';
import type { Bar, Score, Track } from '../../shared/music/score.ts';

export const rollTools = ['select', 'draw', 'erase'] as const;
export type RollTool = (typeof rollTools)[number];

export interface TickRange {
  start: number;
  end: number;
}

/** What the roll plays by; the studio's player is one. */
export interface RollPlayer {
  readonly playing: boolean;
  readonly loop: TickRange | null;
  /** In ticks, a few times a second: for what is read, not for what moves. */
  readonly position: number;
  /** Now, in ticks; cheap: asked for in every frame. */
  positionTicks(): number;
  seek(tick: number): void;
  setLoop(range: TickRange | null): void;
  /** While a key is held. Velocity 1..127. */
  noteOn(trackId: string, pitch: number, velocity: number): void;
  noteOff(trackId: string, pitch: number): void;
  /** One short note, so that what is written is heard. */
  preview(trackId: string, pitch: number, durationMs: number): void;
}

/** All that is shown; replaced, never changed. */
export interface RollContent {
  score: Score;
  bars: readonly Bar[];
  activeTrackId: string | null;
  selection: Selection;
  lockedBars: ReadonlySet<number>;
  loop: TickRange | null;
}

/** What the user's hand does to the score. */
export interface RollHost {
  select(selection: Selection): void;
  /** One undo step. */
  commit(label: string, track: Track, selection: Selection): void;
  setLoop(range: TickRange | null): void;
  seek(tick: number): void;
  /** A note was written or touched: let it be heard for a moment. */
  hear(pitch: number): void;
  keyDown(pitch: number): void;
  keyUp(pitch: number): void;
}
