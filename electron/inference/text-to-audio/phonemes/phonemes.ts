/**
 * English text to the symbols Kokoro reads. What stands between slashes is taken as such symbols already: "/həlˈO/". A voice's
 * first letter says its language (a American, b British, e Spanish, f French, h Hindi, i Italian, j Japanese, p Portuguese,
 * z Mandarin); of these only English can be read from plain letters here.
 */
import { AppError } from '../../../../shared/contract/errors.ts';
import { symbolsOf } from './arpabet.ts';
import { pronunciations, type Dictionary } from './dictionary.ts';
import { guessed, spelledOut } from './guess.ts';
import { spellNumbers } from './spell-numbers.ts';

const languages: Readonly<Record<string, string>> = {
  e: 'Spanish',
  f: 'French',
  h: 'Hindi',
  i: 'Italian',
  j: 'Japanese',
  p: 'Portuguese',
  z: 'Mandarin',
};
const inSymbols = /\/([^/\n]+)\//g;
/** Marks the model knows, and those that stand for one of them. */
const marks: Readonly<Record<string, string>> = { '‘': "'", '’': "'", '–': '—', '\n': ' ' };

export interface Reading {
  symbols(text: string): string;
  /** Words that were in no dictionary, so far. */
  readonly guesses: ReadonlySet<string>;
}

/**
 * @param voice a voice's name
 * @throws unsupported when the text has words in plain letters that the voice's language is not read from
 */
export async function readingFor(text: string, voice: string): Promise<Reading> {
  const language = /^[a-z][fm]_/.test(voice) ? languages[voice.charAt(0)] : undefined;
  if (language !== undefined && /\p{L}/u.test(text.replace(inSymbols, ' '))) {
    throw new AppError('unsupported', `The voice "${voice}" speaks ${language}; Kiln turns only English words into phonemes.`, {
      action: 'Choose an English voice (its name begins with a or b), or write the text in phonemes between slashes: /həlˈO/.',
    });
  }
  const dictionary = await pronunciations();
  const guesses = new Set<string>();
  const symbols = (own: string): string => {
    // Odd pieces are what stood between slashes.
    const parts = own.split(new RegExp(inSymbols.source, 'g'));
    return parts.map((part, at) => (at % 2 === 1 ? part : english(part, dictionary, guesses))).join('');
  };
  return { symbols, guesses };
}

function english(text: string, dictionary: Dictionary, guesses: Set<string>): string {
  const plain = spellNumbers(text.normalize('NFKD').replace(/\p{M}/gu, '')).replace(/[‘’–\n]/g, (mark) => marks[mark] ?? mark);
  return plain.replace(/[A-Za-z]+(?:'[A-Za-z]+)*|[^A-Za-z]+/g, (piece) => {
    if (!/[A-Za-z]/.test(piece)) return piece;
    const word = piece.toLowerCase();
    const known = dictionary.get(word);
    if (known !== undefined) return symbolsOf(known);
    if (piece.length <= 5 && piece === piece.toUpperCase()) return symbolsOf(spelledOut(piece));
    guesses.add(word);
    return symbolsOf(guessed(word, dictionary));
  });
}
