import { describe, expect, it } from 'vitest';
import { documentStateSchema } from '../../shared/domain/document.ts';
import { assetHashSchema, generationIdSchema } from '../../shared/domain/ids.ts';
import { blankDocument, freeName, pictureDocument, solidTile } from './new-document.ts';

const hash = assetHashSchema.parse('a'.repeat(64));
const generation = generationIdSchema.parse('01ARZ3NDEKTSV4RRFFQ69G5FAV');

describe('new documents', () => {
  it('hold a picture as the source of one layer, and who made it', () => {
    const state = documentStateSchema.parse(pictureDocument(hash, { width: 30, height: 20 }, generation));
    const [layer] = state.layers;
    expect(layer).toMatchObject({ source: hash, bounds: { x: 0, y: 0, width: 30, height: 20 } });
    expect(state.activeLayerId).toBe(layer?.id);
    expect(state.madeWith).toEqual({ [layer?.id ?? '']: [generation] });
  });

  it('cover a blank canvas with one tile asset', () => {
    const state = documentStateSchema.parse(blankDocument({ width: 513, height: 256 }, { fill: hash }));
    expect(state.layers[0]?.tiles).toEqual({ '0,0': hash, '1,0': hash, '2,0': hash });
    expect(blankDocument({ width: 513, height: 256 }, { fill: null }).layers[0]?.tiles).toEqual({});
  });

  it('number layers by what is free', () => {
    expect(freeName('Inpaint', ['Background', 'Inpaint 1', 'Inpaint 3'])).toBe('Inpaint 2');
  });

  it('fill a tile with an opaque colour', () => {
    const tile = solidTile('#ff8001');
    expect(tile).toHaveLength(256 * 256 * 4);
    expect([...tile.subarray(-4)]).toEqual([255, 128, 1, 255]);
  });
});
