/** What is drawn over the pixels with Konva shapes: cursor, outline of a gesture, comparison divider, outpaint frame. */
import { Circle } from 'konva/lib/shapes/Circle.js';
import { Ellipse } from 'konva/lib/shapes/Ellipse.js';
import { Line } from 'konva/lib/shapes/Line.js';
import type { Outline } from '../tools/tool.ts';
import { ComparisonDivider } from './comparison-divider.ts';
import { FrameHandles } from './frame-handles.ts';
import type { StageView } from './stage-view.ts';
import { toScreen, type FloatPoint, type Viewport } from './viewport.ts';
import type { Rect, Size } from '../../../shared/domain/geometry.ts';

export interface OverlayEvents {
  onDivider: (position: number) => void;
  onFrame: (frame: Rect) => void;
}

export interface OverlayState {
  viewport: Viewport;
  canvas: Size | null;
  /** Screen position and radius of the brush; null: no brush cursor. */
  cursor: { at: FloatPoint; radius: number } | null;
  outline: Outline | null;
  comparison: number | null;
  frame: Rect | null;
}

/** Light over dark: visible on every picture. */
const [dark, light] = ['rgb(0 0 0 / 75%)', 'rgb(255 255 255 / 90%)'];

export class Overlay {
  readonly #view: StageView;
  readonly #cursor = [
    new Circle({ stroke: dark, strokeWidth: 1, visible: false }),
    new Circle({ stroke: light, strokeWidth: 1, visible: false }),
  ] as const;
  readonly #lines = [
    new Line({ stroke: dark, strokeWidth: 1, visible: false, listening: false }),
    new Line({ stroke: light, strokeWidth: 1, dash: [4, 4], visible: false, listening: false }),
  ] as const;
  readonly #ellipses = [
    new Ellipse({ stroke: dark, strokeWidth: 1, visible: false, listening: false, radiusX: 1, radiusY: 1 }),
    new Ellipse({ stroke: light, strokeWidth: 1, dash: [4, 4], visible: false, listening: false, radiusX: 1, radiusY: 1 }),
  ] as const;
  readonly #divider: ComparisonDivider;
  readonly #frame: FrameHandles;

  constructor(view: StageView, events: OverlayEvents) {
    this.#view = view;
    view.cursor.add(...this.#cursor);
    view.overlay.add(...this.#lines, ...this.#ellipses);
    this.#divider = new ComparisonDivider(view.overlay, events.onDivider);
    this.#frame = new FrameHandles(view.overlay, events.onFrame);
  }

  updateCursor(cursor: OverlayState['cursor']): void {
    this.#cursor.forEach((circle, index) => {
      circle.visible(cursor !== null);
      if (cursor === null) return;
      circle.position(cursor.at);
      circle.radius(Math.max(1.5, cursor.radius) + (index === 0 ? 1 : 0));
    });
    this.#view.repaintCursor();
  }

  update(state: OverlayState): void {
    this.updateCursor(state.cursor);
    this.#updateOutline(state.outline, state.viewport);
    this.#divider.update(state.comparison, state.viewport);
    this.#frame.update(state.frame, state.canvas, state.viewport);
    this.#view.repaintOverlay();
  }

  #updateOutline(outline: Outline | null, viewport: Viewport): void {
    const points = outline === null ? [] : outlinePoints(outline).map((point) => toScreen(viewport, point));
    for (const line of this.#lines) {
      line.visible(points.length > 0);
      line.closed(outline !== null && outline.kind !== 'line');
      line.points(points.flatMap(({ x, y }) => [x, y]));
    }
    for (const ellipse of this.#ellipses) {
      ellipse.visible(outline?.kind === 'ellipse');
      if (outline?.kind !== 'ellipse') continue;
      const [from, to] = [toScreen(viewport, outline.from), toScreen(viewport, outline.to)];
      ellipse.position({ x: (from.x + to.x) / 2, y: (from.y + to.y) / 2 });
      ellipse.radius({ x: Math.abs(to.x - from.x) / 2, y: Math.abs(to.y - from.y) / 2 });
    }
  }
}

function outlinePoints(outline: Outline): readonly FloatPoint[] {
  switch (outline.kind) {
    case 'path':
      return outline.points;
    case 'line':
      return [outline.from, outline.to];
    case 'rectangle':
      return [outline.from, { x: outline.to.x, y: outline.from.y }, outline.to, { x: outline.from.x, y: outline.to.y }];
    case 'ellipse':
      return [];
  }
}
