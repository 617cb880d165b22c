/** Opening, saving, reading pixels and taking results: the commands that meet the rest of the studio. */
import type { DocumentState } from '../../../shared/domain/document.ts';
import type { Rect } from '../../../shared/domain/geometry.ts';
import type { LayerId } from '../../../shared/domain/ids.ts';
import type { Candidate, CanvasEngine, InpaintInput, PixelSink, PixelSource, RawPixels } from '../canvas-api.ts';
import { flattenRect } from '../document/flatten.ts';
import * as layerEdits from '../document/layer-edits.ts';
import { readLayer } from '../document/layer-pixels.ts';
import * as maskEdits from '../document/mask-edits.ts';
import { canvasRect, newLayer, type DocumentModel } from '../document/model.ts';
import { SourceImage } from '../document/source-image.ts';
import { loadDocument, saveDocument, type StoredTiles } from '../document/storage.ts';
import { TilePictures } from '../view/tile-pictures.ts';
import { EditCommands, findLayerIn, longestNameLength, placed } from './edit-commands.ts';
import { inpaintInputOf, maskedBounds, type ContextOptions } from './inpaint-input.ts';
import { documentThumbnail } from './thumbnails.ts';

const documentThumbnailSidePx = 512;

export class Engine extends EditCommands implements CanvasEngine {
  /** Loads overtake one another: only the last one counts. */
  #loadCount = 0;
  #stored: StoredTiles = new Map();

  dispose(): void {
    this.close();
    this.core.dispose();
  }

  async load(state: DocumentState, source: PixelSource): Promise<void> {
    this.#loadCount += 1;
    const load = this.#loadCount;
    const { document, stored } = await loadDocument(state, source);
    if (load !== this.#loadCount) {
      closeSources(document);
      return;
    }
    this.#replaceDocument(document);
    this.#stored = stored;
    this.zoomFit();
  }

  close(): void {
    this.#loadCount += 1;
    this.#replaceDocument(null);
  }

  async save(sink: PixelSink): Promise<{ state: DocumentState; changeCount: number }> {
    const { document, changeCount } = this.core.store;
    if (document === null) throw new Error('Nothing is open.');
    const load = this.#loadCount;
    const { state, stored } = await saveDocument(document, this.#stored, sink);
    if (load === this.#loadCount) this.#stored = stored;
    return { state, changeCount };
  }

  documentThumbnail(): RawPixels | null {
    const { document } = this.core.store;
    return document === null ? null : documentThumbnail(document, documentThumbnailSidePx, new TilePictures(64 * 1024 * 1024));
  }

  inpaintInput(options: ContextOptions): InpaintInput | null {
    this.core.settle();
    const { document } = this.core.store;
    return document === null ? null : inpaintInputOf(document, this.core.outpaintFrame, options);
  }

  hasInpaintArea(): boolean {
    const { document } = this.core.store;
    return document !== null && maskedBounds(document, this.core.outpaintFrame) !== null;
  }

  flatten(): RawPixels | null {
    const { document } = this.core.store;
    if (document === null) return null;
    const { width, height, data } = flattenRect(document, canvasRect(document));
    return { width, height, channels: 4, data };
  }

  layerPixels(id: LayerId): (RawPixels & { bounds: Rect }) | null {
    const layer = findLayerIn(this.core.store.document, id);
    if (layer === null) return null;
    const { width, height, data } = readLayer(layer, layer.bounds);
    return { width, height, channels: 4, data, bounds: layer.bounds };
  }

  showCandidates(candidates: readonly Candidate[]): void {
    this.core.settle();
    this.core.candidates.replace(candidates);
    this.core.candidatesChanged();
  }

  showCandidate(index: number): void {
    this.core.candidates.show(index);
    this.core.candidatesChanged();
  }

  acceptCandidate(): LayerId | null {
    const candidate = this.core.candidates.shown;
    if (candidate === null || this.core.store.document === null) return null;
    const { patch, bounds, frame, source, madeWith } = candidate;
    const name = candidate.name.slice(0, longestNameLength);
    const layer =
      source === undefined
        ? layerEdits.pictureLayer(name, placed(patch, bounds))
        : newLayer(name, bounds, { source: new SourceImage(patch, source) });
    this.core.candidates.replace([]);
    this.edit('Accept result', (document) => {
      const top = document.layers.at(-1)?.id ?? null;
      const added = maskEdits.clearMask(layerEdits.insertLayer(document, layer, top));
      const credited = madeWith === undefined ? added : { ...added, madeWith: { ...added.madeWith, [layer.id]: [...madeWith] } };
      return frame === undefined ? credited : layerEdits.resizeCanvas(credited, frame);
    });
    this.core.candidatesChanged();
    return layer.id;
  }

  discardCandidates(): void {
    this.core.candidates.replace([]);
    this.core.candidatesChanged();
  }

  #replaceDocument(document: DocumentModel | null): void {
    this.core.cancelGesture();
    const old = this.core.store.document;
    this.#stored = new Map();
    this.core.candidates.replace([]);
    this.core.setComparison(null);
    this.core.refuse(null);
    this.core.store.open(document);
    if (old !== null) closeSources(old);
  }
}

function closeSources(document: DocumentModel): void {
  for (const layer of document.layers) layer.source?.close();
}
