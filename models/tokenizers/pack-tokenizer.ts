/** The tokenizers of a pack, by its manifest. Kept by their files' hashes: opening one takes a good part of a second. */
import { AppError } from '../../shared/contract/errors.ts';
import type { PackManifest } from '../../shared/domain/pack-manifest.ts';
import { createClipTokenizer, type ClipTokenizer } from './clip-tokenizer.ts';

const fileNames = {
  tokenizer: 'tokenizer.json',
  vocabulary: 'vocab.json',
  merges: 'merges.txt',
  config: 'tokenizer_config.json',
  specialTokens: 'special_tokens_map.json',
} as const;

/** A vocabulary of CLIP's size is some 30 MB of memory. SDXL packs have two. */
const keptTokenizers = 3;
/** In order of last use, oldest first. */
const kept = new Map<string, Promise<ClipTokenizer>>();

/**
 * @param folder the convention's `tokenizer` or `tokenizer2`
 * @param packText reads one of the manifest's files
 * @throws pack-invalid when the folder holds no CLIP tokenizer
 */
export async function packTokenizer(
  manifest: Pick<PackManifest, 'files'>,
  folder: string,
  packText: (file: string) => Promise<string>,
): Promise<ClipTokenizer> {
  const hashes = new Map(manifest.files.map(({ path, sha256 }) => [path, sha256]));
  const paths = Object.values(fileNames).map((name) => `${folder}/${name}`);
  const key = paths.map((path) => hashes.get(path) ?? '-').join(' ');
  const known = kept.get(key);
  const opening = known ?? open();
  kept.delete(key);
  kept.set(key, opening);
  for (const oldest of kept.keys()) {
    if (kept.size <= keptTokenizers) break;
    kept.delete(oldest);
  }
  try {
    return await opening;
  } catch (error) {
    if (kept.get(key) === opening) kept.delete(key);
    throw error;
  }

  async function open(): Promise<ClipTokenizer> {
    const read = async (name: keyof typeof fileNames): Promise<string | null> => {
      const path = `${folder}/${fileNames[name]}`;
      return hashes.has(path) ? packText(path) : null;
    };
    const tokenizer = await read('tokenizer');
    // vocab.json says nothing that tokenizer.json does not.
    const [vocabulary, merges] = tokenizer === null ? [await read('vocabulary'), await read('merges')] : [null, null];
    return createClipTokenizer({
      tokenizer,
      vocabulary,
      merges,
      config: await read('config'),
      specialTokens: await read('specialTokens'),
    });
  }
}

/** The folders the convention names; the first encoder's stands in for a second one that has none. */
export function tokenizerFolders(convention: { tokenizer: string | null; tokenizer2: string | null }): {
  first: string | null;
  second: string | null;
} {
  return { first: convention.tokenizer ?? convention.tokenizer2, second: convention.tokenizer2 ?? convention.tokenizer };
}

export function tokenizerMissing(): AppError {
  return new AppError('pack-invalid', 'The pack has no tokenizer: prompts cannot be read.', {
    action: 'Import the pack again with its tokenizer folder.',
  });
}
