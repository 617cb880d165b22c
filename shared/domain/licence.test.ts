import { expect, it } from 'vitest';
import { licenceKindOf, needsAcceptance } from './licence.ts';

it.each([
  ['MIT', 'permissive'],
  ['apache-2.0', 'permissive'],
  ['BSD-3-Clause', 'permissive'],
  ['CC0-1.0', 'permissive'],
  ['cc-by-4.0', 'permissive'],
  ['MIT OR GPL-3.0', 'permissive'],
  ['cc-by-sa-4.0', 'share-alike'],
  ['agpl-3.0', 'share-alike'],
  ['MIT AND LGPL-3.0', 'share-alike'],
  ['creativeml-openrail-m', 'use-restricted'],
  ['openrail++', 'use-restricted'],
  ['bigscience-openrail-m', 'use-restricted'],
  ['stabilityai-ai-community', 'use-restricted'],
  ['gemma', 'use-restricted'],
  ['CC-BY-NC-4.0', 'non-commercial'],
  ['cc-by-nc-sa-4.0', 'non-commercial'],
  ['sai-nc-community', 'non-commercial'],
  ['flux-1-dev-non-commercial-license', 'non-commercial'],
  ['MIT AND CC-BY-NC-4.0', 'non-commercial'],
  ['other', 'unknown'],
  ['ask Bob', 'unknown'],
  ['', 'unknown'],
  [null, 'unknown'],
] as const)('%s is %s', (licence, kind) => expect(licenceKindOf(licence)).toBe(kind));

it('asks about everything but permissive ones', () => {
  expect(needsAcceptance('permissive')).toBe(false);
  expect(needsAcceptance('share-alike')).toBe(true);
  expect(needsAcceptance('unknown')).toBe(true);
});
