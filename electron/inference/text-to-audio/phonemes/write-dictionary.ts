/**
 * `node electron/inference/text-to-audio/phonemes/write-dictionary.ts FOLDER` packs the CMU Pronouncing Dictionary (cmudict.dict
 * and its LICENSE in that folder) into cmudict.br: the licence, an empty line, then "word PHONES", first pronunciations only.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, constants } from 'node:zlib';

const [, , folder] = process.argv;
if (folder === undefined) throw new Error('Say where cmudict.dict is.');
const licence = readFileSync(join(folder, 'LICENSE'), 'utf8')
  .trim()
  .replace(/\n{2,}/g, '\n');
const entries = readFileSync(join(folder, 'cmudict.dict'), 'utf8')
  .split('\n')
  .map((line) => line.replace(/\s*#.*$/, ''))
  .filter((line) => /^[a-z][a-z'.-]* /.test(line));
const bytes = Buffer.from(`${licence}\n\n${entries.join('\n')}\n`);
writeFileSync(
  new URL('./cmudict.br', import.meta.url),
  brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_LGWIN]: 24, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length } }),
);
