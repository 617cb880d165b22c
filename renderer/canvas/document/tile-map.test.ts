import { describe, expect, it } from 'vitest';
import { newRaster, type Raster } from '../raster/region.ts';
import { coveredBounds, moveKeys, readTiles, writeTiles } from './tile-map.ts';
import { emptyTiles, fullMaskTile, newTile, tileSize, type TileMap } from './tile.ts';

const area = { x: 0, y: 0, width: 1000, height: 700 };

function noise(x: number, y: number, width: number, height: number): Raster<1> {
  const raster = newRaster({ x, y, width, height }, 1);
  raster.data.forEach((_, index) => (raster.data[index] = ((index * 7919) % 255) + 1));
  return raster;
}

describe('tiles', () => {
  it('give back what was written across their borders', () => {
    const raster = noise(200, 250, 500, 300);
    const tiles = writeTiles(emptyTiles, raster, area);
    expect([...tiles.keys()].toSorted()).toEqual(['0,0', '0,1', '0,2', '1,0', '1,1', '1,2', '2,0', '2,1', '2,2']);
    expect(readTiles(tiles, { x: 200, y: 250, width: 500, height: 300 }, 1).data).toEqual(raster.data);
    expect(coveredBounds(tiles)).toEqual({ x: 200, y: 250, width: 500, height: 300 });
  });

  it('are copied on write: old maps and untouched tiles stay', () => {
    const before = writeTiles(emptyTiles, noise(0, 0, 600, 100), area);
    const kept = readTiles(before, { x: 0, y: 0, width: 600, height: 100 }, 1);
    const after = writeTiles(before, noise(10, 10, 20, 20), area);
    expect(after.get('1,0')).toBe(before.get('1,0'));
    expect(after.get('0,0')).not.toBe(before.get('0,0'));
    expect(readTiles(before, { x: 0, y: 0, width: 600, height: 100 }, 1)).toEqual(kept);
  });

  it('are cut to the area and dropped when blank', () => {
    const tiles = writeTiles(emptyTiles, noise(900, 600, 300, 300), area);
    expect(coveredBounds(tiles)).toEqual({ x: 900, y: 600, width: 100, height: 100 });
    const cleared = writeTiles(tiles, newRaster({ x: 768, y: 512, width: 256, height: 256 }, 1), { ...area, width: 1024, height: 768 });
    expect(cleared.size).toBe(0);
  });

  it('move by whole columns without a copy', () => {
    const tiles: TileMap = new Map([['0,1', fullMaskTile()]]);
    expect(moveKeys(tiles, 2, 1).get('2,2')).toBe(fullMaskTile());
    expect(moveKeys(tiles, 0, -2).size).toBe(0);
    expect(newTile(4).data).toHaveLength(tileSize * tileSize * 4);
  });
});
