import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { documentStateSchema } from '../../../shared/domain/document.ts';
import { assetHashSchema, type AssetHash } from '../../../shared/domain/ids.ts';
import type { PixelSink, PixelSource } from '../canvas-api.ts';
import { newRaster } from '../raster/region.ts';
import { insertLayer, pictureLayer } from './layer-edits.ts';
import { replaceLayer, type DocumentModel } from './model.ts';
import { loadDocument, saveDocument } from './storage.ts';
import { copyTile, fullMaskTile } from './tile.ts';

function memoryStore(): { sink: PixelSink; source: PixelSource; stored: Map<AssetHash, Uint8Array>; uploads: () => number } {
  const stored = new Map<AssetHash, Uint8Array>();
  let uploads = 0;
  return {
    stored,
    uploads: () => uploads,
    sink: {
      tile: (deflated) => {
        uploads += 1;
        const hash = assetHashSchema.parse(createHash('sha256').update(deflated).digest('hex'));
        stored.set(hash, deflated);
        return Promise.resolve(hash);
      },
    },
    source: {
      image: () => Promise.reject(new Error('no pictures here')),
      tile: (hash) => Promise.resolve(stored.get(hash) ?? new Uint8Array()),
    },
  };
}

function painted(): DocumentModel {
  const pixels = newRaster({ x: 5, y: 6, width: 600, height: 300 }, 4);
  pixels.data.forEach((_, at) => (pixels.data[at] = (at * 2654435761) >>> 24));
  const start: DocumentModel = {
    canvas: { width: 700, height: 500 },
    layers: [],
    activeLayerId: null,
    mask: new Map([['0,0', fullMaskTile()]]),
    madeWith: undefined,
  };
  return insertLayer(start, pictureLayer('Picture', pixels), null);
}

describe('saving', () => {
  it('brings back every byte, also under transparency', async () => {
    const store = memoryStore();
    const document = painted();
    const state = documentStateSchema.parse((await saveDocument(document, new Map(), store.sink)).state);
    expect((await loadDocument(state, store.source)).document).toEqual(document);
  });

  it('uploads only tiles that changed', async () => {
    const store = memoryStore();
    const document = painted();
    const { state: first, stored } = await saveDocument(document, new Map(), store.sink);
    const before = store.uploads();
    const layer = document.layers[0]!;
    const tile = copyTile(layer.tiles.get('1,1')!);
    tile.data[0] = (tile.data[0] ?? 0) ^ 1;
    const changed = replaceLayer(document, { ...layer, tiles: new Map([...layer.tiles, ['1,1', tile]]) });
    const { state: second } = await saveDocument(changed, stored, store.sink);
    expect(store.uploads() - before).toBe(1);
    expect(second.layers[0]?.tiles['0,0']).toBe(first.layers[0]?.tiles['0,0']);
    expect(second.layers[0]?.tiles['1,1']).not.toBe(first.layers[0]?.tiles['1,1']);
  });

  it('shares tiles that are stored alike, and uploads none of a document just loaded', async () => {
    const store = memoryStore();
    const { state } = await saveDocument(painted(), new Map(), store.sink);
    const before = store.uploads();
    const { document: loaded, stored } = await loadDocument(
      { ...state, mask: { tiles: { ...state.mask.tiles, '1,0': state.mask.tiles['0,0']! } } },
      store.source,
    );
    expect(loaded.mask.get('0,0')).toBe(loaded.mask.get('1,0'));
    await saveDocument(loaded, stored, store.sink);
    expect(store.uploads()).toBe(before);
  });

  it('stores anew what the last state did not name', async () => {
    const store = memoryStore();
    const document = painted();
    const { stored } = await saveDocument(document, new Map(), store.sink);
    const emptied = await saveDocument({ ...document, mask: new Map() }, stored, store.sink);
    const before = store.uploads();
    await saveDocument(document, emptied.stored, store.sink);
    expect(store.uploads() - before).toBe(1);
  });

  it('says so when a stored tile is damaged', async () => {
    const store = memoryStore();
    const { state } = await saveDocument(painted(), new Map(), store.sink);
    for (const [hash, bytes] of store.stored) store.stored.set(hash, bytes.subarray(0, bytes.length >> 1));
    await expect(loadDocument(state, store.source)).rejects.toMatchObject({ code: 'image-unreadable' });
  });
});
