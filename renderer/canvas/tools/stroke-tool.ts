/** Brushes and erasers, on the mask and on layers. */
import type { BrushToolName } from '../canvas-api.ts';
import { dabOf, dabsFor } from '../brush/brush-path.ts';
import type { StrokeInk } from '../brush/blend-stroke.ts';
import { SmoothPath } from '../brush/smooth-path.ts';
import { Stroke } from '../brush/stroke.ts';
import type { Dab } from '../brush/stamp.ts';
import { colourBytes } from '../engine/settings.ts';
import { trimGrowth } from '../document/layer-edits.ts';
import { growLayer, layerTile } from '../document/layer-pixels.ts';
import { canvasRect, findLayer, replaceLayer, type DocumentModel, type LayerModel } from '../document/model.ts';
import { tileRect, type TileKey } from '../document/tile.ts';
import { intersectRects, uniteRects, type Rect } from '../../../shared/domain/geometry.ts';
import { whyNotPaintable } from './paintable.ts';
import type { Tool, ToolHost, ToolPointer } from './tool.ts';

const labels: Record<BrushToolName, string> = {
  'mask-brush': 'Mask brush',
  'mask-eraser': 'Mask eraser',
  'paint-brush': 'Brush',
  'paint-eraser': 'Eraser',
};

/** Where the pixels of a stroke go: the mask, or a layer with room for the whole canvas. */
interface Surface {
  stroke: Stroke;
  /** Position of the grid's corner on the canvas. */
  x: number;
  y: number;
  preview(): DocumentModel;
  finished(touched: Rect): DocumentModel;
}

export class StrokeTool implements Tool {
  readonly #host: ToolHost;
  readonly #name: BrushToolName;
  #surface: Surface | null = null;
  #path = new SmoothPath();
  /** Shift: the line to draw starts here. */
  #lineFrom: Dab | null = null;
  #lastEnd: Dab | null = null;

  constructor(host: ToolHost, name: BrushToolName) {
    this.#host = host;
    this.#name = name;
  }

