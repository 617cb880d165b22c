/** A tool is a small state machine over one gesture: begin, move, end or cancel. */
import type { DocumentChange } from '../engine/document-store.ts';
import type { DocumentStore } from '../engine/document-store.ts';
import type { ToolSettings } from '../engine/settings.ts';
import type { ToolName } from '../canvas-api.ts';
import type { Tile } from '../document/tile.ts';
import type { Rect } from '../../../shared/domain/geometry.ts';
import type { Viewport } from '../view/viewport.ts';

export interface ToolPointer {
  /** Continuous canvas pixels. */
  x: number;
  y: number;
  /** CSS pixels from the container's corner. */
  screenX: number;
  screenY: number;
  pressure: number;
  pen: boolean;
  shift: boolean;
  alt: boolean;
}

/** A shape drawn over the canvas while a gesture lasts, in canvas pixels. */
export type Outline =
  | { kind: 'rectangle' | 'ellipse' | 'line'; from: { x: number; y: number }; to: { x: number; y: number } }
  | { kind: 'path'; points: readonly { x: number; y: number }[] };

/** What tools may do to the engine. */
export interface ToolHost {
  readonly store: DocumentStore;
  readonly settings: ToolSettings;
  readonly viewport: Viewport;
  /** The tile's picture is drawn anew inside `part` (tile pixels). */
  tileChanged(tile: Tile, part: Rect): void;
  showOutline(outline: Outline | null): void;
  setViewport(viewport: Viewport): void;
  setForeground(colour: string): void;
  setOutpaintFrame(frame: Rect | null): void;
  /** Why nothing happens. */
  refuse(reason: string): void;
}

export interface Tool {
  /** @returns false when the gesture is refused */
  begin(pointer: ToolPointer): boolean;
  /** All samples since the last frame, oldest first. Called once a frame. */
  move(samples: readonly ToolPointer[]): void;
  end(samples: readonly ToolPointer[]): void;
  cancel(): void;
}

export type ToolFactory = (host: ToolHost, name: ToolName) => Tool;
export type { DocumentChange };
