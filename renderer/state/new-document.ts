/** First states of new documents. */
import { documentFormatVersion, tileSize, type DocumentState, type Layer } from '../../shared/domain/document.ts';
import type { Size } from '../../shared/domain/geometry.ts';
import { layerIdSchema, ulidFrom, type AssetHash, type GenerationId, type LayerId } from '../../shared/domain/ids.ts';

/** `fill`: a stored tile of one colour; null leaves the paper clear. */
export type Paper = { fill: AssetHash | null };

export function newLayerId(nowMs = Date.now()): LayerId {
  return layerIdSchema.parse(ulidFrom(nowMs, crypto.getRandomValues(new Uint8Array(16))));
}

function stateWith(canvas: Size, layer: Layer): DocumentState {
  return { formatVersion: documentFormatVersion, canvas, layers: [layer], activeLayerId: layer.id, mask: { tiles: {} } };
}

function backgroundLayer(canvas: Size, pixels: Pick<Layer, 'source' | 'tiles'>): Layer {
  return {
    id: newLayerId(),
    name: 'Background',
    bounds: { x: 0, y: 0, width: canvas.width, height: canvas.height },
    visible: true,
    locked: false,
    opacity: 1,
    blendMode: 'normal',
    ...pixels,
  };
}

/** @param madeBy the generation whose output the picture is */
export function pictureDocument(image: AssetHash, { width, height }: Size, madeBy?: GenerationId): DocumentState {
  const layer = backgroundLayer({ width, height }, { source: image, tiles: {} });
  const state = stateWith({ width, height }, layer);
  return madeBy === undefined ? state : { ...state, madeWith: { [layer.id]: [madeBy] } };
}

/** Every tile of the paper is the same asset, however large the canvas. */
export function blankDocument({ width, height }: Size, paper: Paper): DocumentState {
  const tiles: Layer['tiles'] = {};
  if (paper.fill !== null) {
    for (let row = 0; row * tileSize < height; row += 1) {
      for (let column = 0; column * tileSize < width; column += 1) tiles[`${String(column)},${String(row)}`] = paper.fill;
    }
  }
  return stateWith({ width, height }, backgroundLayer({ width, height }, { source: null, tiles }));
}

/** The pixels of one tile of one colour. @param colour "#rrggbb" */
export function solidTile(colour: string): Uint8Array {
  const value = Number.parseInt(colour.slice(1), 16);
  const data = new Uint8Array(tileSize * tileSize * 4);
  const words = new DataView(data.buffer);
  for (let at = 0; at < data.length; at += 4) words.setUint32(at, ((value << 8) | 0xff) >>> 0);
  return data;
}

/** "Inpaint 2": the first number that is not taken, so that layers can be told apart. */
export function freeName(stem: string, taken: readonly string[]): string {
  const names = new Set(taken);
  let number = 1;
  while (names.has(`${stem} ${String(number)}`)) number += 1;
  return `${stem} ${String(number)}`;
}
