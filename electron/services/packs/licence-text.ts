/** The licence that a model's own README or LICENSE states; null where neither says. */
import { open } from 'node:fs/promises';
import type { SourceFile } from './source-files.ts';

const readBytes = 16_384;

async function head(file: string): Promise<string> {
  const handle = await open(file, 'r');
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(readBytes), 0, readBytes, 0);
    return buffer.subarray(0, bytesRead).toString('utf8');
  } finally {
    await handle.close();
  }
}

/** First lines of licence texts, and the identifiers people know them by. */
const knownTexts: readonly (readonly [RegExp, string])[] = [
  [/creativeml open rail\+\+-m/i, 'openrail++'],
  [/creativeml open rail-m|creativeml-openrail-m/i, 'creativeml-openrail-m'],
  [/stability ai community license/i, 'stabilityai-community'],
  [/stability(\.|\s)?ai non-?commercial|sai-nc-community/i, 'sai-nc-community'],
  [/apache license\s+version 2\.0/i, 'apache-2.0'],
  [/^\s*mit license/i, 'mit'],
  [/attribution-noncommercial 4\.0/i, 'cc-by-nc-4.0'],
  [/attribution 4\.0 international/i, 'cc-by-4.0'],
  [/cc0 1\.0 universal/i, 'cc0-1.0'],
];

export async function licenceOf(files: readonly SourceFile[]): Promise<string | null> {
  const readme = files.find(({ path }) => /^readme\.md$/i.test(path));
  const stated = readme === undefined ? null : licenceOfFrontMatter(await head(readme.file));
  if (stated !== null) return stated;
  const licence = files.find(({ path }) => /^licen[cs]e(\.md|\.txt)?$/i.test(path));
  if (licence === undefined) return null;
  const text = await head(licence.file);
  return knownTexts.find(([pattern]) => pattern.test(text))?.[1] ?? null;
}

/** The YAML block at a model card's start; `license: other` gives way to `license_name`. */
export function licenceOfFrontMatter(text: string): string | null {
  const block = /^\uFEFF?---\r?\n([\s\S]*?)\r?\n---/.exec(text)?.[1];
  if (block === undefined) return null;
  const value = (key: string): string | null => {
    const found = new RegExp(`^${key}:[ \\t]*["']?([^"'\\r\\n#]+?)["']?[ \\t]*(?:#.*)?$`, 'm').exec(block)?.[1];
    return found === undefined ? null : found.slice(0, 200);
  };
  const licence = value('licen[cs]e');
  return licence === 'other' ? (value('license_name') ?? licence) : licence;
}
