/** tokenizer.json files as transformers.js's own conversion scripts write them, with the letters alone. */

const letters = Array.from('abcdefghijklmnopqrstuvwxyz');
/** Kokoro's symbols that English needs; the real vocabulary has 114, with gaps. */
export const phonemeSymbols =
  ';:,.!?—…"() “”ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyzɑɐɒæβɔɕçɖðʤəɚɛɜɟɡɥɨɪʝɯɰŋɳɲɴøɸθœɹɾɻʁɽʂʃʈʧʊʋʌɣɤχʎʒʔˈˌːʰʲ↓→↗↘ᵻ';

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

const special = (id: number, content: string): Json => ({
  id,
  content,
  single_word: false,
  lstrip: false,
  rstrip: false,
  normalized: false,
  special: true,
});
const characters: Json = { type: 'Split', pattern: { Regex: '' }, behavior: 'Isolated', invert: false };
const words: Json[] = [{ type: 'WhitespaceSplit' }, { type: 'Metaspace', replacement: '▁', add_prefix_space: true }];
const ending = (token: string, id: number): Json => ({
  type: 'TemplateProcessing',
  single: [{ Sequence: { id: 'A', type_id: 0 } }, { SpecialToken: { id: token, type_id: 0 } }],
  pair: [{ Sequence: { id: 'A', type_id: 0 } }, { SpecialToken: { id: token, type_id: 0 } }],
  special_tokens: { [token]: { id: token, ids: [id], tokens: [token] } },
});
const whole = (parts: { [key: string]: Json }): Json => ({ version: '1.0', truncation: null, padding: null, ...parts });
const numbered = (symbols: readonly string[]): Json => Object.fromEntries(symbols.map((symbol, id) => [symbol, id]));

/** SentencePiece unigrams, one a letter. */
export const t5Symbols = ['<pad>', '</s>', '<unk>', '▁', ...letters, '.', ',', '-', ...Array.from('0123456789')];
export const t5Tokenizer = whole({
  added_tokens: ['<pad>', '</s>', '<unk>'].map((content, id) => special(id, content)),
  normalizer: { type: 'Lowercase' },
  pre_tokenizer: { type: 'Sequence', pretokenizers: words },
  post_processor: ending('</s>', 1),
  decoder: { type: 'Metaspace', replacement: '▁', add_prefix_space: true },
  model: { type: 'Unigram', unk_id: 2, vocab: t5Symbols.map((symbol, id): Json => [symbol, id < 3 ? 0 : -3]) },
});

/** Letters with a blank before, between and after them. */
export const vitsSymbols = ['_', ...letters, ' ', "'", '-', '<unk>'];
export const vitsTokenizer = whole({
  added_tokens: [special(vitsSymbols.length - 1, '<unk>')],
  normalizer: {
    type: 'Sequence',
    normalizers: [
      { type: 'Lowercase' },
      { type: 'Replace', pattern: { Regex: "[^_abcdefghijklmnopqrstuvwxyz '\\-]" }, content: '' },
      { type: 'Strip', strip_left: true, strip_right: true },
      { type: 'Replace', pattern: { Regex: '(?=.)|(?<!^)$' }, content: '_' },
    ],
  },
  pre_tokenizer: characters,
  post_processor: null,
  decoder: null,
  model: { vocab: numbered(vitsSymbols) },
});

export const speechT5Symbols = ['<s>', '<pad>', '</s>', '<unk>', '▁', ...letters, '.', ',', "'"];
export const speechT5Tokenizer = whole({
  added_tokens: ['<s>', '<pad>', '</s>', '<unk>'].map((content, id) => special(id, content)),
  normalizer: { type: 'Precompiled', precompiled_charsmap: null },
  pre_tokenizer: { type: 'Sequence', pretokenizers: [...words, characters] },
  post_processor: ending('</s>', 2),
  decoder: { type: 'Metaspace', replacement: '▁', add_prefix_space: true },
  model: { unk_id: 2, vocab: numbered(speechT5Symbols) },
});

export const kokoroSymbols = ['$', ...new Set(Array.from(phonemeSymbols))];
export const kokoroTokenizer = whole({
  added_tokens: [special(0, '$')],
  normalizer: { type: 'Replace', pattern: { Regex: `[^$${phonemeSymbols.replace('"', '\\"')}]` }, content: '' },
  pre_tokenizer: characters,
  post_processor: {
    type: 'TemplateProcessing',
    single: [{ SpecialToken: { id: '$', type_id: 0 } }, { Sequence: { id: 'A', type_id: 0 } }, { SpecialToken: { id: '$', type_id: 0 } }],
    special_tokens: { $: { id: '$', ids: [0], tokens: ['$'] } },
  },
  decoder: null,
  model: { vocab: numbered(kokoroSymbols) },
});

export const supertonicSymbols = [
  '<pad>',
  ...letters,
  ...letters.map((letter) => letter.toUpperCase()),
  ' ',
  '.',
  ',',
  '!',
  '?',
  "'",
  '<unk>',
];
export const supertonicTokenizer = whole({
  added_tokens: [special(0, '<pad>'), special(supertonicSymbols.length - 1, '<unk>')],
  normalizer: { type: 'NFKD' },
  pre_tokenizer: characters,
  post_processor: null,
  decoder: null,
  model: { unk_token: '<unk>', vocab: numbered(supertonicSymbols) },
});
