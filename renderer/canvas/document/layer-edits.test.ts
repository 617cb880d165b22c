import { describe, expect, it } from 'vitest';
import { newRaster, type Raster } from '../raster/region.ts';
import { flattenRect } from './flatten.ts';
import { duplicateLayer, insertLayer, mergeDown, moveLayer, pictureLayer, resizeCanvas, trimGrowth } from './layer-edits.ts';
import { growLayer, readLayer } from './layer-pixels.ts';
import { canvasRect, type DocumentModel, type LayerModel } from './model.ts';
import { readTiles } from './tile-map.ts';
import { fullMaskTile } from './tile.ts';

function picture(x: number, y: number, width: number, height: number, alpha: (index: number) => number): LayerModel {
  const pixels: Raster<4> = newRaster({ x, y, width, height }, 4);
  pixels.data.forEach((_, at) => (pixels.data[at] = at % 4 === 3 ? alpha(at >> 2) : (at * 2654435761) >>> 24));
  return pictureLayer('Picture', pixels);
}

const background = picture(0, 0, 700, 500, () => 255);
const patch = { ...picture(301, 203, 300, 280, (index) => index % 256), opacity: 0.7, blendMode: 'multiply' as const };
const empty: DocumentModel = { canvas: { width: 700, height: 500 }, layers: [], activeLayerId: null, mask: new Map(), madeWith: undefined };
const start = insertLayer(insertLayer(empty, background, null), patch, background.id);

describe('layers', () => {
  it('merge into what they looked like, and leave pixels under nothing alone', () => {
    const merged = mergeDown(start, patch.id);
    expect(merged.layers.map(({ id }) => id)).toEqual([background.id]);
    expect(merged.activeLayerId).toBe(background.id);
    expect(flattenRect(merged, canvasRect(start)).data).toEqual(flattenRect(start, canvasRect(start)).data);
    expect(merged.layers[0]?.tiles.get('0,0')).toBe(background.tiles.get('0,0'));
  });

  it('merge a layer that reaches beyond the one below', () => {
    const small = picture(400, 300, 50, 40, () => 255);
    const wide = picture(100, 50, 500, 400, (index) => (index % 3) * 100);
    const two = insertLayer(insertLayer(empty, small, null), wide, small.id);
    const merged = mergeDown(two, wide.id);
    expect(flattenRect(merged, canvasRect(two)).data).toEqual(flattenRect(two, canvasRect(two)).data);
  });

  it('keep the opacity of the lower layer when merged', () => {
    const faint = { ...picture(0, 0, 300, 300, () => 255), opacity: 0.5 };
    const two = insertLayer(
      insertLayer(empty, faint, null),
      picture(0, 0, 10, 10, () => 255),
      faint.id,
    );
    const merged = mergeDown(two, two.layers[1]!.id);
    expect(merged.layers[0]?.opacity).toBe(1);
    expect(flattenRect(merged, { x: 200, y: 200, width: 1, height: 1 }).data[3]).toBe(128);
  });

  it('grow by whole tiles and back without touching one', () => {
    const grown = growLayer(patch, { x: 0, y: 0, width: 700, height: 500 });
    expect([grown.bounds.x, grown.bounds.y]).toEqual([301 - 512, 203 - 256]);
    expect(grown.tiles.get('2,1')).toBe(patch.tiles.get('0,0'));
    expect(readLayer(grown, patch.bounds).data).toEqual(readLayer(patch, patch.bounds).data);
    expect(trimGrowth(patch, grown, { x: 310, y: 210, width: 5, height: 5 })).toEqual(patch);
    const left = trimGrowth(patch, grown, { x: 290, y: 210, width: 5, height: 5 });
    expect(left.bounds).toEqual({ x: 301 - 256, y: 203, width: 556, height: 280 });
    expect(readLayer(left, patch.bounds).data).toEqual(readLayer(patch, patch.bounds).data);
  });

  it('are put in order from the bottom', () => {
    expect(moveLayer(start, background.id, 99).layers.map(({ id }) => id)).toEqual([patch.id, background.id]);
    expect(moveLayer(start, background.id, 0)).toBe(start);
  });

  it('are copied with their credits', () => {
    const credited = { ...start, madeWith: { [patch.id]: [] } };
    const copied = duplicateLayer(credited, patch.id);
    const copy = copied.layers[2]!;
    expect([copy.name, copied.activeLayerId]).toEqual(['Picture copy', copy.id]);
    expect(copied.madeWith?.[copy.id]).toEqual([]);
    expect(copy.tiles).toBe(patch.tiles);
  });

  it('keep their place in the picture when the canvas grows to the left; so does the mask', () => {
    const masked = { ...start, mask: new Map([['0,0', fullMaskTile()]]) };
    const wider = resizeCanvas(masked, { x: -100, y: -30, width: 900, height: 600 });
    expect(wider.canvas).toEqual({ width: 900, height: 600 });
    expect(wider.layers[0]?.bounds).toEqual({ x: 100, y: 30, width: 700, height: 500 });
    const mask = readTiles(wider.mask, { x: 99, y: 29, width: 258, height: 258 }, 1);
    expect([mask.data[0], mask.data[258 + 1], mask.data[258 * 256 + 256], mask.data.at(-1)]).toEqual([0, 255, 255, 0]);
    expect(resizeCanvas(start, { x: 0, y: 0, width: 700, height: 500 })).toBe(start);
  });
});
