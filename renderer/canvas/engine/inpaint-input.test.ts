import { describe, expect, it } from 'vitest';
import { newRaster } from '../raster/region.ts';
import { rectangleMask } from '../raster/shapes.ts';
import { insertLayer, pictureLayer } from '../document/layer-edits.ts';
import { combineShape } from '../document/mask-edits.ts';
import type { DocumentModel } from '../document/model.ts';
import { inpaintInputOf, inpaintRegion, maskedBounds } from './inpaint-input.ts';

const options = { contextPadding: 0.5, maskGrow: 4, feather: 8 };
const pixels = newRaster({ x: 0, y: 0, width: 1000, height: 800 }, 4);
pixels.data.forEach((_, at) => (pixels.data[at] = at % 4 === 3 ? 255 : (at * 2654435761) >>> 24));
const empty: DocumentModel = {
  canvas: { width: 1000, height: 800 },
  layers: [],
  activeLayerId: null,
  mask: new Map(),
  madeWith: undefined,
};
const photo = insertLayer(empty, pictureLayer('Photo', pixels), null);
const masked = combineShape(photo, rectangleMask({ x: 900, y: 100 }, { x: 940, y: 130 }), 'replace');

describe('what Inpaint sends', () => {
  it('is nothing without a mask', () => {
    expect(inpaintInputOf(photo, null, options)).toBeNull();
    expect(inpaintInputOf(photo, { x: 0, y: 0, width: 1000, height: 800 }, options)).toBeNull();
  });

  it('is at least 512 pixels a side, moved inside the canvas', () => {
    const input = inpaintInputOf(masked, null, options)!;
    expect(input.region).toEqual({ x: 488, y: 0, width: 512, height: 512 });
    expect(input.mask.data[110 * 512 + 420]).toBe(255);
    expect(input.mask.data[110 * 512 + 411]).toBe(0);
    expect([...input.image.data.subarray(0, 4)]).toEqual([...pixels.data.subarray(488 * 4, 489 * 4)]);
  });

  it('grows with the context, and stops at small canvases', () => {
    const region = inpaintRegion({ x: 3000, y: 3000, width: 400, height: 200 }, { x: 0, y: 0, width: 9000, height: 9000 }, options);
    const context = Math.ceil(424 * 0.5 * 1.35) + 16;
    expect(region).toEqual({ x: 3000 - 12 - context, y: 3000 - 12 - context, width: 424 + 2 * context, height: 224 + 2 * context });
    expect(inpaintRegion({ x: 10, y: 10, width: 5, height: 5 }, { x: 0, y: 0, width: 300, height: 600 }, options)).toEqual({
      x: 0,
      y: 0,
      width: 300,
      height: 512,
    });
  });

  it('covers what an outpaint frame adds, where the image is transparent', () => {
    const frame = { x: 0, y: -100, width: 1000, height: 900 };
    expect(maskedBounds(photo, frame)).toEqual({ x: 0, y: -100, width: 1000, height: 100 });
    const input = inpaintInputOf(photo, frame, options)!;
    expect(input.region.y).toBe(-100);
    const at = (x: number, y: number): number => (y - input.region.y) * input.region.width + x - input.region.x;
    expect([input.mask.data[at(5, -1)], input.mask.data[at(5, 0)]]).toEqual([255, 0]);
    expect([...input.image.data.subarray(at(5, -1) * 4, at(5, -1) * 4 + 4)]).toEqual([0, 0, 0, 0]);
    expect(input.image.data[at(5, 0) * 4]).toBe(pixels.data[20]);
  });
});
