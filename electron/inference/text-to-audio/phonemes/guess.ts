/** Pronunciations of words that no dictionary has: known parts first, then the usual sounds of English spelling. */
import type { Dictionary } from './dictionary.ts';

/** Letters as they are named: for abbreviations. */
const names: Readonly<Record<string, string>> = {
  a: 'EY1',
  b: 'B IY1',
  c: 'S IY1',
  d: 'D IY1',
  e: 'IY1',
  f: 'EH1 F',
  g: 'JH IY1',
  h: 'EY1 CH',
  i: 'AY1',
  j: 'JH EY1',
  k: 'K EY1',
  l: 'EH1 L',
  m: 'EH1 M',
  n: 'EH1 N',
  o: 'OW1',
  p: 'P IY1',
  q: 'K Y UW1',
  r: 'AA1 R',
  s: 'EH1 S',
  t: 'T IY1',
  u: 'Y UW1',
  v: 'V IY1',
  w: 'D AH1 B AH0 L Y UW0',
  x: 'EH1 K S',
  y: 'W AY1',
  z: 'Z IY1',
};

export const spelledOut = (letters: string): string =>
  Array.from(letters.toLowerCase())
    .map((letter) => names[letter] ?? '')
    .join(' ')
    .trim();

/** Longest spelling first; vowels without stress, which the first of them gets. */
const spellings: readonly (readonly [RegExp, string])[] = [
  [/^tion/, 'SH AH N'],
  [/^sion/, 'ZH AH N'],
  [/^ough/, 'AO'],
  [/^augh/, 'AO'],
  [/^eigh/, 'EY'],
  [/^igh/, 'AY'],
  [/^tch/, 'CH'],
  [/^dge/, 'JH'],
  [/^sch/, 'SH'],
  [/^kn(?=.)/, 'N'],
  [/^wr/, 'R'],
  [/^wh/, 'W'],
  [/^ph/, 'F'],
  [/^gh/, ''],
  [/^ch/, 'CH'],
  [/^sh/, 'SH'],
  [/^th/, 'TH'],
  [/^ck/, 'K'],
  [/^qu/, 'K W'],
  [/^ng$/, 'NG'],
  [/^ee|^ea/, 'IY'],
  [/^oo/, 'UW'],
  [/^ou|^ow(?=.)/, 'AW'],
  [/^ow$|^oa/, 'OW'],
  [/^oi|^oy/, 'OY'],
  [/^ai|^ay|^ei|^ey/, 'EY'],
  [/^au|^aw/, 'AO'],
  [/^ew|^eu|^ue/, 'UW'],
  [/^ie/, 'IY'],
  [/^[eiu]r(?![aeiouy])/, 'ER'],
  [/^or(?![aeiouy])/, 'AO R'],
  [/^ar(?![aeiouy])/, 'AA R'],
  [/^(?:bb|b)/, 'B'],
  [/^c(?=[eiy])/, 'S'],
  [/^(?:cc|c)/, 'K'],
  [/^(?:dd|d)/, 'D'],
  [/^(?:ff|f)/, 'F'],
  [/^g(?=[eiy])/, 'JH'],
  [/^(?:gg|g)/, 'G'],
  [/^h/, 'HH'],
  [/^j/, 'JH'],
  [/^k/, 'K'],
  [/^(?:ll|l)/, 'L'],
  [/^(?:mm|m)/, 'M'],
  [/^n(?=[kg])/, 'NG'],
  [/^(?:nn|n)/, 'N'],
  [/^(?:pp|p)/, 'P'],
  [/^(?:rr|r)/, 'R'],
  [/^(?:ss|s)/, 'S'],
  [/^(?:tt|t)/, 'T'],
  [/^v/, 'V'],
  [/^w/, 'W'],
  [/^x/, 'K S'],
  [/^y(?=[aeiou])/, 'Y'],
  [/^y$/, 'IY'],
  [/^(?:zz|z)/, 'Z'],
  // A vowel, one consonant and a silent e.
  [/^a(?=[^aeiouwxy]e$)/, 'EY'],
  [/^i(?=[^aeiouwxy]e$)/, 'AY'],
  [/^o(?=[^aeiouwxy]e$)/, 'OW'],
  [/^u(?=[^aeiouwxy]e$)/, 'UW'],
  [/^e$/, ''],
  [/^a$/, 'AH'],
  [/^o$/, 'OW'],
  [/^a/, 'AE'],
  [/^e/, 'EH'],
  [/^[iy]/, 'IH'],
  [/^o/, 'AA'],
  [/^u/, 'AH'],
];
const vowel = /^(?:AA|AE|AH|AO|AW|AY|EH|ER|EY|IH|IY|OW|OY|UH|UW)$/;

function bySpelling(word: string): string {
  const phones: string[] = [];
  for (let rest = word; rest !== '';) {
    const found = spellings.find(([pattern]) => pattern.test(rest));
    const length = found?.[0].exec(rest)?.[0].length ?? 1;
    if (found !== undefined) phones.push(...found[1].split(' ').filter((phone) => phone !== ''));
    rest = rest.slice(Math.max(1, length));
  }
  const first = phones.findIndex((phone) => vowel.test(phone));
  return phones.map((phone, at) => (vowel.test(phone) ? `${phone}${at === first ? '1' : '0'}` : phone)).join(' ');
}

const unvoiced = /(?:P|T|K|F|TH)$/;
const hissing = /(?:S|Z|SH|ZH|CH|JH)$/;

function withS(stem: string): string {
  return `${stem} ${hissing.test(stem) ? 'IH0 Z' : unvoiced.test(stem) ? 'S' : 'Z'}`;
}

/** @param word lower case letters and apostrophes @returns ARPAbet; empty for what has no letters */
export function guessed(word: string, dictionary: Dictionary): string {
  const letters = word.replace(/[^a-z]/g, '');
  const genitive = /^(.+?)(?:'s|s)$/.exec(word)?.[1];
  const stem = genitive === undefined ? undefined : dictionary.get(genitive);
  if (stem !== undefined) return withS(stem);
  if (!/[aeiouy]/.test(letters)) return spelledOut(letters);
  // Two words written as one: the longest first.
  for (let cut = letters.length - 3; cut >= 3; cut -= 1) {
    const [one, other] = [dictionary.get(letters.slice(0, cut)), dictionary.get(letters.slice(cut))];
    if (one !== undefined && other !== undefined) return `${one} ${other.replaceAll('1', '2')}`;
  }
  return bySpelling(letters);
}
