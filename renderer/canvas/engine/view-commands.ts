/** Commands that change what is seen and how tools work, not the document. */
import type { Point, Rect } from '../../../shared/domain/geometry.ts';
import type { BrushSettings, BrushToolName, CanvasView, MaskCombine, ToolName, WandSettings } from '../canvas-api.ts';
import { canvasRect } from '../document/model.ts';
import { centreOn, keepInSight, pan, toCanvas, zoomAround, zoomStep, type FloatPoint, type Viewport } from '../view/viewport.ts';
import { EngineCore, type EngineOptions } from './engine-core.ts';
import { clampedBrush } from './settings.ts';

export class ViewCommands {
  protected readonly core: EngineCore;

  constructor(options: EngineOptions) {
    this.core = new EngineCore(options);
  }

  get view(): CanvasView {
    return this.core.view;
  }

  subscribe(listener: (view: CanvasView) => void): () => void {
    return this.core.subscribe(listener);
  }

  attach(container: HTMLDivElement): void {
    this.core.attach(container);
  }

  detach(): void {
    this.core.detach();
  }

  setTool(tool: ToolName): void {
    if (this.core.settings.tool === tool) return;
    this.core.settle();
    const leavesOutpaint = this.core.settings.tool === 'outpaint';
    this.core.settings.tool = tool;
    const { document } = this.core.store;
    if (tool === 'outpaint' && document !== null) this.core.setOutpaintFrame(canvasRect(document));
    else if (leavesOutpaint) this.core.setOutpaintFrame(null);
    this.core.toolChanged();
  }

  setBrush(tool: BrushToolName, change: Partial<BrushSettings>): void {
    const { brushes } = this.core.settings;
    this.core.settings.brushes = { ...brushes, [tool]: clampedBrush(brushes[tool], change) };
    this.core.toolChanged();
  }

  setWand(change: Partial<WandSettings>): void {
    this.core.settings.wand = { ...this.core.settings.wand, ...change };
    this.core.changed();
  }

  setMaskCombine(combine: MaskCombine): void {
    this.core.settings.maskCombine = combine;
    this.core.changed();
  }

  setColours({ foreground, background }: { foreground?: string; background?: string }): void {
    if (foreground !== undefined) this.core.settings.foregroundColour = foreground;
    if (background !== undefined) this.core.settings.backgroundColour = background;
    this.core.changed();
  }

  swapColours(): void {
    const { foregroundColour, backgroundColour } = this.core.settings;
    this.setColours({ foreground: backgroundColour, background: foregroundColour });
  }

  setMaskAppearance({ colour, opacity, visible }: { colour?: string; opacity?: number; visible?: boolean }): void {
    const { settings } = this.core;
    if (colour !== undefined) settings.maskColour = colour;
    if (opacity !== undefined) settings.maskOpacity = Math.min(1, Math.max(0, opacity));
    if (visible !== undefined) settings.maskVisible = visible;
    this.core.display.repaint();
    this.core.changed();
  }

  setOutpaintFrame(frame: Rect | null): void {
    this.core.refuse(null);
    this.core.setOutpaintFrame(frame);
  }

  zoomTo(zoom: number, around?: Point): void {
    const { viewport } = this.core;
    // A point given is a canvas pixel: it stays where it is on the screen.
    const fixed: FloatPoint =
      around === undefined
        ? { x: viewport.width / 2, y: viewport.height / 2 }
        : { x: viewport.left + around.x * viewport.zoom, y: viewport.top + around.y * viewport.zoom };
    this.#show(zoomAround(viewport, zoom, fixed));
  }

  zoomIn(): void {
    this.zoomTo(zoomStep(this.core.viewport.zoom, 1));
  }

  zoomOut(): void {
    this.zoomTo(zoomStep(this.core.viewport.zoom, -1));
  }

  zoomFit(): void {
    this.core.display.fit();
  }

  panBy(xPx: number, yPx: number): void {
    this.#show(pan(this.core.viewport, xPx, yPx));
  }

  centreOn(point: Point): void {
    this.#show(centreOn(this.core.viewport, point));
  }

  canvasPoint(screen: { x: number; y: number }): { x: number; y: number } {
    return toCanvas(this.core.viewport, screen);
  }

  setComparison(position: number | null): void {
    this.core.setComparison(position);
  }

  setTheme(theme: 'light' | 'dark'): void {
    this.core.display.setTheme(theme);
  }

  #show(viewport: Viewport): void {
    const canvas = this.core.store.document?.canvas;
    if (canvas !== undefined) this.core.setViewport(keepInSight(viewport, canvas));
  }
}
