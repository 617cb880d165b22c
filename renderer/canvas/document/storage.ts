/** Between DocumentState (JSON that names assets) and DocumentModel (pixels in memory). */
import { AppError } from '../../../shared/contract/errors.ts';
import type { DocumentState } from '../../../shared/domain/document.ts';
import type { AssetHash } from '../../../shared/domain/ids.ts';
import type { PixelSink, PixelSource } from '../canvas-api.ts';
import { documentFormatVersion, origin, type DocumentModel, type LayerModel } from './model.ts';
import { SourceImage } from './source-image.ts';
import { tileSize, type Tile, type TileKey, type TileMap } from './tile.ts';

const atOnce = 6;

/**
 * Tiles of the state last loaded or saved, under their names. Only these are known to be kept: what a state no longer
 * names may be swept, and is stored anew when undo brings it back.
 */
export type StoredTiles = ReadonlyMap<Tile, AssetHash>;

async function through(bytes: Uint8Array, stream: GenericTransformStream): Promise<Uint8Array<ArrayBuffer>> {
  const piped = new Blob([new Uint8Array(bytes)]).stream().pipeThrough(stream);
  return new Uint8Array(await new Response(piped).arrayBuffer());
}

async function inflateTile(deflated: Uint8Array, channels: 1 | 4): Promise<Tile> {
  const data = await through(deflated, new DecompressionStream('deflate-raw')).catch((error: unknown) => {
    throw new AppError('image-unreadable', 'A part of the document is damaged.', {
      action: 'Restore the document from an earlier entry of the history.',
      cause: error,
    });
  });
  if (data.length !== tileSize * tileSize * channels) {
    throw new AppError('image-unreadable', 'A part of the document has the wrong size.', {
      action: 'Restore the document from an earlier entry of the history.',
    });
  }
  return { channels, data };
}

/** Runs work over items, a few at a time. */
async function pooled<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const rest = [...items];
  const worker = async (): Promise<void> => {
    for (let item = rest.pop(); item !== undefined; item = rest.pop()) await work(item);
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, worker));
}

export async function loadDocument(state: DocumentState, pixels: PixelSource): Promise<{ document: DocumentModel; stored: StoredTiles }> {
  const stored = new Map<Tile, AssetHash>();
  const sources = new Map<AssetHash, SourceImage>();
  const tiles = new Map<string, Tile>();
  const wanted = new Map<string, { hash: AssetHash; channels: 1 | 4 }>();
  for (const hash of Object.values(state.mask.tiles)) wanted.set(`1 ${hash}`, { hash, channels: 1 });
  for (const layer of state.layers) for (const hash of Object.values(layer.tiles)) wanted.set(`4 ${hash}`, { hash, channels: 4 });
  const hashes = new Set(state.layers.flatMap((layer) => (layer.source === null ? [] : [layer.source])));

  const results = await Promise.allSettled([
    // One picture at a time: decoding needs several times the picture's size.
    (async () => {
      for (const hash of hashes) sources.set(hash, new SourceImage(await pixels.image(hash), hash));
    })(),
    pooled([...wanted], async ([name, { hash, channels }]) => {
      const tile = await inflateTile(await pixels.tile(hash), channels);
      stored.set(tile, hash);
      tiles.set(name, tile);
    }),
  ]);
  const failed = results.find((result) => result.status === 'rejected');
  if (failed !== undefined) {
    for (const source of sources.values()) source.close();
    throw failed.reason;
  }

  const tileMap = (names: Record<string, AssetHash>, channels: 1 | 4): TileMap => {
    const map = new Map<TileKey, Tile>();
    for (const [key, hash] of Object.entries(names)) {
      const tile = tiles.get(`${channels} ${hash}`);
      if (tile !== undefined) map.set(key, tile);
    }
    return map;
  };
  const document: DocumentModel = {
    canvas: state.canvas,
    activeLayerId: state.activeLayerId,
    madeWith: state.madeWith,
    mask: tileMap(state.mask.tiles, 1),
    layers: state.layers.map((layer): LayerModel => ({
      ...layer,
      source: layer.source === null ? null : (sources.get(layer.source) ?? null),
      sourceAt: layer.sourceAt ?? origin,
      tiles: tileMap(layer.tiles, 4),
    })),
  };
  return { document, stored };
}

/** Stores the tiles that are not stored yet and gives the state that names everything. */
export async function saveDocument(
  document: DocumentModel,
  stored: StoredTiles,
  sink: PixelSink,
): Promise<{ state: DocumentState; stored: StoredTiles }> {
  const named = new Map<Tile, AssetHash>();
  const unsaved = new Set<Tile>();
  for (const tiles of [document.mask, ...document.layers.map((layer) => layer.tiles)]) {
    for (const tile of tiles.values()) {
      const hash = stored.get(tile);
      if (hash === undefined) unsaved.add(tile);
      else named.set(tile, hash);
    }
  }
  await pooled([...unsaved], async (tile) => {
    const deflated = await through(tile.data, new CompressionStream('deflate-raw'));
    named.set(tile, await sink.tile(deflated, tile.channels));
  });
  const state: DocumentState = {
    formatVersion: documentFormatVersion,
    canvas: document.canvas,
    activeLayerId: document.activeLayerId,
    mask: { tiles: namesOf(document.mask, named) },
    layers: document.layers.map(({ source, sourceAt, tiles, ...layer }) => ({
      ...layer,
      bounds: { ...layer.bounds },
      source: source?.hash ?? null,
      ...(source === null || (sourceAt.x === 0 && sourceAt.y === 0) ? {} : { sourceAt: { ...sourceAt } }),
      tiles: namesOf(tiles, named),
    })),
    ...(document.madeWith === undefined ? {} : { madeWith: document.madeWith }),
  };
  return { state, stored: named };
}

function namesOf(tiles: TileMap, named: StoredTiles): Record<TileKey, AssetHash> {
  const names: Record<TileKey, AssetHash> = {};
  for (const [key, tile] of tiles) {
    const hash = named.get(tile);
    if (hash === undefined) throw new AppError('internal', 'A part of the document could not be saved.');
    names[key] = hash;
  }
  return names;
}
