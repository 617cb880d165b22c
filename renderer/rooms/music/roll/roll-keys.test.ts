import { expect, it } from 'vitest';
import type { KeyPress } from '../../../state/shortcuts.ts';
import { rollKeyOf, rollKeys } from './roll-keys.ts';

const pressOf = (key: string, more: Partial<KeyPress> = {}): KeyPress => ({
  key,
  code: '',
  ctrlKey: false,
  metaKey: false,
  shiftKey: false,
  altKey: false,
  repeat: false,
  ...more,
});

it('finds the command of a key, and leaves letters to the piano keys', () => {
  expect(rollKeyOf(pressOf('ArrowUp'), true)).toBe('up');
  expect(rollKeyOf(pressOf('ArrowUp', { shiftKey: true }), true)).toBe('octave-up');
  expect(rollKeyOf(pressOf('a', { metaKey: true }), true)).toBe('all');
  expect(rollKeyOf(pressOf('q'), true)).toBe('quantise');
  expect(rollKeyOf(pressOf('q'), false)).toBeNull();
  expect(rollKeyOf(pressOf('Backspace'), false)).toBe('delete');
  expect(rollKeyOf(pressOf(' '), true)).toBeNull();
});

it('gives no key two meanings', () => {
  const keys = rollKeys.flatMap((row) => row.keys);
  expect(new Set(keys).size).toBe(keys.length);
});
