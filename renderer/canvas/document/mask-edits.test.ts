import { describe, expect, it } from 'vitest';
import { rectangleMask } from '../raster/shapes.ts';
import { clearMask, combineShape, featherMaskBy, growMaskBy, importMask, invertMask, maskWithFrame, selectAll } from './mask-edits.ts';
import type { DocumentModel } from './model.ts';
import { coveredBounds, readTiles } from './tile-map.ts';
import { fullMaskTile } from './tile.ts';

const start: DocumentModel = { canvas: { width: 700, height: 500 }, layers: [], activeLayerId: null, mask: new Map(), madeWith: undefined };
const box = rectangleMask({ x: 100, y: 100 }, { x: 300, y: 200 });
const masked = combineShape(start, box, 'replace');
const at = (document: DocumentModel, x: number, y: number): number =>
  readTiles(document.mask, { x, y, width: 1, height: 1 }, 1).data[0] ?? -1;

describe('the mask', () => {
  it('takes everything inside the canvas and nothing beyond, whole tiles being one tile', () => {
    const all = selectAll(start);
    expect(coveredBounds(all.mask)).toEqual({ x: 0, y: 0, width: 700, height: 500 });
    expect(all.mask.get('0,0')).toBe(fullMaskTile());
    expect(invertMask(all).mask.size).toBe(0);
  });

  it('comes back after two inversions', () => {
    const twice = invertMask(invertMask(masked));
    expect(readTiles(twice.mask, { x: 0, y: 0, width: 700, height: 500 }, 1)).toEqual(
      readTiles(masked.mask, { x: 0, y: 0, width: 700, height: 500 }, 1),
    );
  });

  it('combines with shapes', () => {
    const shape = rectangleMask({ x: 200, y: 150 }, { x: 400, y: 250 });
    expect(coveredBounds(combineShape(masked, shape, 'add').mask)).toEqual({ x: 100, y: 100, width: 300, height: 150 });
    expect(coveredBounds(combineShape(masked, shape, 'intersect').mask)).toEqual({ x: 200, y: 150, width: 100, height: 50 });
    expect(coveredBounds(combineShape(masked, shape, 'replace').mask)).toEqual({ x: 200, y: 150, width: 200, height: 100 });
    const less = combineShape(masked, shape, 'subtract');
    expect([at(less, 150, 150), at(less, 250, 175), at(less, 250, 120)]).toEqual([255, 0, 255]);
    expect(combineShape(masked, null, 'add')).toBe(masked);
    expect(combineShape(masked, null, 'intersect').mask.size).toBe(0);
  });

  it('grows, shrinks and softens; a mask at the border is not eaten from there', () => {
    expect(coveredBounds(growMaskBy(masked, 12).mask)).toEqual({ x: 88, y: 88, width: 224, height: 124 });
    expect(coveredBounds(growMaskBy(masked, -12).mask)).toEqual({ x: 112, y: 112, width: 176, height: 76 });
    expect(at(featherMaskBy(masked, 20), 100, 150)).toBeGreaterThan(60);
    expect(at(featherMaskBy(masked, 20), 100, 150)).toBeLessThan(200);
    const strip = combineShape(start, rectangleMask({ x: 0, y: 0 }, { x: 100, y: 500 }), 'replace');
    expect(coveredBounds(growMaskBy(strip, -10).mask)).toEqual({ x: 0, y: 0, width: 90, height: 500 });
    expect(at(featherMaskBy(strip, 20), 0, 250)).toBe(255);
  });

  it('is imported and cleared', () => {
    const data = new Uint8Array(700 * 500);
    data[700 * 499 + 699] = 200;
    const imported = importMask(start, { width: 700, height: 500, channels: 1, data });
    expect(at(imported, 699, 499)).toBe(200);
    expect(imported.mask.size).toBe(1);
    expect(clearMask(imported).mask.size).toBe(0);
    expect(clearMask(start)).toBe(start);
  });

  it('covers what a frame adds around the canvas', () => {
    const frame = { x: -50, y: 0, width: 800, height: 520 };
    const mask = maskWithFrame(masked, frame, frame);
    const value = (x: number, y: number): number | undefined => mask.data[(y - frame.y) * frame.width + x - frame.x];
    expect([value(-1, 10), value(0, 10), value(699, 10), value(700, 10), value(10, 499), value(10, 500), value(150, 150)]).toEqual([
      255, 0, 0, 255, 0, 255, 255,
    ]);
  });
});
