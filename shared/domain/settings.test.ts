import { expect, test } from 'vitest';
import { settingsPatchSchema, settingsSchema } from './settings.ts';

test('an empty file means the defaults, and those are settings', () => {
  const defaults = settingsSchema.parse({});
  expect(settingsSchema.parse(defaults)).toEqual(defaults);
});

test('a patch carries what it names and nothing else, for every field', () => {
  expect(settingsPatchSchema.parse({})).toEqual({});
  const { formatVersion, ...defaults } = settingsSchema.parse({});
  expect(formatVersion).toBe(1);
  for (const [name, value] of Object.entries(defaults)) expect(settingsPatchSchema.parse({ [name]: value })).toEqual({ [name]: value });
});
