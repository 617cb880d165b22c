import { describe, expect, it } from 'vitest';
import { findShortcut, keysLabel, mayFire, shortcuts, type KeyPress } from './shortcuts.ts';

const press = (key: string, more: Partial<KeyPress> = {}): KeyPress => ({
  key,
  code: '',
  ctrlKey: false,
  metaKey: false,
  shiftKey: false,
  altKey: false,
  repeat: false,
  ...more,
});
const canvas = { canvas: true, candidates: false };

describe('shortcut table', () => {
  it('has every id once and no combination twice', () => {
    expect(new Set(shortcuts.map((row) => row.id)).size).toBe(shortcuts.length);
    // The canvas and the music room are never in view together.
    for (const place of [
      ['always', 'canvas', 'candidates'],
      ['always', 'music'],
    ]) {
      const rows = shortcuts.filter(({ when }) => place.includes(when));
      const keys = rows.flatMap((row) => row.keys as readonly string[]);
      expect(keys.filter((key, index) => keys.indexOf(key) !== index)).toEqual([]);
    }
  });

  it('finds what the keys mean', () => {
    expect(findShortcut(press('z', { ctrlKey: true }), canvas)?.id).toBe('undo');
    expect(findShortcut(press('Z', { metaKey: true, shiftKey: true }), canvas)?.id).toBe('redo');
    expect(findShortcut(press('b'), canvas)?.id).toBe('mask-brush');
    expect(findShortcut(press('B', { shiftKey: true }), canvas)?.id).toBe('paint-brush');
    expect(findShortcut(press(' '), canvas)?.id).toBe('pan');
    expect(findShortcut(press('?', { shiftKey: true }), canvas)?.id).toBe('shortcuts');
  });

  it('knows brackets by their place, whatever Shift or the layout makes of them', () => {
    expect(findShortcut(press('{', { shiftKey: true, code: 'BracketLeft' }), canvas)?.id).toBe('brush-softer');
    expect(findShortcut(press('ü', { code: 'BracketLeft' }), canvas)?.id).toBe('brush-smaller');
  });

  it('keeps canvas keys quiet elsewhere', () => {
    expect(findShortcut(press('b'), { canvas: false, candidates: false })).toBeNull();
    expect(findShortcut(press('o', { ctrlKey: true }), { canvas: false, candidates: false })?.id).toBe('open');
    expect(findShortcut(press('Enter'), canvas)).toBeNull();
    expect(findShortcut(press('Enter'), { canvas: true, candidates: true })?.id).toBe('candidate-accept');
  });

  it('repeats only what makes sense to repeat', () => {
    expect(findShortcut(press('z', { ctrlKey: true, repeat: true }), canvas)?.id).toBe('undo');
    expect(findShortcut(press('Enter', { ctrlKey: true, repeat: true }), canvas)).toBeNull();
  });
});

describe('mayFire', () => {
  it('leaves text fields alone', () => {
    expect(mayFire(press('b'), 'text')).toBe(false);
    expect(mayFire(press('z', { ctrlKey: true }), 'text')).toBe(false);
    expect(mayFire(press('a', { ctrlKey: true }), 'text')).toBe(false);
    expect(mayFire(press('Enter', { ctrlKey: true }), 'text')).toBe(true);
  });

  it('leaves Enter, Space and arrows to buttons and sliders', () => {
    expect(mayFire(press('Enter'), 'widget')).toBe(false);
    expect(mayFire(press(' '), 'widget')).toBe(false);
    expect(mayFire(press('b'), 'widget')).toBe(true);
    expect(mayFire(press('Enter'), 'page')).toBe(true);
  });
});

it('writes combinations as people know them', () => {
  expect(keysLabel('Ctrl+Shift+Z', false)).toEqual(['Ctrl', 'Shift', 'Z']);
  expect(keysLabel('Ctrl+Shift+Z', true)).toEqual(['⌘', '⇧', 'Z']);
});
