import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createClipTokenizer } from './clip-tokenizer.ts';
import { clipFiles, smallFiles } from './testing/clip-files.ts';

const clip = createClipTokenizer(clipFiles());

describe('CLIP’s vocabulary', () => {
  it('has CLIP’s size and markers', () => {
    expect(clip).toMatchObject({ bos: 49406, eos: 49407, pad: 49407, length: 77, vocabularySize: 49408 });
  });

  // openai/CLIP README, Apple's ml-stable-diffusion tests, open_clip's ids, transformers.js' CLIP tests.
  it.each([
    ['a diagram', [320, 22697]],
    ['a dog', [320, 1929]],
    ['a photo of a cat', [320, 1125, 539, 320, 2368]],
    ['a photo of an astronaut riding a horse on mars', [320, 1125, 539, 550, 18376, 6765, 320, 4558, 525, 7496]],
    ['Apple CoreML developer tools on a Macbook Air are fast', [3055, 19622, 5780, 10929, 5771, 525, 320, 20617, 1922, 631, 1953]],
    ['', []],
    ["I can't believe it's not butter", [328, 753, 713, 2649, 585, 568, 783, 6952]],
    ['email: user@example.com', [4462, 281, 7031, 287, 6228, 269, 2464]],
    ['!!!', [995]],
    ['3.14 is pi', [274, 269, 272, 275, 533, 5357]],
    ['  HELLO   World  ', [3306, 1002]],
    ['MacBook Pro 16-inch', [20617, 2630, 272, 277, 268, 6523]],
    ["You should've done this", [592, 1535, 1200, 1700, 589]],
    ["A\n'll !!to?'d''d of, can't.", [320, 1342, 748, 531, 13610, 323, 8445, 323, 539, 267, 753, 713, 269]],
    ['def main():\n\tpass', [11649, 2623, 7, 4143, 3511]],
    ['let a = obj.toString();\ntoString();', [1094, 320, 284, 1411, 329, 269, 580, 9696, 7, 19686, 580, 9696, 7, 19686]],
    ['UNwant\u00e9d,running', [569, 18356, 3459, 323, 267, 2761]],
    ['UNwante\u0301d,running', [569, 18356, 3459, 323, 267, 2761]],
    ['1\u00002\ufffd3', [272, 444, 273, 39802, 274]],
    ['生活的真谛是', [33375, 162, 112, 119, 163, 248, 226, 41570, 164, 108, 249, 42891, 363]],
    [
      'test $1 R2 #3 €4 £5 ¥6 ₣7 ₹8 ₱9 test',
      [1628, 259, 272, 337, 273, 258, 274, 6309, 275, 1950, 276, 20199, 277, 5227, 352, 278, 21777, 279, 5227, 365, 280, 1628],
    ],
    ['weird ～ edge ～ case', [5613, 171, 121, 508, 5461, 171, 121, 508, 2068]],
    ['▁This ▁is ▁a ▁test ▁.', [4168, 479, 589, 4168, 479, 533, 4168, 479, 320, 4168, 479, 1628, 4168, 223, 269]],
    ['😂 👍 🤣', [1558, 4201, 9909]],
    ['✨ 🤗 👁️ 👱🏻 🕵‍♂️', [3531, 10465, 47796, 1001, 964, 109, 3702, 7692, 113, 10613]],
    ['a <|startoftext|> b<|endoftext|>', [320, 49406, 321, 49407]],
  ])('%j', (text, ids) => expect(clip.encode(text)).toEqual(ids));

  it('knows where words end', () => {
    const ids = clip.encode('squirrelly'); // two symbols, one word
    expect(ids.map((id) => clip.endsWord(id))).toEqual([...ids.slice(1).map(() => false), true]);
    expect(ids.length).toBeGreaterThan(1);
  });
});

