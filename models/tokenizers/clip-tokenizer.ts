/**
 * CLIP's byte-pair tokeniser (openai/CLIP simple_tokenizer.py) by Hugging Face's library, from either layout of a tokenizer
 * folder. Text is cleaned as the fast CLIP tokeniser does it: NFC, runs of whitespace to one space, lower case.
 */
import { Tokenizer } from '@huggingface/tokenizers';
import { z } from 'zod';
import { AppError } from '../../shared/contract/errors.ts';
import { parsePythonJson } from '../../shared/json/python-json.ts';

/** Texts of the folder's files; null where there is none. */
export interface TokenizerFiles {
  /** tokenizer.json: whole, preferred. */
  tokenizer: string | null;
  /** vocab.json and merges.txt, of packs that have no tokenizer.json. */
  vocabulary: string | null;
  merges: string | null;
  /** tokenizer_config.json */
  config: string | null;
  /** special_tokens_map.json */
  specialTokens: string | null;
}

export interface ClipTokenizer {
  /** Ids that begin and end a chunk, and that fill it. */
  readonly bos: number;
  readonly eos: number;
  readonly pad: number;
  /** Places of a chunk, BOS and EOS included: 77. */
  readonly length: number;
  /** The largest id + 1. */
  readonly vocabularySize: number;
  /** Ids of a text, without BOS and EOS, uncut. */
  encode(text: string): number[];
  /** The id ends a word: the next one begins another. */
  endsWord(id: number): boolean;
}

const usualLength = 77;
/** Longer "lengths" are Python's way of saying "none given" (1e30). */
const longestLength = 1024;

const pattern = "<\\|startoftext\\|>|<\\|endoftext\\|>|'s|'t|'re|'ve|'m|'ll|'d|[\\p{L}]+|[\\p{N}]|[^\\s\\p{L}\\p{N}]+";

const vocabularySchema = z.record(z.string(), z.int().min(0));
const tokenizerSchema = z.looseObject({
  model: z.looseObject({ type: z.literal('BPE').optional(), vocab: vocabularySchema, end_of_word_suffix: z.string().nullish() }),
  added_tokens: z.array(z.looseObject({ id: z.int().min(0), content: z.string() })).default([]),
});
const specialTokenSchema = z
  .union([z.string(), z.looseObject({ content: z.string() }).transform(({ content }) => content)])
  .nullish()
  .catch(null);
const specialTokensSchema = z.looseObject({
  bos_token: specialTokenSchema,
  eos_token: specialTokenSchema,
  pad_token: specialTokenSchema,
  unk_token: specialTokenSchema,
  model_max_length: z.number().nullish().catch(null),
});

function parsed<Value>(schema: z.ZodType<Value>, text: string, file: string): Value {
  try {
    return schema.parse(parsePythonJson(text));
  } catch (cause) {
    throw new AppError('pack-invalid', `${file} is not a tokenizer's file.`, { action: 'Download the pack again.', cause });
  }
}

/** Merges to pairs; the file's first line is its version. */
function mergesOf(text: string): [string, string][] {
  return text.split('\n').flatMap((line): [string, string][] => {
    if (line.startsWith('#version')) return [];
    const [left, right] = line.trimEnd().split(' ');
    return left === undefined || right === undefined ? [] : [[left, right]];
  });
}

/** What tokenizer.json of Hugging Face's CLIP packs says, around another vocabulary. */
function tokenizerFrom(vocabulary: Record<string, number>, merges: [string, string][], bos: string, eos: string, unknown: string): object {
  const added = [bos, eos].map((content) => ({
    id: vocabulary[content],
    content,
    single_word: false,
    lstrip: false,
    rstrip: false,
    normalized: content === bos,
    special: true,
  }));
  return {
    version: '1.0',
    added_tokens: added,
    normalizer: {
      type: 'Sequence',
      normalizers: [{ type: 'NFC' }, { type: 'Replace', pattern: { Regex: '\\s+' }, content: ' ' }, { type: 'Lowercase' }],
    },
    pre_tokenizer: {
      type: 'Sequence',
      pretokenizers: [
        { type: 'Split', pattern: { Regex: pattern }, behavior: 'Removed', invert: true },
        { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true },
      ],
    },
    post_processor: null,
    decoder: { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true },
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: unknown,
      continuing_subword_prefix: '',
      end_of_word_suffix: '</w>',
      fuse_unk: false,
      vocab: vocabulary,
      merges,
    },
  };
}

