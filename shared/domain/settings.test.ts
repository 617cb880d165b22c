import { expect, test } from 'vitest';
import { settingsPatchSchema, settingsSchema } from './settings.ts';

test('an empty file means the defaults, and those are settings', () => {
  const defaults = settingsSchema.parse({});
  expect(settingsSchema.parse(defaults)).toEqual(defaults);
});

test('a patch carries what it names and nothing else, for every field', () => {
  expect(settingsPatchSchema.parse({})).toEqual({});
  // Whether there is a token is told, not set; the token itself is set, not told.
  const { formatVersion, hubTokenSet, ...defaults } = settingsSchema.parse({});
  expect([formatVersion, hubTokenSet]).toEqual([1, false]);
  for (const [name, value] of Object.entries(defaults)) expect(settingsPatchSchema.parse({ [name]: value })).toEqual({ [name]: value });
});
