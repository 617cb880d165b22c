import { expect, it } from 'vitest';
import { keyId, keyOfId, majorKeys, metreId, metreOfId, minorKeys, usualMetres } from './key-choices.ts';

it('has every tonic once, in both modes', () => {
  expect(majorKeys).toHaveLength(12);
  expect(new Set(minorKeys.map(({ label }) => label)).size).toBe(12);
  expect(minorKeys.map(({ label }) => label)).toContain('D minor');
});

it('reads back what it writes', () => {
  for (const { key } of [...majorKeys, ...minorKeys]) expect(keyOfId(keyId(key))).toEqual(key);
  for (const id of usualMetres) expect(metreId(metreOfId(id))).toBe(id);
  expect(keyOfId('')).toBeNull();
});
