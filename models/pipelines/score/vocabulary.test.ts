import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { packManifestSchema } from '../../../shared/domain/pack-manifest.ts';
import { readVocabulary } from './vocabulary.ts';

const folder = new URL('../../packs/kiln-music/', import.meta.url);
const manifest = packManifestSchema.parse(JSON.parse(readFileSync(new URL('kiln.json', folder), 'utf8')));
const read = (text: () => Promise<string>): ReturnType<typeof readVocabulary> => {
  const { convention } = manifest;
  if (convention.task !== 'score') throw new Error('kiln-music is no score pack.');
  return readVocabulary({ manifest, convention, packText: text });
};
const real = readFileSync(new URL('vocabulary.json', folder), 'utf8');

describe('the vocabulary of a pack', () => {
  it('is read', async () => {
    expect((await read(() => Promise.resolve(real))).eventModels.chorale.fields).toEqual([53, 53, 53, 53]);
  });

  it.each([
    ['missing', () => Promise.reject(new Error('ENOENT')), /"vocabulary.json" cannot be read/],
    ['no JSON', () => Promise.resolve('{'), /is no JSON/],
    ['short of an entry', () => Promise.resolve(real.replace('"drumStyles"', '"styles"')), /a wrong entry drumStyles/],
  ] as const)('is refused with the reason: %s', async (_name, text, reason) => {
    await expect(read(text)).rejects.toMatchObject({
      code: 'pack-invalid',
      message: expect.stringMatching(reason) as string,
      action: 'Install the pack again.',
    });
  });
});