/** @throws pack-invalid when files are missing or are no CLIP tokenizer's */
export function createClipTokenizer(files: TokenizerFiles): ClipTokenizer {
  const config = parsed(specialTokensSchema, files.config ?? '{}', 'tokenizer_config.json');
  const map = parsed(specialTokensSchema, files.specialTokens ?? '{}', 'special_tokens_map.json');
  const special = (name: 'bos_token' | 'eos_token' | 'unk_token', usual: string): string => map[name] ?? config[name] ?? usual;
  const bosToken = special('bos_token', '<|startoftext|>');
  const eosToken = special('eos_token', '<|endoftext|>');
  // Where the two files disagree (SD 2.x), special_tokens_map.json is the one the model was trained with.
  const padToken = map.pad_token ?? config.pad_token ?? eosToken;

  const description =
    files.tokenizer === null
      ? described(files, bosToken, eosToken, special('unk_token', eosToken))
      : parsed(tokenizerSchema, files.tokenizer, 'tokenizer.json');
  const ids = idsOf(description);
  const idOf = (token: string): number => {
    const id = ids.get(token);
    if (id !== undefined) return id;
    throw new AppError('pack-invalid', `The tokenizer has no token "${token}".`, { action: 'Download the pack again.' });
  };
  const tokenizer = opened(description);
  const suffix = description.model.end_of_word_suffix ?? '</w>';
  let largest = 0;
  for (const id of ids.values()) largest = Math.max(largest, id);
  const wanted = config.model_max_length ?? usualLength;
  return {
    bos: idOf(bosToken),
    eos: idOf(eosToken),
    pad: idOf(padToken),
    length: Number.isInteger(wanted) && wanted > 2 && wanted <= longestLength ? wanted : usualLength,
    vocabularySize: largest + 1,
    encode: (text) => tokenizer.encode(text, { add_special_tokens: false }).ids,
    endsWord: (id) => {
      const token = tokenizer.id_to_token(id);
      return token === undefined || token.endsWith(suffix) || token === bosToken || token === eosToken;
    },
  };
}

function described(files: TokenizerFiles, bos: string, eos: string, unknown: string): z.output<typeof tokenizerSchema> {
  if (files.vocabulary === null || files.merges === null) {
    throw new AppError('pack-invalid', 'The pack’s tokenizer has neither tokenizer.json nor vocab.json with merges.txt.', {
      action: 'Download the pack again.',
    });
  }
  const vocabulary = parsed(vocabularySchema, files.vocabulary, 'vocab.json');
  for (const token of [bos, eos]) {
    if (vocabulary[token] !== undefined) continue;
    throw new AppError('pack-invalid', `The tokenizer's vocab.json has no token "${token}".`, { action: 'Download the pack again.' });
  }
  return tokenizerSchema.parse(tokenizerFrom(vocabulary, mergesOf(files.merges), bos, eos, unknown));
}

function idsOf(description: z.output<typeof tokenizerSchema>): Map<string, number> {
  const ids = new Map(Object.entries(description.model.vocab));
  for (const { content, id } of description.added_tokens) ids.set(content, id);
  return ids;
}

function opened(description: object): Tokenizer {
  try {
    return new Tokenizer({ normalizer: null, pre_tokenizer: null, post_processor: null, decoder: null, ...description }, {});
  } catch (cause) {
    throw new AppError('pack-invalid', `The tokenizer could not be read: ${cause instanceof Error ? cause.message : String(cause)}`, {
      action: 'Download the pack again.',
      cause,
    });
  }
}
