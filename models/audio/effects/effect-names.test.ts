import { expect, it } from 'vitest';
import { effectNames } from '../../../shared/music/effect-names.ts';
import { effectIds, effectInfo } from './effects.ts';

it('names every effect as its generator does', () => {
  expect(
    effectNames.map(({ id, label, group, loopable, seconds }) => [id, { title: label, group, loopable, defaultLengthS: seconds }]),
  ).toEqual(
    effectIds.map((id) => {
      const { title, group, loopable, defaultLengthS } = effectInfo(id);
      return [id, { title, group, loopable, defaultLengthS }];
    }),
  );
});
