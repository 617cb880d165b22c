/** Commands that edit the document's mask and layers: each is one undo step. */
import type { BlendMode } from '../../../shared/domain/document.ts';
import type { Rect } from '../../../shared/domain/geometry.ts';
import type { LayerId } from '../../../shared/domain/ids.ts';
import type { AddLayerOptions, RawPixels } from '../canvas-api.ts';
import * as layerEdits from '../document/layer-edits.ts';
import * as maskEdits from '../document/mask-edits.ts';
import { canvasRect, findLayer, freeName, newLayer, replaceLayer, type DocumentModel, type LayerModel } from '../document/model.ts';
import { readBitmap, SourceImage } from '../document/source-image.ts';
import { readTiles } from '../document/tile-map.ts';
import { ViewCommands } from './view-commands.ts';

export const longestNameLength = 200;

export class EditCommands extends ViewCommands {
  undo(): void {
    // Undoing while drawing takes back what is being drawn.
    if (this.core.cancelGesture()) return;
    this.core.refuse(null);
    this.core.store.undo();
  }

  redo(): void {
    this.core.settle();
    this.core.store.redo();
  }

  invertMask(): void {
    this.edit('Invert mask', maskEdits.invertMask);
  }

  clearMask(): void {
    this.edit('Clear mask', maskEdits.clearMask);
  }

  selectAllMask(): void {
    this.edit('Mask everything', maskEdits.selectAll);
  }

  growMask(byPx: number): void {
    this.edit(byPx >= 0 ? 'Grow mask' : 'Shrink mask', (document) => maskEdits.growMaskBy(document, byPx));
  }

  featherMask(radiusPx: number): void {
    this.edit('Feather mask', (document) => maskEdits.featherMaskBy(document, radiusPx));
  }

  importMask(mask: RawPixels): void {
    const { document } = this.core.store;
    if (document === null) return;
    if (mask.channels !== 1 || mask.width !== document.canvas.width || mask.height !== document.canvas.height) {
      this.core.refuse('The mask must have the size of the canvas.');
      return;
    }
    this.edit('Import mask', (current) => maskEdits.importMask(current, mask));
  }

  maskPixels(): RawPixels | null {
    const { document } = this.core.store;
    if (document === null) return null;
    return { ...document.canvas, channels: 1, data: readTiles(document.mask, canvasRect(document), 1).data };
  }

  addLayer({ name, image, bounds, source }: AddLayerOptions = {}): LayerId {
    const { document } = this.core.store;
    if (document === null) throw new Error('Nothing is open.');
    const place = image === undefined ? (bounds ?? canvasRect(document)) : pictureBounds(document, image, bounds);
    const title = (name ?? freeName(document, 'Layer')).slice(0, longestNameLength);
    let layer = newLayer(title, place);
    if (image !== undefined && source !== undefined) layer = newLayer(title, place, { source: new SourceImage(image, source) });
    else if (image !== undefined) layer = layerEdits.pictureLayer(title, placed(image, place));
    this.edit('Add layer', (current) => layerEdits.insertLayer(current, layer, current.activeLayerId));
    return layer.id;
  }

  deleteLayer(id: LayerId): void {
    if (this.#refusesLocked(id)) return;
    this.edit('Delete layer', (document) => layerEdits.deleteLayer(document, id));
  }

  duplicateLayer(id: LayerId): void {
    this.edit('Duplicate layer', (document) => layerEdits.duplicateLayer(document, id));
  }

  mergeDown(id: LayerId): void {
    const layers = this.core.store.document?.layers ?? [];
    const at = layers.findIndex((layer) => layer.id === id);
    const below = layers[at - 1];
    if (at === 0) this.core.refuse('There is no layer below.');
    else if (layers[at]?.visible === false || below?.visible === false)
      this.core.refuse('Hidden layers cannot be merged: show them first.');
    else if (below !== undefined && !this.#refusesLocked(id) && !this.#refusesLocked(below.id)) {
      this.edit('Merge down', (document) => layerEdits.mergeDown(document, id));
    }
  }

  moveLayer(id: LayerId, toIndex: number): void {
    this.edit('Reorder layers', (document) => layerEdits.moveLayer(document, id, toIndex));
  }

  setActiveLayer(id: LayerId): void {
    this.core.settle();
    this.core.store.adjust((document) => (findLayer(document, id) === null ? document : { ...document, activeLayerId: id }));
  }

  setLayer(id: LayerId, change: { name?: string; visible?: boolean; locked?: boolean; opacity?: number; blendMode?: BlendMode }): void {
    const layer = findLayerIn(this.core.store.document, id);
    if (layer === null) return;
    const next: LayerModel = {
      ...layer,
      ...change,
      name: (change.name ?? layer.name).slice(0, longestNameLength),
      opacity: Math.min(1, Math.max(0, change.opacity ?? layer.opacity)),
    };
    const fields = (['name', 'visible', 'locked', 'opacity', 'blendMode'] as const).filter((field) => next[field] !== layer[field]);
    const [field] = fields;
    if (field === undefined) return;
    this.edit(layerChangeLabel(field, next), (document) => replaceLayer(document, next), `${id} ${fields.join()}`);
  }

  resizeCanvas(frame: Rect): void {
    this.edit('Resize canvas', (document) => layerEdits.resizeCanvas(document, frame));
  }

  protected edit(label: string, change: (document: DocumentModel) => DocumentModel, mergeKey: string | null = null): void {
    this.core.settle();
    this.core.store.edit(label, change, mergeKey);
  }

  #refusesLocked(id: LayerId): boolean {
    const locked = findLayerIn(this.core.store.document, id)?.locked === true;
    if (locked) this.core.refuse('The layer is locked.');
    return locked;
  }
}

export function findLayerIn(document: DocumentModel | null, id: LayerId): LayerModel | null {
  return document === null ? null : findLayer(document, id);
}

function layerChangeLabel(field: 'name' | 'visible' | 'locked' | 'opacity' | 'blendMode', layer: LayerModel): string {
  switch (field) {
    case 'name':
      return 'Rename layer';
    case 'visible':
      return layer.visible ? 'Show layer' : 'Hide layer';
    case 'locked':
      return layer.locked ? 'Lock layer' : 'Unlock layer';
    case 'opacity':
      return 'Layer opacity';
    case 'blendMode':
      return 'Blend mode';
  }
}

/** In the middle of the canvas unless a place is given; a picture keeps its own size. */
function pictureBounds({ canvas }: DocumentModel, image: ImageBitmap, bounds: Rect | undefined): Rect {
  const { width, height } = image;
  return {
    x: bounds?.x ?? Math.round((canvas.width - width) / 2),
    y: bounds?.y ?? Math.round((canvas.height - height) / 2),
    width,
    height,
  };
}

/** A bitmap's exact pixels at a place on the canvas. */
export function placed(image: ImageBitmap, place: Rect): ReturnType<typeof readBitmap> {
  const pixels = readBitmap(image, { x: 0, y: 0, width: place.width, height: place.height });
  return { ...pixels, x: place.x, y: place.y };
}