  begin(pointer: ToolPointer): boolean {
    const document = this.#host.store.document;
    if (document === null) return false;
    this.#surface =
      this.#name === 'mask-brush' || this.#name === 'mask-eraser' ? this.#maskSurface(document) : this.#layerSurface(document);
    if (this.#surface === null) return false;
    const brush = this.#host.settings.brushes[this.#name];
    if (pointer.shift) {
      this.#lineFrom = this.#lastEnd ?? dabOf(pointer, brush);
      this.#host.showOutline({ kind: 'line', from: this.#lineFrom, to: pointer });
    } else {
      this.#path = new SmoothPath();
      this.#draw(this.#path.add(pointer).map((sample) => dabOf(sample, brush)));
    }
    return true;
  }

  move(samples: readonly ToolPointer[]): void {
    const newest = samples.at(-1);
    if (this.#surface === null || newest === undefined) return;
    if (this.#lineFrom !== null) {
      this.#host.showOutline({ kind: 'line', from: this.#lineFrom, to: newest });
      return;
    }
    const path = samples.flatMap((sample) => this.#path.add(sample));
    this.#draw(dabsFor(path, this.#lastDab(), this.#host.settings.brushes[this.#name], false));
  }

  end(samples: readonly ToolPointer[]): void {
    const surface = this.#surface;
    if (surface === null) return;
    const brush = this.#host.settings.brushes[this.#name];
    if (this.#lineFrom === null) {
      const path = [...samples.flatMap((sample) => this.#path.add(sample)), ...this.#path.end()];
      this.#draw(dabsFor(path, this.#lastDab(), brush, true));
    } else {
      const newest = samples.at(-1);
      this.#draw(newest === undefined ? [this.#lineFrom] : [this.#lineFrom, { ...dabOf(newest, brush), radius: this.#lineFrom.radius }]);
    }
    const last = surface.stroke.last;
    this.#lastEnd = last === null ? null : { ...last, x: last.x + surface.x, y: last.y + surface.y };
    const { touched } = surface.stroke;
    if (touched === null) this.#host.store.showPreview(null);
    else this.#host.store.commitPreview(labels[this.#name], surface.finished(touched));
    this.#reset();
  }

  cancel(): void {
    if (this.#surface === null) return;
    this.#host.store.showPreview(null);
    this.#reset();
  }

  #reset(): void {
    this.#surface = null;
    this.#lineFrom = null;
    this.#host.showOutline(null);
  }

  #lastDab(): Dab | null {
    const surface = this.#surface;
    const last = surface?.stroke.last;
    return surface == null || last == null ? null : { ...last, x: last.x + surface.x, y: last.y + surface.y };
  }

  /** @param dabs in canvas pixels */
  #draw(dabs: readonly Dab[]): void {
    const surface = this.#surface;
    if (surface === null) return;
    const changes = surface.stroke.draw(dabs.map((dab) => ({ ...dab, x: dab.x - surface.x, y: dab.y - surface.y })));
    let changed: Rect | null = null;
    for (const { tile, place, part } of changes) {
      this.#host.tileChanged(tile, part);
      const onCanvas = { ...part, x: part.x + place.x + surface.x, y: part.y + place.y + surface.y };
      changed = changed === null ? onCanvas : uniteRects(changed, onCanvas);
    }
    if (changed === null) return;
    const onMask = this.#name === 'mask-brush' || this.#name === 'mask-eraser';
    this.#host.store.showPreview(surface.preview(), onMask ? { layers: null, mask: changed } : { layers: changed, mask: null });
  }

  #style(ink: StrokeInk): { ink: StrokeInk; hardness: number; opacity: number } {
    const { hardness, opacity } = this.#host.settings.brushes[this.#name];
    return { ink, hardness, opacity };
  }

  #maskSurface(document: DocumentModel): Surface {
    const stroke = new Stroke(
      { tiles: document.mask, baseTile: (key) => document.mask.get(key) ?? null, channels: 1, clip: canvasRect(document) },
      this.#style({ kind: this.#name === 'mask-brush' ? 'mask-add' : 'mask-erase' }),
    );
    return {
      stroke,
      x: 0,
      y: 0,
      preview: () => ({ ...document, mask: stroke.tiles }),
      finished: () => ({ ...document, mask: stroke.finish(() => false) }),
    };
  }

  #layerSurface(document: DocumentModel): Surface | null {
    const reason = whyNotPaintable(document);
    const layer = findLayer(document, document.activeLayerId);
    if (reason !== null || layer === null) {
      this.#host.refuse(reason ?? 'No layer is chosen.');
      return null;
    }
    const erases = this.#name === 'paint-eraser';
    const grown = erases ? layer : growLayer(layer, canvasRect(document));
    const clip = intersectRects(canvasRect(document), grown.bounds);
    if (clip === null) {
      this.#host.refuse('The layer lies outside the canvas.');
      return null;
    }
    const { x, y } = grown.bounds;
    const stroke = new Stroke(
      { tiles: grown.tiles, baseTile: (key) => layerTile(grown, key), channels: 4, clip: { ...clip, x: clip.x - x, y: clip.y - y } },
      this.#style(erases ? { kind: 'erase' } : { kind: 'paint', colour: colourBytes(this.#host.settings.foregroundColour) }),
    );
    const withTiles = (): LayerModel => ({ ...grown, tiles: stroke.tiles });
    return {
      stroke,
      x,
      y,
      preview: () => replaceLayer(document, withTiles()),
      finished: (touched) => {
        const painted = { ...grown, tiles: stroke.finish((key) => isSourceAt(grown, key)) };
        return replaceLayer(document, erases ? painted : trimGrowth(layer, painted, { ...touched, x: touched.x + x, y: touched.y + y }));
      },
    };
  }
}

function isSourceAt(layer: LayerModel, key: TileKey): boolean {
  const { source, sourceAt } = layer;
  return source !== null && intersectRects(tileRect(key), { ...sourceAt, width: source.width, height: source.height }) !== null;
}
