import { describe, expect, it } from 'vitest';
import type { BrushSettings } from '../canvas-api.ts';
import { newTile, type Tile, type TileKey, type TileMap } from '../document/tile.ts';
import { dabsFor } from './brush-path.ts';
import { SmoothPath } from './smooth-path.ts';
import { rims, stampLine, takeRisen, type CoverageTiles, type Dab } from './stamp.ts';
import { Stroke } from './stroke.ts';

const clip = { x: 0, y: 0, width: 1024, height: 1024 };
const dab = (x: number, y: number, radius = 20, flow = 1): Dab => ({ x, y, radius, flow });

function coverageAt(coverage: CoverageTiles, x: number, y: number): number {
  return coverage.get(`${x >> 8},${y >> 8}`)?.data[(y & 255) * 256 + (x & 255)] ?? 0;
}

describe('stamps', () => {
  it('cover a disc of the true size, with an edge one pixel wide', () => {
    const coverage: CoverageTiles = new Map();
    stampLine(coverage, dab(300, 300), dab(300, 300), 1, clip);
    let sum = 0;
    for (const { data } of coverage.values()) for (const value of data) sum += value / 255;
    expect(sum).toBeGreaterThan(Math.PI * 400 - 8);
    expect(sum).toBeLessThan(Math.PI * 400 + 8);
    expect([coverageAt(coverage, 300, 300), coverageAt(coverage, 300, 281), coverageAt(coverage, 300, 278)]).toEqual([255, 255, 0]);
  });

  it('fall off softly to the rim', () => {
    expect(rims(20, 0.25)).toEqual({ inner: 5, outer: 20 });
    const coverage: CoverageTiles = new Map();
    stampLine(coverage, dab(300.5, 300.5), dab(300.5, 300.5), 0, clip);
    const profile = [0, 5, 10, 15, 19].map((away) => coverageAt(coverage, 300 + away, 300));
    expect(profile).toEqual(profile.toSorted((a, b) => b - a));
    expect(profile[0]).toBe(255);
    expect(profile[2]).toBeGreaterThan(120);
    expect(profile[2]).toBeLessThan(135);
  });

  it('sweep lines as the union of all dabs between, across tiles', () => {
    const swept: CoverageTiles = new Map();
    stampLine(swept, dab(200, 240, 15), dab(330, 290, 15), 0.5, clip);
    const dotted: CoverageTiles = new Map();
    for (let step = 0; step <= 2000; step += 1) {
      const at = dab(200 + (130 * step) / 2000, 240 + (50 * step) / 2000, 15);
      stampLine(dotted, at, at, 0.5, clip);
    }
    for (let y = 210; y < 320; y += 1) {
      for (let x = 170; x < 360; x += 1) expect(Math.abs(coverageAt(swept, x, y) - coverageAt(dotted, x, y))).toBeLessThanOrEqual(1);
    }
  });

  it('lose nothing by skipping what lies behind a line that continues', () => {
    const points = [dab(100, 100), dab(300, 120), dab(280, 320), dab(280, 320), dab(150, 260), dab(150, 90)];
    const whole: CoverageTiles = new Map();
    const skipping: CoverageTiles = new Map();
    points.forEach((point, index) => {
      stampLine(whole, points[index - 1] ?? point, point, 0.6, clip);
      stampLine(skipping, points[index - 1] ?? point, point, 0.6, clip, index > 0);
    });
    for (const [key, { data }] of whole) {
      const other = skipping.get(key)?.data ?? new Uint8Array(data.length);
      expect(data.findIndex((value, at) => Math.abs(value - (other[at] ?? 0)) > 1)).toBe(-1);
    }
  });

  it('never lower coverage, and tell the box that rose', () => {
    const coverage: CoverageTiles = new Map();
    stampLine(coverage, dab(100, 100), dab(100, 100), 1, clip);
    const tile = coverage.get('0,0')!;
    expect(takeRisen(tile)).toEqual({ x: 80, y: 80, width: 40, height: 40 });
    stampLine(coverage, dab(100, 100, 20, 0.5), dab(105, 100, 10, 0.5), 0, clip);
    expect(takeRisen(tile)).toBeNull();
    stampLine(coverage, dab(250, 100), dab(250, 100), 1, { ...clip, width: 252 });
    expect(takeRisen(tile)).toEqual({ x: 230, y: 80, width: 22, height: 40 });
  });

  it('follow the pen’s pressure along the line', () => {
    const coverage: CoverageTiles = new Map();
    stampLine(coverage, dab(100, 100, 4, 0.2), dab(400, 100, 40, 1), 1, clip);
    expect(coverageAt(coverage, 120, 130)).toBe(0);
    expect(coverageAt(coverage, 390, 130)).toBeGreaterThan(200);
    expect(coverageAt(coverage, 101, 100)).toBeLessThan(70);
  });
});

