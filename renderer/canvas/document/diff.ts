/** What one undo step keeps: the layers' shells before and after, and the tiles that differ. Unchanged tiles cost nothing. */
import type { Rect } from '../../../shared/domain/geometry.ts';
import type { LayerId } from '../../../shared/domain/ids.ts';
import type { DocumentModel, LayerModel, LayerShell } from './model.ts';
import type { SourceImage } from './source-image.ts';
import { emptyTiles, tileRect, type Tile, type TileKey, type TileMap } from './tile.ts';

interface DocumentShell extends Omit<DocumentModel, 'layers' | 'mask'> {
  readonly layers: readonly LayerShell[];
}

export interface TileChange {
  readonly target: LayerId | 'mask';
  readonly key: TileKey;
  readonly before: Tile | null;
  readonly after: Tile | null;
}

export interface DocumentDiff {
  readonly before: DocumentShell;
  readonly after: DocumentShell;
  readonly tiles: readonly TileChange[];
}

function shellOf(document: DocumentModel): DocumentShell {
  const { canvas, activeLayerId, madeWith, layers } = document;
  return { canvas, activeLayerId, madeWith, layers: layers.map(layerShell) };
}

function layerShell(layer: LayerModel): LayerShell {
  const { id, name, bounds, visible, locked, opacity, blendMode, source, sourceAt } = layer;
  return { id, name, bounds, visible, locked, opacity, blendMode, source, sourceAt };
}

function* tileChanges(target: TileChange['target'], before: TileMap, after: TileMap): Generator<TileChange> {
  if (before === after) return;
  for (const [key, tile] of before) {
    const next = after.get(key) ?? null;
    if (next !== tile) yield { target, key, before: tile, after: next };
  }
  for (const [key, tile] of after) if (!before.has(key)) yield { target, key, before: null, after: tile };
}

export function diffDocuments(before: DocumentModel, after: DocumentModel): DocumentDiff {
  const old = new Map(before.layers.map((layer) => [layer.id, layer.tiles]));
  const now = new Map(after.layers.map((layer) => [layer.id, layer.tiles]));
  const tiles = [...tileChanges('mask', before.mask, after.mask)];
  for (const id of new Set([...old.keys(), ...now.keys()])) {
    tiles.push(...tileChanges(id, old.get(id) ?? emptyTiles, now.get(id) ?? emptyTiles));
  }
  return { before: shellOf(before), after: shellOf(after), tiles };
}

/** The document on the other side of a step. */
export function applyDiff(document: DocumentModel, diff: DocumentDiff, side: 'before' | 'after'): DocumentModel {
  const changed = new Map<TileChange['target'], Map<TileKey, Tile>>();
  const current = (target: TileChange['target']): TileMap =>
    (target === 'mask' ? document.mask : document.layers.find((layer) => layer.id === target)?.tiles) ?? emptyTiles;
  for (const change of diff.tiles) {
    let map = changed.get(change.target);
    if (map === undefined) changed.set(change.target, (map = new Map(current(change.target))));
    const tile = change[side];
    if (tile === null) map.delete(change.key);
    else map.set(change.key, tile);
  }
  const shell = diff[side];
  return {
    ...shell,
    layers: shell.layers.map((layer) => ({ ...layer, tiles: changed.get(layer.id) ?? current(layer.id) })),
    mask: changed.get('mask') ?? document.mask,
  };
}

/** Two steps in a row as one. */
export function joinDiffs(first: DocumentDiff, second: DocumentDiff): DocumentDiff {
  const tiles = new Map(first.tiles.map((change) => [`${change.target} ${change.key}`, change]));
  for (const change of second.tiles) {
    const place = `${change.target} ${change.key}`;
    tiles.set(place, { ...change, before: (tiles.get(place) ?? change).before });
  }
  return { before: first.before, after: second.after, tiles: [...tiles.values()] };
}

/** Bytes a step may be the last to hold: tiles of both sides, and pictures of layers that came or went. */
export function diffBytes(diff: DocumentDiff): number {
  const tiles = new Set<Tile>();
  for (const { before, after } of diff.tiles) {
    if (before !== null) tiles.add(before);
    if (after !== null) tiles.add(after);
  }
  let bytes = 256;
  for (const tile of tiles) bytes += tile.data.byteLength;
  const old = sourcesOf(diff.before);
  const now = sourcesOf(diff.after);
  for (const source of old) if (!now.has(source)) bytes += source.bytes;
  for (const source of now) if (!old.has(source)) bytes += source.bytes;
  return bytes;
}

function sourcesOf(shell: DocumentShell): Set<SourceImage> {
  return new Set(shell.layers.flatMap((layer) => (layer.source === null ? [] : [layer.source])));
}

/** Where two documents look different, in canvas pixels. `all`: the canvas itself changed. */
export function visibleChanges(before: DocumentModel, after: DocumentModel): { layers: Rect[] | 'all'; mask: Rect[] | 'all' } {
  if (before.canvas.width !== after.canvas.width || before.canvas.height !== after.canvas.height) return { layers: 'all', mask: 'all' };
  const mask = [...tileChanges('mask', before.mask, after.mask)].map((change) => tileRect(change.key));
  const rects: Rect[] = [];
  const order = (document: DocumentModel): string => document.layers.map((layer) => layer.id).join();
  const reordered = order(before) !== order(after);
  for (const layer of before.layers) {
    const now = after.layers.find(({ id }) => id === layer.id);
    if (now === layer && !reordered) continue;
    if (now === undefined || reordered || !looksAlike(layer, now)) {
      rects.push(layer.bounds);
      if (now !== undefined) rects.push(now.bounds);
    } else {
      for (const { key } of tileChanges(layer.id, layer.tiles, now.tiles)) {
        const place = tileRect(key);
        rects.push({ ...place, x: place.x + layer.bounds.x, y: place.y + layer.bounds.y });
      }
    }
  }
  for (const layer of after.layers) if (!before.layers.some(({ id }) => id === layer.id)) rects.push(layer.bounds);
  return { layers: rects, mask };
}

function looksAlike(a: LayerShell, b: LayerShell): boolean {
  return (
    a.bounds.x === b.bounds.x &&
    a.bounds.y === b.bounds.y &&
    a.bounds.width === b.bounds.width &&
    a.bounds.height === b.bounds.height &&
    a.visible === b.visible &&
    a.opacity === b.opacity &&
    a.blendMode === b.blendMode &&
    a.source === b.source
  );
}
