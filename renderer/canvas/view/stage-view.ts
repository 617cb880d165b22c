/**
 * The Konva stage: one layer for pixels, one for the mask's overlay, one for handles, one for the cursor. The first two keep what
 * they drew; a frame repaints only the device rectangle that changed.
 */
import Konva from 'konva/lib/Core.js';
import { intersectRects, rectRight, uniteRects, type Rect, type Size } from '../../../shared/domain/geometry.ts';
import type { Compositor } from './compositor.ts';
import {
  checkerboard,
  deviceRect,
  deviceView,
  paintPicture,
  paintPixelGrid,
  paintTiles,
  touchedDeviceRect,
  type DeviceView,
} from './painter.ts';
import type { Viewport } from './viewport.ts';

export interface Scene {
  canvas: Size;
  layers: Compositor;
  mask: Compositor;
  /** The bottom layer alone, for the comparison. */
  before: Compositor;
  /** A result drawn over the document; `frame`: the area the canvas would get. */
  overlaid: { picture: ImageBitmap; bounds: Rect; frame: Rect | null } | null;
  /** 0..1 of the viewport's width; null: no comparison. */
  comparison: number | null;
  maskColour: string;
  maskOpacity: number;
  maskVisible: boolean;
}

const frameBudgetMs = 6;
const gridFromZoom = 8;

export class StageView {
  readonly stage: Konva.Stage;
  readonly overlay = new Konva.Layer();
  /** Apart from the handles: it moves with every pointer event. */
  readonly cursor = new Konva.Layer({ listening: false });
  readonly #pixels = new Konva.Layer({ listening: false, clearBeforeDraw: false });
  readonly #mask = new Konva.Layer({ listening: false, clearBeforeDraw: false });
  readonly #scene: () => Scene | null;
  #viewport: Viewport;
  #theme: 'light' | 'dark' = 'dark';
  #pattern: CanvasPattern | null = null;
  #stalePixels: Rect | null = null;
  #staleMask: Rect | null = null;
  #overlayStale = true;
  #cursorStale = true;

  constructor(container: HTMLDivElement, viewport: Viewport, scene: () => Scene | null) {
    this.#scene = scene;
    this.#viewport = viewport;
    this.stage = new Konva.Stage({ container, width: Math.max(1, viewport.width), height: Math.max(1, viewport.height) });
    this.stage.add(this.#pixels, this.#mask, this.overlay, this.cursor);
    this.repaintAll();
  }

  get #ratio(): number {
    return this.#pixels.getCanvas().getPixelRatio();
  }

  get #device(): DeviceView {
    return deviceView(this.#viewport, this.#ratio);
  }