describe('strokes', () => {
  const red = { kind: 'paint', colour: [255, 0, 0] } as const;
  function over(tiles: TileMap, ink: ConstructorParameters<typeof Stroke>[1]['ink'], opacity = 1): Stroke {
    const channels = ink.kind.startsWith('mask') ? 1 : 4;
    const baseTile = (key: TileKey): Tile | null => tiles.get(key) ?? null;
    return new Stroke({ tiles, baseTile, channels, clip }, { ink, hardness: 1, opacity });
  }
  const pixel = (tiles: TileMap, x: number, y: number): number[] => {
    const at = ((y & 255) * 256 + (x & 255)) * 4;
    return [...(tiles.get(`${x >> 8},${y >> 8}`)?.data.subarray(at, at + 4) ?? [])];
  };

  it('do not add up where they cross themselves', () => {
    const stroke = over(new Map(), red, 0.5);
    stroke.draw([dab(100, 100), dab(200, 100)]);
    stroke.draw([dab(100, 100), dab(200, 100)]);
    expect(pixel(stroke.tiles, 150, 100)).toEqual([255, 0, 0, 128]);
  });

  it('leave the tiles they started from, and the ones they miss', () => {
    const base = newTile(4);
    base.data.fill(200);
    const far = newTile(4);
    const tiles = new Map([
      ['0,0', base],
      ['2,2', far],
    ]);
    const stroke = over(tiles, red);
    stroke.draw([dab(100, 100)]);
    expect(base.data.every((value) => value === 200)).toBe(true);
    expect(stroke.tiles.get('2,2')).toBe(far);
    expect(pixel(stroke.tiles, 100, 100)).toEqual([255, 0, 0, 255]);
    expect(pixel(stroke.tiles, 10, 10)).toEqual([200, 200, 200, 200]);
    expect(stroke.touched).toEqual({ x: 80, y: 80, width: 40, height: 40 });
  });

  it('blend colours by alpha and keep colours that hide under transparency out of it', () => {
    const base = newTile(4);
    for (let at = 0; at < base.data.length; at += 4) base.data.set([0, 255, 0, at < 4 * 256 * 128 ? 255 : 0], at);
    const stroke = over(new Map([['0,0', base]]), red, 0.5);
    stroke.draw([dab(100, 128)]);
    expect(pixel(stroke.tiles, 100, 120)).toEqual([128, 128, 0, 255]);
    expect(pixel(stroke.tiles, 100, 140)).toEqual([255, 0, 0, 128]);
  });

  it('erase to nothing and drop blank tiles unless a picture would show through', () => {
    const base = newTile(4);
    base.data.fill(255);
    const stroke = over(new Map([['0,0', base]]), { kind: 'erase' });
    stroke.draw([dab(128, 128, 400)]);
    expect(pixel(stroke.tiles, 0, 0)[3]).toBe(0);
    expect(stroke.finish(() => true).has('0,0')).toBe(true);
    expect(stroke.finish(() => false).has('0,0')).toBe(false);
  });

  it('add to a mask and take from it', () => {
    const added = over(new Map(), { kind: 'mask-add' }, 0.5);
    added.draw([dab(100, 100)]);
    const half = added.finish(() => false);
    expect(half.get('0,0')?.data[100 * 256 + 100]).toBe(128);
    const taken = over(half, { kind: 'mask-erase' }, 0.5);
    taken.draw([dab(100, 100)]);
    expect(taken.tiles.get('0,0')?.data[100 * 256 + 100]).toBe(64);
  });
});

describe('paths', () => {
  const brush: BrushSettings = { sizePx: 100, hardness: 1, opacity: 1, pressureAffectsSize: true, pressureAffectsOpacity: false };
  const at = (x: number, pressure = 0.5, pen = false) => ({ x, y: 0, pressure, pen });

  it('skip samples closer than the spacing, but never the last', () => {
    const close = [at(0), at(1), at(1.5), at(2.5), at(3)];
    expect(dabsFor(close, null, brush, false).map(({ x }) => x)).toEqual([0, 2.5]);
    expect(dabsFor(close, null, brush, true).map(({ x }) => x)).toEqual([0, 2.5, 3]);
  });

  it('take pressure from pens only', () => {
    expect(dabsFor([at(0, 0.25, true)], null, brush, true)[0]?.radius).toBe(12.5);
    expect(dabsFor([at(0, 0.25, false)], null, brush, true)[0]?.radius).toBe(50);
  });

  it('are rounded between samples, end where the pointer was lifted, and keep straight lines straight', () => {
    const path = new SmoothPath();
    const corner = [
      { x: 0, y: 0, pressure: 0.2, pen: true },
      { x: 100, y: 0, pressure: 0.4, pen: true },
      { x: 100, y: 100, pressure: 0.6, pen: true },
    ];
    const points = [...corner.flatMap((sample) => path.add(sample)), ...path.end()];
    expect(points[0]).toEqual(corner[0]);
    expect(points.at(-1)).toEqual(corner[2]);
    expect(points.length).toBeGreaterThan(6);
    const distances = points.map(({ x, y }) => Math.hypot(x - 100, y));
    // A quadratic curve passes half way between its control point and the middle of its ends.
    const nearest = Math.hypot(25, 25) / 2;
    expect(Math.min(...distances)).toBeGreaterThanOrEqual(nearest);
    expect(Math.min(...distances)).toBeLessThan(nearest + 1);
    expect(points.every(({ x, y }) => x >= 0 && x <= 100 && y >= 0 && y <= 100)).toBe(true);
    const line = new SmoothPath();
    const straight = [at(0), at(10), at(20), at(30)].flatMap((sample) => line.add(sample));
    expect(straight.map(({ x, y }) => [x, y])).toEqual([
      [0, 0],
      [5, 0],
      [15, 0],
      [25, 0],
    ]);
  });
});
