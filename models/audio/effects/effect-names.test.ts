import { expect, it } from 'vitest';
import { effectNames } from '../../../shared/music/effect-names.ts';
import { effectIds, isEffectId } from './effects.ts';

it('has a sound for every effect that can be chosen, and a name for every sound', () => {
  expect(effectNames.map(({ id }) => id)).toEqual(effectIds);
  expect(isEffectId('wind')).toBe(true);
  expect(isEffectId('toString')).toBe(false);
});
