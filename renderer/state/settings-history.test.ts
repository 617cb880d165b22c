import { describe, expect, it } from 'vitest';
import { SettingsHistory } from './settings-history.svelte.ts';

const step = (label: string, before: number, after: number, depth: number, atMs = 0) => ({ label, before, after, depth, atMs });

describe('undo of settings beside undo of the document', () => {
  it('takes back in the order things happened', () => {
    const history = new SettingsHistory<number>();
    // A setting, two strokes, another setting.
    history.record(step('Seed', 0, 1, 0));
    history.record(step('Results', 1, 2, 2, 5_000));
    expect(history.undo(2)).toBe(1);
    // The strokes come first now.
    expect(history.undo(2)).toBeNull();
    expect(history.undo(1)).toBeNull();
    expect(history.undo(0)).toBe(0);
    expect(history.redo(0)).toBe(1);
    expect(history.redo(0)).toBeNull();
    expect(history.redo(2)).toBe(2);
  });

  it('makes one step of a slider that is dragged', () => {
    const history = new SettingsHistory<number>();
    history.record(step('Feather', 8, 9, 0, 0));
    history.record(step('Feather', 9, 20, 0, 400));
    expect(history.undo(0)).toBe(8);
    expect(history.undo(0)).toBeNull();
    expect(history.redo(0)).toBe(20);
  });

  it('forgets what was undone when something new is done', () => {
    const history = new SettingsHistory<number>();
    history.record(step('Seed', 0, 1, 0));
    history.undo(0);
    history.dropFuture();
    expect(history.redo(0)).toBeNull();
    history.record(step('Seed', 0, 2, 0));
    history.undo(0);
    history.record(step('Results', 0, 3, 0));
    expect(history.redoable(0)).toBeNull();
  });
});
