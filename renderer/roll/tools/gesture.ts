/**
 * A tool is a small state machine: pressed once, moved many times, ended once. Until the end it only shows a preview; what it
 * gives then is one undo step. Whoever drops it instead has changed nothing.
 */
import type { Selection } from '../../../shared/music/edits.ts';
import type { Bar, Track } from '../../../shared/music/score.ts';
import type { Viewport } from '../geometry/viewport.ts';

/** Where the pointer is, in the area it was pressed in, and what is held with it. */
export interface PointerSample {
  x: number;
  y: number;
  /** As the view is now: it may have scrolled since the press. */
  view: Viewport;
  shift: boolean;
  alt: boolean;
  /** Control, or the Mac's command. */
  ctrl: boolean;
}

export interface GestureContext {
  track: Track;
  selection: Selection;
  bars: readonly Bar[];
  /** Ticks between lines; null when notes are free. */
  grid: number | null;
  newNote: { durationTicks: number; velocity: number };
  /** Height of the velocity lane. */
  laneHeightPx: number;
}

export interface Band {
  left: number;
  top: number;
  width: number;
  height: number;
}

export interface RollPreview {
  track: Track;
  selection: Selection;
  band: Band | null;
  /** The pitch to be heard, when it becomes another one. */
  hear: number | null;
}

/** Without a label only the selection changes. */
export interface Outcome {
  label: string | null;
  track: Track;
  selection: Selection;
}

export interface Gesture {
  readonly preview: RollPreview;
  /** What the pointer looks like meanwhile. */
  readonly cursor: string;
  move(sample: PointerSample): void;
  end(): Outcome | null;
}

/** Smaller movements are the trembling of a click. */
export const thresholdPx = 3;

/** "3 notes", "a note" */
export const counted = (count: number): string => (count === 1 ? 'a note' : `${String(count)} notes`);

export const still = (track: Track, selection: Selection, hear: number | null = null): RollPreview => ({
  track,
  selection,
  band: null,
  hear,
});
