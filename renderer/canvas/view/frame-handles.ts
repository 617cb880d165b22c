/** The outpaint frame: eight handles; the area it adds is tinted. */
import Konva from 'konva/lib/Core.js';
import { Rect as RectShape } from 'konva/lib/shapes/Rect.js';
import type { Rect, Size } from '../../../shared/domain/geometry.ts';
import { setCursor } from './comparison-divider.ts';
import { dragEdges, handleNames, handlePoint, type HandleName } from './frame-maths.ts';
import { toCanvas, toScreen, type Viewport } from './viewport.ts';

const handleSize = 12;
const cursors: Record<HandleName, string> = {
  'top-left': 'nwse-resize',
  top: 'ns-resize',
  'top-right': 'nesw-resize',
  right: 'ew-resize',
  'bottom-right': 'nwse-resize',
  bottom: 'ns-resize',
  'bottom-left': 'nesw-resize',
  left: 'ew-resize',
};

export class FrameHandles {
  readonly #group = new Konva.Group({ visible: false });
  readonly #tint = new Konva.Shape({ listening: false, fill: 'rgb(229 72 77 / 25%)' });
  readonly #borders = [
    new RectShape({ stroke: 'rgb(0 0 0 / 75%)', strokeWidth: 1, listening: false }),
    new RectShape({ stroke: 'white', strokeWidth: 1, dash: [6, 4], listening: false }),
  ] as const;
  readonly #handles = new Map<HandleName, RectShape>();
  #frame: Rect | null = null;
  #canvas: Size | null = null;
  #viewport: Viewport | null = null;

  constructor(layer: Konva.Layer, onFrame: (frame: Rect) => void) {
    this.#group.add(this.#tint, ...this.#borders);
    this.#tint.sceneFunc((context, shape) => {
      const [frame, canvas] = [this.#onScreen(this.#frame), this.#onScreen(this.#canvas === null ? null : { x: 0, y: 0, ...this.#canvas })];
      if (frame === null || canvas === null) return;
      context.beginPath();
      context.rect(frame.x, frame.y, frame.width, frame.height);
      // The other way round, so that the canvas is left out.
      context.moveTo(canvas.x, canvas.y);
      context.lineTo(canvas.x, canvas.y + canvas.height);
      context.lineTo(canvas.x + canvas.width, canvas.y + canvas.height);
      context.lineTo(canvas.x + canvas.width, canvas.y);
      context.closePath();
      context.fillStrokeShape(shape);
    });
    for (const name of handleNames) {
      const handle = new RectShape({
        width: handleSize,
        height: handleSize,
        offset: { x: handleSize / 2, y: handleSize / 2 },
        fill: 'white',
        stroke: 'rgb(0 0 0 / 75%)',
        strokeWidth: 1,
        hitStrokeWidth: 14,
        draggable: true,
      });
      handle.on('mouseenter', () => setCursor(handle, cursors[name]));
      handle.on('mouseleave', () => setCursor(handle, ''));
      handle.on('dragmove', () => {
        if (this.#frame === null || this.#canvas === null || this.#viewport === null) return;
        const snapPx = 8 / this.#viewport.zoom;
        onFrame(dragEdges(this.#frame, name, toCanvas(this.#viewport, handle.position()), this.#canvas, snapPx));
        this.#place();
      });
      this.#handles.set(name, handle);
      this.#group.add(handle);
    }
    layer.add(this.#group);
  }

  update(frame: Rect | null, canvas: Size | null, viewport: Viewport): void {
    this.#frame = frame;
    this.#canvas = canvas;
    this.#viewport = viewport;
    this.#group.visible(frame !== null && canvas !== null);
    this.#place();
  }

  #onScreen(rect: Rect | null): { x: number; y: number; width: number; height: number } | null {
    if (rect === null || this.#viewport === null) return null;
    const { zoom } = this.#viewport;
    return { ...toScreen(this.#viewport, rect), width: rect.width * zoom, height: rect.height * zoom };
  }

  #place(): void {
    const frame = this.#onScreen(this.#frame);
    if (frame === null) return;
    for (const border of this.#borders) border.setAttrs(frame);
    for (const [name, handle] of this.#handles) handle.position(handlePoint(frame, name));
  }
}
