/** State and wiring of the engine: what every group of commands stands on. */
import type { Point, Rect } from '../../../shared/domain/geometry.ts';
import type { CanvasView, LayerView } from '../canvas-api.ts';
import { canvasRect, type DocumentModel, type LayerModel } from '../document/model.ts';
import { coveredBounds } from '../document/tile-map.ts';
import type { Tile, TileMap } from '../document/tile.ts';
import type { Outline, Tool, ToolPointer } from '../tools/tool.ts';
import { pan, type FloatPoint, type Viewport } from '../view/viewport.ts';
import { isAllowedCanvas } from '../view/frame-maths.ts';
import { Candidates } from './candidates.ts';
import { Display } from './display.ts';
import { DocumentStore, type DocumentChange } from './document-store.ts';
import { Input } from './input.ts';
import { defaultSettings, isBrushTool, type ToolSettings } from './settings.ts';
import { LayerThumbnails } from './thumbnails.ts';
import { createTools } from './tools.ts';

export interface EngineOptions {
  /** Milliseconds of script each frame took: for the benchmark. */
  onFrame?: (workMs: number) => void;
}

export class EngineCore {
  readonly settings: ToolSettings = defaultSettings();
  readonly store = new DocumentStore((change) => this.#documentChanged(change));
  readonly candidates = new Candidates();
  readonly display: Display;
  readonly thumbnails = new LayerThumbnails(() => this.changed());
  readonly #tools = createTools(this);
  readonly #listeners = new Set<(view: CanvasView) => void>();
  #input: Input | null = null;
  #container: HTMLElement | null = null;
  #view: CanvasView | null = null;
  #notifying = false;
  #comparison: number | null = null;
  #outpaintFrame: Rect | null = null;
  #outline: Outline | null = null;
  #hint: string | null = null;
  #pointer: ToolPointer | null = null;
  #layerViews: { of: readonly LayerModel[] | null; urls: string; views: readonly LayerView[] } = { of: null, urls: '', views: [] };
  #maskBounds: { of: TileMap | null; bounds: Rect | null } = { of: null, bounds: null };

  constructor(options: EngineOptions) {
    this.display = new Display({
      settings: this.settings,
      shown: () => this.store.shown,
      candidate: () => this.candidates.shown,
      comparison: () => this.#comparison,
      overlay: () => ({
        outline: this.#outline,
        comparison: this.#comparison,
        frame: this.candidates.shown === null ? this.#outpaintFrame : null,
      }),
      cursor: () => this.#brushCursor(),
      beforeFrame: () => this.#input?.flush(),
      viewportChanged: () => {
        this.#showCursor();
        this.changed();
      },
      frameDone: (workMs) => options.onFrame?.(workMs),
      onDivider: (position) => this.setComparison(position),
      onFrame: (frame) => this.setOutpaintFrame(frame),
    });
  }

  get viewport(): Viewport {
    return this.display.viewport;
  }

  get view(): CanvasView {
    this.#view ??= this.#buildView();
    return this.#view;
  }

  get outpaintFrame(): Rect | null {
    return this.#outpaintFrame;
  }

  subscribe(listener: (view: CanvasView) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Something `view` shows is different. Listeners hear of it once per task. */
  changed(): void {
    this.#view = null;
    if (this.#notifying) return;
    this.#notifying = true;
    queueMicrotask(() => {
      this.#notifying = false;
      for (const listener of this.#listeners) listener(this.view);
    });
  }

  attach(container: HTMLDivElement): void {
    this.detach();
    this.#container = container;
    this.display.attach(container);
    this.#input = new Input(container, this);
    this.#showCursor();
  }

  detach(): void {
    this.#input?.dispose();
    this.#input = null;
    if (this.#container !== null) this.#container.style.cursor = '';
    this.#container = null;
    this.display.detach();
  }

  dispose(): void {
    this.detach();
    this.thumbnails.dispose();
    this.display.dispose();
    this.#listeners.clear();
  }

  /** Commands that change the document call this first: what is being drawn is kept as a step of its own. */
  settle(): void {
    this.#input?.finish();
    this.refuse(null);
  }

  cancelGesture(): boolean {
    const underWay = this.#input?.gestureUnderWay === true;
    this.#input?.cancel();
    return underWay;
  }

  setComparison(position: number | null): void {
    this.#comparison = position === null ? null : Math.min(1, Math.max(0, position));
    this.display.repaint();
    this.changed();
  }

  setOutpaintFrame(frame: Rect | null): void {
    if (frame !== null && !isAllowedCanvas(frame)) {
      this.refuse('The canvas would be larger than 100 megapixels.');
      return;
    }
    const { document } = this.store;
    // With the tool in hand there is always a frame to drag.
    const rest = this.settings.tool === 'outpaint' && document !== null ? canvasRect(document) : null;
    this.#outpaintFrame = frame ?? rest;
    this.display.refreshOverlay();
    this.changed();
  }

  candidatesChanged(): void {
    this.display.repaint();
    this.changed();
  }

  toolChanged(): void {
    this.#showCursor();
    this.display.refreshOverlay();
    this.changed();
  }

  // What tools and input ask for.

  toolFor(pointer: ToolPointer): Tool | null {
    const { tool } = this.settings;
    if (this.candidates.shown !== null && tool !== 'hand' && tool !== 'outpaint') {
      this.refuse('Accept or discard the result first.');
      return null;
    }
    if (this.#comparison !== null && tool !== 'hand') {
      this.refuse('Close the comparison first.');
      return null;
    }
    // Nobody paints a mask they do not want to see.
    if (tool.startsWith('mask-') && !this.settings.maskVisible) {
      this.settings.maskVisible = true;
      this.display.repaint();
      this.changed();
    }
    const picks = pointer.alt && (tool === 'paint-brush' || tool === 'fill');
    return this.#tools[picks ? 'eyedropper' : tool];
  }

  gestureBegins(): void {
    this.refuse(null);
  }

  refuse(reason: string | null): void {
    if (this.#hint === reason) return;
    this.#hint = reason;
    this.changed();
  }

  tileChanged(tile: Tile, part: Rect): void {
    this.display.tileChanged(tile, part);
  }

  showOutline(outline: Outline | null): void {
    if (this.#outline === outline) return;
    this.#outline = outline;
    this.display.refreshOverlay();
  }

  setViewport(viewport: Viewport): void {
    this.display.setViewport(viewport);
  }

  setForeground(colour: string): void {
    this.settings.foregroundColour = colour;
    this.changed();
  }

  isHandleAt(point: FloatPoint): boolean {
    return this.display.view?.stage.getIntersection(point) != null;
  }

  pointerMoved(pointer: ToolPointer | null): void {
    const before = this.#pointer;
    this.#pointer = pointer;
    this.display.refreshCursor();
    const moved =
      pointer === null ||
      before === null ||
      Math.floor(pointer.x) !== Math.floor(before.x) ||
      Math.floor(pointer.y) !== Math.floor(before.y);
    if (moved) this.changed();
  }

  requestFrame(): void {
    this.display.requestFrame();
  }

  panningChanged(): void {
    this.#showCursor();
    this.display.refreshCursor();
  }

  #documentChanged(change: DocumentChange): void {
    if (change.layers === 'all') {
      const { document } = this.store;
      this.#outline = null;
      this.#outpaintFrame = this.settings.tool === 'outpaint' && document !== null ? canvasRect(document) : null;
      // What the user looks at stays where it is.
      const { zoom } = this.viewport;
      if (change.moved !== undefined) this.display.setViewport(pan(this.viewport, -change.moved.x * zoom, -change.moved.y * zoom));
    }
    this.display.documentChanged(change);
    // Not while a stroke is drawn: its tiles are not finished.
    if (this.store.shown === this.store.document) this.thumbnails.update(this.store.document);
    this.changed();
  }

  #brushCursor(): { at: FloatPoint; radius: number } | null {
    const { tool, brushes } = this.settings;
    if (this.#pointer === null || !isBrushTool(tool) || this.#input?.panning === true || this.store.document === null) return null;
    const { screenX, screenY } = this.#pointer;
    return { at: { x: screenX, y: screenY }, radius: (brushes[tool].sizePx / 2) * this.viewport.zoom };
  }

  #showCursor(): void {
    if (this.#container === null) return;
    const { tool, brushes } = this.settings;
    const panning = this.#input?.panning === true;
    let cursor = 'crosshair';
    if (panning || tool === 'hand' || tool === 'outpaint') cursor = this.#input?.gestureUnderWay === true ? 'grabbing' : 'grab';
    else if (tool === 'move') cursor = 'move';
    else if (isBrushTool(tool) && (brushes[tool].sizePx / 2) * this.viewport.zoom >= 4) cursor = 'none';
    this.#container.style.cursor = cursor;
  }

  #buildView(): CanvasView {
    const document = this.store.document;
    const { settings } = this;
    const pointer: Point | null = this.#pointer === null ? null : { x: Math.floor(this.#pointer.x), y: Math.floor(this.#pointer.y) };
    return {
      canvas: document?.canvas ?? null,
      layers: this.#layersForView(document),
      activeLayerId: document?.activeLayerId ?? null,
      maskBounds: this.#boundsForView(document),
      maskVisible: settings.maskVisible,
      tool: settings.tool,
      brushes: { ...settings.brushes },
      wand: settings.wand,
      maskCombine: settings.maskCombine,
      foregroundColour: settings.foregroundColour,
      backgroundColour: settings.backgroundColour,
      zoom: this.viewport.zoom,
      pointer,
      undoLabel: this.store.history.undoLabel,
      undoDepth: this.store.history.depth,
      redoLabel: this.store.history.redoLabel,
      changeCount: this.store.changeCount,
      candidates: this.candidates.view,
      comparison: this.#comparison,
      outpaintFrame: this.#outpaintFrame,
      hint: this.#hint,
    };
  }

  #layersForView(document: DocumentModel | null): readonly LayerView[] {
    const layers = document?.layers ?? [];
    const urls = layers.map(({ id }) => this.thumbnails.url(id) ?? '').join();
    if (this.#layerViews.of !== layers || this.#layerViews.urls !== urls) {
      const views = layers.map(({ id, name, bounds, visible, locked, opacity, blendMode }) => {
        return { id, name, bounds, visible, locked, opacity, blendMode, thumbnailUrl: this.thumbnails.url(id) };
      });
      this.#layerViews = { of: layers, urls, views };
    }
    return this.#layerViews.views;
  }

  #boundsForView(document: DocumentModel | null): Rect | null {
    const mask = document?.mask ?? null;
    if (this.#maskBounds.of !== mask) this.#maskBounds = { of: mask, bounds: mask === null ? null : coveredBounds(mask) };
    return this.#maskBounds.bounds;
  }
}
