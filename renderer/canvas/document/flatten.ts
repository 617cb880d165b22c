/** Flattening on the CPU, exactly: opaque pixels that nothing covers come out bit for bit. */
import { intersectRects, type Rect } from '../../../shared/domain/geometry.ts';
import { compositePixels } from '../raster/blend.ts';
import { newRaster, pasteRaster, type Raster } from '../raster/region.ts';
import { readLayer } from './layer-pixels.ts';
import type { DocumentModel, LayerModel } from './model.ts';

/** Bounded so that a flatten of 100 megapixels needs little more than its result. */
const blockSide = 1024;

/** Visible layers over a block of the canvas; transparent outside the layers. */
export function flattenRect(document: Pick<DocumentModel, 'layers'>, rect: Rect): Raster<4> {
  const flat = newRaster(rect, 4);
  for (let y = rect.y; y < rect.y + rect.height; y += blockSide) {
    for (let x = rect.x; x < rect.x + rect.width; x += blockSide) {
      const block = intersectRects({ x, y, width: blockSide, height: blockSide }, rect);
      if (block !== null) pasteRaster(flat, flattenBlock(document.layers, block));
    }
  }
  return flat;
}

function flattenBlock(layers: readonly LayerModel[], block: Rect): Raster<4> {
  const flat = newRaster(block, 4);
  for (const layer of layers) {
    if (!layer.visible || layer.opacity === 0) continue;
    const part = intersectRects(block, layer.bounds);
    if (part === null) continue;
    compositePixels(flat.data, readLayer(layer, block).data, layer.blendMode, layer.opacity);
  }
  return flat;
}
