/** The document in memory: immutable values over immutable tiles. Every edit makes a new DocumentModel. */
import { documentFormatVersion, type BlendMode, type DocumentState } from '../../../shared/domain/document.ts';
import type { Point, Rect, Size } from '../../../shared/domain/geometry.ts';
import { layerIdSchema, ulidFrom, type LayerId } from '../../../shared/domain/ids.ts';
import type { SourceImage } from './source-image.ts';
import { emptyTiles, type TileMap } from './tile.ts';

/** A layer without its painted tiles: what one undo step keeps of it besides tile changes. */
export interface LayerShell {
  readonly id: LayerId;
  readonly name: string;
  /** In whole canvas pixels; may reach outside the canvas. */
  readonly bounds: Rect;
  readonly visible: boolean;
  readonly locked: boolean;
  readonly opacity: number;
  readonly blendMode: BlendMode;
  readonly source: SourceImage | null;
  /** Where the source's corner lies, from the corner of `bounds`. */
  readonly sourceAt: Point;
}

export interface LayerModel extends LayerShell {
  readonly tiles: TileMap;
}

export interface DocumentModel {
  readonly canvas: Size;
  /** Bottom to top. */
  readonly layers: readonly LayerModel[];
  readonly activeLayerId: LayerId | null;
  readonly mask: TileMap;
  readonly madeWith: DocumentState['madeWith'];
}

export const origin: Point = { x: 0, y: 0 };

export function canvasRect(document: { canvas: Size }): Rect {
  return { x: 0, y: 0, width: document.canvas.width, height: document.canvas.height };
}

export function newLayerId(): LayerId {
  return layerIdSchema.parse(ulidFrom(Date.now(), crypto.getRandomValues(new Uint8Array(16))));
}

export function newLayer(name: string, bounds: Rect, pixels: { source?: SourceImage; tiles?: TileMap } = {}): LayerModel {
  return {
    id: newLayerId(),
    name,
    bounds,
    visible: true,
    locked: false,
    opacity: 1,
    blendMode: 'normal',
    source: pixels.source ?? null,
    sourceAt: origin,
    tiles: pixels.tiles ?? emptyTiles,
  };
}

export function findLayer(document: DocumentModel, id: LayerId | null): LayerModel | null {
  return document.layers.find((layer) => layer.id === id) ?? null;
}

export function replaceLayer(document: DocumentModel, layer: LayerModel): DocumentModel {
  return { ...document, layers: document.layers.map((old) => (old.id === layer.id ? layer : old)) };
}

/** "Layer 3": the first number no layer has. */
export function freeName(document: DocumentModel, stem: string): string {
  const taken = new Set(document.layers.map((layer) => layer.name));
  let number = document.layers.length + 1;
  while (taken.has(`${stem} ${number}`)) number += 1;
  return `${stem} ${number}`;
}

export { documentFormatVersion };