describe('special tokens', () => {
  const small = smallFiles();
  const padOf = (config: object | null, map: object | null): number =>
    createClipTokenizer({ ...small, config: config && JSON.stringify(config), specialTokens: map && JSON.stringify(map) }).pad;
  const eos = createClipTokenizer(small).eos;

  it('pads as special_tokens_map.json says, then tokenizer_config.json, then with EOS', () => {
    expect(padOf(null, null)).toBe(eos);
    expect(padOf({ pad_token: '<|endoftext|>' }, { pad_token: '!' })).toBe(0);
    expect(padOf({ pad_token: '!' }, {})).toBe(0);
    expect(padOf({ pad_token: { __type: 'AddedToken', content: '!' } }, null)).toBe(0);
    expect(padOf({ pad_token: '<|endoftext|>' }, { pad_token: { content: '!', lstrip: false } })).toBe(0);
    expect(padOf({ pad_token: null }, { pad_token: '<|endoftext|>' })).toBe(eos);
  });

  it.each([
    ['{"model_max_length": 77}', 77],
    ['{"model_max_length": 1000000000000000019884624838656}', 77],
    ['{"model_max_length": 1e30}', 77],
    ['{"model_max_length": Infinity}', 77],
    ['{"model_max_length": null}', 77],
    ['{"model_max_length": 64}', 64],
    ['{}', 77],
  ])('%s', (config, length) => expect(createClipTokenizer({ ...small, config }).length).toBe(length));

  it('takes unknown symbols as the vocabulary’s unk', () => {
    // transformers' test_tokenization_clip.py: a vocabulary of 23, where <unk> is the 20th.
    const names =
      'l o w e r s t i d n lo l</w> w</w> r</w> t</w> low</w> er</w> lowest</w> newer</w> wider <unk> <|startoftext|> <|endoftext|>';
    const tokenizer = createClipTokenizer({
      tokenizer: null,
      vocabulary: JSON.stringify(Object.fromEntries(names.split(' ').map((name, id) => [name, id]))),
      merges: '#version: 0.2\nl o\nlo w</w>\ne r</w>\n',
      config: null,
      specialTokens: '{"unk_token": "<unk>"}',
    });
    expect(tokenizer.encode('lower newer')).toEqual([10, 2, 16, 9, 3, 2, 16]);
    expect(tokenizer.encode('z')).toEqual([20]);
  });
});

describe('tokenizer.json', () => {
  const folder = new URL('../testing/diffusion-packs/packs/sdxl/', import.meta.url);
  const read = (file: string): string => readFileSync(new URL(file, folder), 'utf8');

  it('gives what vocab.json and merges.txt give', () => {
    const whole = createClipTokenizer({ ...smallFiles(), tokenizer: read('tokenizer/tokenizer.json'), vocabulary: null, merges: null });
    const parts = createClipTokenizer({ ...smallFiles(), vocabulary: read('tokenizer/vocab.json'), merges: read('tokenizer/merges.txt') });
    expect(whole.vocabularySize).toBe(parts.vocabularySize);
    for (const text of ['a red apple icon on a white table', 'Äpfel, 3 von 7!', '<|endoftext|>', "it's"]) {
      expect(whole.encode(text)).toEqual(parts.encode(text));
      expect(whole.encode(text).length).toBeGreaterThan(0);
    }
  });
});

describe('what is no tokenizer', () => {
  const small = smallFiles();
  it.each([
    ['nothing', { ...small, vocabulary: null }],
    ['a download that ended early', { ...small, vocabulary: '{"a": 0, ' }],
    ['a Git LFS pointer', { ...small, tokenizer: 'version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n' }],
    ['another kind of tokenizer', { ...small, tokenizer: '{"model": {"type": "Unigram", "vocab": [["a", 0]]}}' }],
    ['a vocabulary without markers', { ...small, vocabulary: '{"a": 0}' }],
    ['a pad token that is not there', { ...small, specialTokens: '{"pad_token": "<pad>"}' }],
  ])('%s is refused in words', (_what, files) => {
    expect(() => createClipTokenizer(files)).toThrow(expect.objectContaining({ code: 'pack-invalid' }) as Error);
  });
});
