import { describe, expect, it } from 'vitest';
import { applyDiff, diffBytes, diffDocuments, visibleChanges } from './diff.ts';
import { History } from './history.ts';
import { deleteLayer, insertLayer, moveLayer } from './layer-edits.ts';
import { newLayer, replaceLayer, type DocumentModel } from './model.ts';
import { newTile, type Tile, type TileMap } from './tile.ts';

const bounds = { x: 0, y: 0, width: 512, height: 512 };

function tile(value: number): Tile {
  const made = newTile(4);
  made.data.fill(value);
  return made;
}

function documentWith(...tiles: TileMap[]): DocumentModel {
  const layers = tiles.map((map, index) => newLayer(`Layer ${index}`, bounds, { tiles: map }));
  return { canvas: { width: 512, height: 512 }, layers, activeLayerId: layers[0]?.id ?? null, mask: new Map(), madeWith: undefined };
}

describe('diffs', () => {
  const start = documentWith(new Map([['0,0', tile(1)]]), new Map([['1,1', tile(2)]]));

  it('lead there and back over strokes, deleted layers, order and mask', () => {
    const [first, second] = start.layers;
    const painted = replaceLayer(start, { ...first!, tiles: new Map([...first!.tiles, ['1,0', tile(3)]]) });
    const masked = { ...painted, mask: new Map([['0,0', newTile(1)]]) };
    const reordered = moveLayer(masked, first!.id, 1);
    const deleted = deleteLayer(reordered, second!.id);
    let current = deleted;
    for (const [before, after] of [
      [reordered, deleted],
      [masked, reordered],
      [painted, masked],
      [start, painted],
    ] as const) {
      const diff = diffDocuments(before, after);
      expect(applyDiff(before, diff, 'after')).toEqual(after);
      current = applyDiff(current, diff, 'before');
      expect(current).toEqual(before);
    }
  });

  it('hold only tiles that differ', () => {
    const first = start.layers[0]!;
    const painted = replaceLayer(start, { ...first, tiles: new Map([...first.tiles, ['1,0', tile(3)]]) });
    const diff = diffDocuments(start, painted);
    expect(diff.tiles.map(({ key }) => key)).toEqual(['1,0']);
    expect(diffBytes(diff)).toBeLessThan(256 * 256 * 4 + 1000);
  });

  it('say where the picture changed', () => {
    const first = start.layers[0]!;
    const painted = replaceLayer(start, { ...first, tiles: new Map([...first.tiles, ['1,0', tile(3)]]) });
    expect(visibleChanges(start, painted)).toEqual({ layers: [{ x: 256, y: 0, width: 256, height: 256 }], mask: [] });
    expect(visibleChanges(start, replaceLayer(start, { ...first, name: 'Sky' })).layers).toEqual([]);
    expect(visibleChanges(start, replaceLayer(start, { ...first, opacity: 0.5 })).layers).toEqual([bounds, bounds]);
    expect(visibleChanges(start, { ...start, canvas: { width: 9, height: 9 } }).layers).toBe('all');
  });
});

describe('history', () => {
  it('undoes and redoes with labels, and a new step ends the redo', () => {
    const history = new History();
    const start = documentWith(new Map());
    const added = insertLayer(start, newLayer('Top', bounds), null);
    history.record('Add layer', start, added);
    expect(history.undoLabel).toBe('Add layer');
    const undone = history.undo(added)!;
    expect(undone).toEqual(start);
    expect([history.undoLabel, history.redoLabel]).toEqual([null, 'Add layer']);
    expect(history.redo(undone)).toEqual(added);
    history.undo(added);
    history.record('Delete layer', start, deleteLayer(start, start.layers[0]!.id));
    expect(history.redoLabel).toBeNull();
    expect(history.redo(start)).toBeNull();
  });

  it('makes one step of a slider that is dragged, not of two drags', () => {
    let nowMs = 0;
    const history = new History({ now: () => nowMs });
    const start = documentWith(new Map());
    let current = start;
    for (const [opacity, atMs] of [
      [0.9, 0],
      [0.8, 300],
      [0.7, 600],
      [0.2, 5000],
    ] as const) {
      nowMs = atMs;
      const next = replaceLayer(current, { ...current.layers[0]!, opacity });
      history.record('Layer opacity', current, next, 'opacity');
      current = next;
    }
    expect(history.depth).toBe(2);
    current = history.undo(current)!;
    expect(current.layers[0]?.opacity).toBe(0.7);
    expect(history.undo(current)).toEqual(start);
  });

  it('forgets the oldest steps beyond its budget, never the newest', () => {
    const stepBytes = 256 * 256 * 4;
    const history = new History({ budgetBytes: stepBytes * 5 });
    let current = documentWith(new Map());
    for (let step = 0; step < 20; step += 1) {
      const next = replaceLayer(current, { ...current.layers[0]!, tiles: new Map([['0,0', tile(step)]]) });
      history.record(`Stroke ${step}`, current, next);
      current = next;
    }
    expect(history.bytes).toBeLessThanOrEqual(stepBytes * 5);
    expect(history.depth).toBe(2);
    current = history.undo(current)!;
    current = history.undo(current)!;
    expect(current.layers[0]?.tiles.get('0,0')?.data[0]).toBe(17);
    expect(history.undo(current)).toBeNull();
    const tiny = new History({ budgetBytes: 10 });
    tiny.record('Stroke', documentWith(new Map()), current);
    expect(tiny.depth).toBe(1);
  });
});
