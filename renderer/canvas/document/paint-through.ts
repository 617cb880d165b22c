import { intersectRects } from '../../../shared/domain/geometry.ts';
import { blendStroke } from '../brush/blend-stroke.ts';
import type { Raster } from '../raster/region.ts';
import { growLayer, layerTile } from './layer-pixels.ts';
import type { LayerModel } from './model.ts';
import { copyOverlap } from './tile-map.ts';
import { copyTile, newTile, tileRect, tilesOver } from './tile.ts';

/** The layer with a colour laid over it where the area (canvas pixels) covers; it grows to hold the area. */
export function paintThrough(layer: LayerModel, area: Raster<1>, colour: readonly [number, number, number]): LayerModel {
  const grown = growLayer(layer, { x: area.x, y: area.y, width: area.width, height: area.height });
  const local = { x: area.x - grown.bounds.x, y: area.y - grown.bounds.y, width: area.width, height: area.height };
  const tiles = new Map(grown.tiles);
  for (const { key } of tilesOver(local)) {
    const place = tileRect(key);
    const common = intersectRects(place, local);
    if (common === null) continue;
    const coverage = newTile(1);
    copyOverlap(area.data, local, coverage.data, place, 1);
    if (coverage.data.every((value) => value === 0)) continue;
    const base = layerTile(grown, key);
    const tile = base === null ? newTile(4) : copyTile(base);
    const part = { ...common, x: common.x - place.x, y: common.y - place.y };
    blendStroke(base?.data ?? null, coverage.data, tile.data, part, { kind: 'paint', colour }, 1);
    tiles.set(key, tile);
  }
  return { ...grown, tiles };
}