  setViewport(viewport: Viewport): void {
    if (viewport.width !== this.#viewport.width || viewport.height !== this.#viewport.height) {
      this.stage.size({ width: Math.max(1, viewport.width), height: Math.max(1, viewport.height) });
    }
    this.#viewport = viewport;
    // Zooming the page, or another screen.
    if (window.devicePixelRatio !== this.#ratio) {
      this.#pattern = null;
      for (const layer of [this.#pixels, this.#mask, this.overlay, this.cursor]) layer.getCanvas().setPixelRatio(window.devicePixelRatio);
    }
    this.repaintAll();
  }

  setTheme(theme: 'light' | 'dark'): void {
    this.#theme = theme;
    this.#pattern = null;
    this.repaintAll();
  }

  /** @param rect canvas pixels; null: all */
  repaintPixels(rect: Rect | null): void {
    this.#stalePixels = this.#united(this.#stalePixels, rect);
  }

  repaintMask(rect: Rect | null): void {
    this.#staleMask = this.#united(this.#staleMask, rect);
  }

  repaintOverlay(): void {
    this.#overlayStale = true;
  }

  repaintCursor(): void {
    this.#cursorStale = true;
  }

  repaintAll(): void {
    this.repaintPixels(null);
    this.repaintMask(null);
    this.#overlayStale = true;
  }

  /** Draws what is stale. @returns true when another frame is needed to finish */
  frame(): boolean {
    const startedMs = performance.now();
    let drawn = 0;
    // At least one tile a frame, or a slow machine would never finish.
    const mayDraw = (): boolean => {
      drawn += 1;
      return drawn === 1 || performance.now() - startedMs < frameBudgetMs;
    };
    const scene = this.#scene();
    const [pixels, mask] = [this.#stalePixels, this.#staleMask];
    this.#stalePixels = null;
    this.#staleMask = null;
    let complete = true;
    if (pixels !== null) {
      const context = contextOf(this.#pixels);
      if (!this.#paintPixels(context, pixels, scene, mayDraw)) {
        complete = false;
        this.#stalePixels = pixels;
      }
    }
    if (mask !== null && !this.#paintMask(contextOf(this.#mask), mask, scene, mayDraw)) {
      complete = false;
      this.#staleMask = mask;
    }
    if (this.#overlayStale) {
      this.#overlayStale = false;
      this.overlay.draw();
    }
    if (this.#cursorStale) {
      this.#cursorStale = false;
      this.cursor.draw();
    }
    return !complete;
  }

  destroy(): void {
    this.stage.destroy();
  }

  #united(stale: Rect | null, rect: Rect | null): Rect | null {
    const view = this.#device;
    const whole = { x: 0, y: 0, width: Math.max(1, view.width), height: Math.max(1, view.height) };
    const touched = rect === null ? whole : touchedDeviceRect(view, rect);
    if (touched === null || stale === null) return touched ?? stale;
    return uniteRects(stale, touched);
  }

  #paintPixels(context: CanvasRenderingContext2D, clip: Rect, scene: Scene | null, mayDraw: () => boolean): boolean {
    const view = this.#device;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(clip.x, clip.y, clip.width, clip.height);
    if (scene === null) return true;
    const { canvas, overlaid } = scene;
    for (const area of [{ x: 0, y: 0, ...canvas }, overlaid?.frame]) {
      const board = area == null ? null : intersectRects(clip, deviceRect(view, area));
      if (board === null) continue;
      this.#pattern ??= context.createPattern(checkerboard(this.#theme, this.#ratio), 'repeat');
      context.fillStyle = this.#pattern ?? '#888888';
      context.fillRect(board.x, board.y, board.width, board.height);
    }
    const divider = scene.comparison === null ? 0 : Math.round(scene.comparison * view.width);
    const [before, after] = splitAt(clip, divider);
    let complete = true;
    if (before !== null) {
      complete = paintTiles(context, before, view, canvas, overlaid === null ? scene.before : scene.layers, mayDraw);
    }
    if (after !== null) {
      complete = paintTiles(context, after, view, canvas, scene.layers, mayDraw) && complete;
      if (overlaid !== null) paintPicture(context, after, view, overlaid.picture, overlaid.bounds);
    }
    if (this.#viewport.zoom >= gridFromZoom) paintPixelGrid(context, clip, view, canvas);
    return complete;
  }

  #paintMask(context: CanvasRenderingContext2D, clip: Rect, scene: Scene | null, mayDraw: () => boolean): boolean {
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(clip.x, clip.y, clip.width, clip.height);
    if (scene === null || !scene.maskVisible || scene.overlaid !== null) return true;
    const complete = paintTiles(context, clip, this.#device, scene.canvas, scene.mask, mayDraw);
    context.save();
    context.globalCompositeOperation = 'source-in';
    context.globalAlpha = scene.maskOpacity;
    context.fillStyle = scene.maskColour;
    context.beginPath();
    context.rect(clip.x, clip.y, clip.width, clip.height);
    context.clip();
    context.fillRect(clip.x, clip.y, clip.width, clip.height);
    context.restore();
    return complete;
  }
}

function contextOf(layer: Konva.Layer): CanvasRenderingContext2D {
  return layer.getNativeCanvasElement().getContext('2d') ?? raise();
}

function raise(): never {
  throw new Error('A canvas lost its context.');
}

function splitAt(clip: Rect, x: number): [Rect | null, Rect | null] {
  const cut = Math.min(Math.max(x, clip.x), rectRight(clip));
  const part = (from: number, to: number): Rect | null => (to > from ? { ...clip, x: from, width: to - from } : null);
  return [part(clip.x, cut), part(cut, rectRight(clip))];
}
