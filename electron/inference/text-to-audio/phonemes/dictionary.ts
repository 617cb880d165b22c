/** The CMU Pronouncing Dictionary (its licence is inside the file): American English, ARPAbet. */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { brotliDecompress } from 'node:zlib';

const file = fileURLToPath(new URL('./cmudict.br', import.meta.url));

export type Dictionary = ReadonlyMap<string, string>;

let reading: Promise<Dictionary> | null = null;

/** Words in lower case to phones with stresses, "HH AH0 L OW1". Read when first used. */
export function pronunciations(): Promise<Dictionary> {
  reading ??= read();
  reading.catch(() => (reading = null));
  return reading;
}

async function read(): Promise<Dictionary> {
  const text = (await promisify(brotliDecompress)(await readFile(file))).toString('utf8');
  const entries = new Map<string, string>();
  for (const line of text.slice(text.indexOf('\n\n') + 2).split('\n')) {
    const space = line.indexOf(' ');
    if (space > 0) entries.set(line.slice(0, space), line.slice(space + 1));
  }
  return entries;
}
