/** Keeps the screen in step with the document: compositors, stage, viewport and the frame loop. */
import { uniteRects, type Point, type Rect, type Size } from '../../../shared/domain/geometry.ts';
import type { Candidate } from '../canvas-api.ts';
import { canvasRect, origin, type DocumentModel, type LayerModel } from '../document/model.ts';
import { emptyTiles, type Tile } from '../document/tile.ts';
import { Compositor, type Drawable } from '../view/compositor.ts';
import { Overlay, type OverlayEvents, type OverlayState } from '../view/overlay.ts';
import { StageView, type Scene } from '../view/stage-view.ts';
import { TilePictures } from '../view/tile-pictures.ts';
import { fit, resizeTo, type Viewport } from '../view/viewport.ts';
import type { DocumentChange } from './document-store.ts';
import type { ToolSettings } from './settings.ts';

export interface DisplaySource extends OverlayEvents {
  readonly settings: ToolSettings;
  shown(): DocumentModel | null;
  candidate(): Candidate | null;
  comparison(): number | null;
  overlay(): Omit<OverlayState, 'viewport' | 'canvas' | 'cursor'>;
  cursor(): OverlayState['cursor'];
  /** Work of the tools that waits for the frame. */
  beforeFrame(): void;
  viewportChanged(): void;
  frameDone(workMs: number): void;
}

const unattached: Viewport = { zoom: 1, left: 0, top: 0, width: 0, height: 0 };

export class Display {
  readonly #source: DisplaySource;
  readonly #pictures = new TilePictures();
  readonly #layers = new Compositor(this.#pictures);
  readonly #mask = new Compositor(this.#pictures, 96 * 1024 * 1024);
  readonly #before = new Compositor(this.#pictures, 96 * 1024 * 1024);
  #viewport = unattached;
  #view: StageView | null = null;
  #overlay: Overlay | null = null;
  #observer: ResizeObserver | null = null;
  #frame = 0;
  /** Fit as soon as there is a container. */
  #fitPending = false;
  #theme: 'light' | 'dark' = 'dark';

  constructor(source: DisplaySource) {
    this.#source = source;
  }

  get viewport(): Viewport {
    return this.#viewport;
  }

  get view(): StageView | null {
    return this.#view;
  }

  attach(container: HTMLDivElement): void {
    this.detach();
    this.#setSize({ width: container.clientWidth, height: container.clientHeight });
    this.#view = new StageView(container, this.#viewport, () => this.#scene());
    this.#view.setTheme(this.#theme);
    this.#overlay = new Overlay(this.#view, this.#source);
    this.#observer = new ResizeObserver(() => this.#setSize({ width: container.clientWidth, height: container.clientHeight }));
    this.#observer.observe(container);
    this.refreshOverlay();
  }

  detach(): void {
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
    this.#observer?.disconnect();
    this.#view?.destroy();
    this.#observer = null;
    this.#view = null;
    this.#overlay = null;
  }

  dispose(): void {
    this.detach();
    this.#pictures.clear();
    for (const compositor of [this.#layers, this.#mask, this.#before]) compositor.invalidate(null);
  }

  /** The document changed, or another one is open. */
  documentChanged(change: DocumentChange): void {
    const shown = this.#source.shown();
    const canvas = shown?.canvas ?? { width: 1, height: 1 };
    const drawn = shown?.layers.filter((layer) => layer.visible && layer.opacity > 0) ?? [];
    this.#layers.show(drawn, canvas);
    this.#mask.show(shown === null ? [] : [maskDrawable(shown)], canvas);
    this.#before.show(shown?.layers.slice(0, 1).map(untouched) ?? [], canvas);
    const rectOf = (what: Rect | 'all'): Rect | null => (what === 'all' ? null : what);
    if (change.layers !== null) {
      this.#layers.invalidate(rectOf(change.layers));
      this.#before.invalidate(rectOf(change.layers));
      this.#view?.repaintPixels(rectOf(change.layers));
    }
    if (change.mask !== null) {
      this.#mask.invalidate(rectOf(change.mask));
      this.#view?.repaintMask(rectOf(change.mask));
    }
    if (change.layers === 'all') {
      this.#pictures.clear();
      this.refreshOverlay();
    }
    this.requestFrame();
  }

  tileChanged(tile: Tile, part: Rect): void {
    this.#pictures.update(tile, part);
  }

  /** Candidates, comparison, mask colours: everything on the screen may look different. */
  repaint(): void {
    this.#view?.repaintAll();
    this.refreshOverlay();
  }

  refreshOverlay(): void {
    const canvas = this.#source.shown()?.canvas ?? null;
    this.#overlay?.update({ ...this.#source.overlay(), cursor: this.#source.cursor(), viewport: this.#viewport, canvas });
    this.requestFrame();
  }

  refreshCursor(): void {
    this.#overlay?.updateCursor(this.#source.cursor());
    this.requestFrame();
  }

  setTheme(theme: 'light' | 'dark'): void {
    this.#theme = theme;
    this.#view?.setTheme(theme);
    this.requestFrame();
  }

  setViewport(viewport: Viewport): void {
    this.#viewport = viewport;
    this.#fitPending = false;
    this.#view?.setViewport(viewport);
    this.refreshOverlay();
    this.#source.viewportChanged();
  }

  fit(): void {
    const shown = this.#source.shown();
    if (shown === null) return;
    const { frame } = this.#source.overlay();
    const whole = frame === null ? canvasRect(shown) : uniteRects(canvasRect(shown), frame);
    if (this.#viewport.width > 0) this.setViewport(fit(this.#viewport, whole));
    else this.#fitPending = true;
  }

  requestFrame(): void {
    if (this.#frame !== 0 || this.#view === null) return;
    this.#frame = requestAnimationFrame(() => {
      this.#frame = 0;
      const startedMs = performance.now();
      this.#source.beforeFrame();
      if (this.#view?.frame() === true) this.requestFrame();
      this.#source.frameDone(performance.now() - startedMs);
    });
  }

  #setSize(size: Size): void {
    const fits = this.#fitPending;
    this.setViewport(resizeTo(this.#viewport, size));
    this.#fitPending = fits;
    if (fits && size.width > 0) this.fit();
  }

  #scene(): Scene | null {
    const shown = this.#source.shown();
    if (shown === null) return null;
    const { maskColour, maskOpacity, maskVisible } = this.#source.settings;
    const candidate = this.#source.candidate();
    const comparison = this.#source.comparison();
    return {
      canvas: shown.canvas,
      layers: this.#layers,
      mask: this.#mask,
      before: this.#before,
      overlaid: candidate === null ? null : { picture: candidate.patch, bounds: candidate.bounds, frame: candidate.frame ?? null },
      comparison,
      maskColour,
      maskOpacity,
      maskVisible: maskVisible && comparison === null,
    };
  }
}

/** The comparison's "before": the picture at the bottom as it was opened, without what was painted on it. */
function untouched(layer: LayerModel): Drawable {
  return { ...layer, opacity: 1, blendMode: 'normal', tiles: layer.source === null ? layer.tiles : emptyTiles };
}

function maskDrawable(document: DocumentModel): Drawable {
  const corner: Point = origin;
  return { bounds: canvasRect(document), source: null, sourceAt: corner, opacity: 1, blendMode: 'normal', tiles: document.mask };
}
