/** Writes kiln.json of the pack with the hashes of its files: node electron/launch/run.mjs models/training/sound/write-manifest.ts */
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { packManifestSchema } from '../../../shared/domain/pack-manifest.ts';

const folder = new URL('../../packs/kiln-sound/', import.meta.url);
const files = ['MODEL_CARD.md', 'effects.json'].map((path) => {
  const bytes = readFileSync(new URL(path, folder));
  return { path, sha256: createHash('sha256').update(bytes).digest('hex'), sizeBytes: bytes.length };
});
const manifest = packManifestSchema.parse({
  formatVersion: 1,
  id: 'kiln-sound',
  name: 'Kiln Sound',
  version: '0.1.0',
  description:
    'Sound effects: textures that loop (wind, rain, waves, fire, hum), single events and drum strokes. A synthesiser of physical models whose parameters are fitted to published spectra.',
  task: 'sound',
  family: 'other',
  licence: 'MIT',
  authors: ['Kiln contributors'],
  source: 'models/training/sound in the Kiln repository',
  attribution: [],
  model: 'effects.json',
  files,
  convention: { task: 'sound', parameters: 'effects.json' },
});
writeFileSync(new URL('kiln.json', folder), `${JSON.stringify(manifest, null, 2)}\n`);
