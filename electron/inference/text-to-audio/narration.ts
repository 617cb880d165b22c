/** Long texts in pieces that a model can speak: by sentences, then clauses, then words; with rests between. */
import { AppError } from '../../../shared/contract/errors.ts';

/** Models speak longer sentences worse, and nothing can be stopped within one. */
const longestPiece = 300;
/** Seconds of silence after a sentence. */
const restS = 0.2;

const split = (text: string, granularity: 'sentence' | 'word'): string[] =>
  [...new Intl.Segmenter('en', { granularity }).segment(text)].map(({ segment }) => segment);

/**
 * @param fits whether the model can speak so much at once
 * @throws invalid-request for a word that alone is too long
 */
export function piecesOf(text: string, fits: (piece: string) => boolean): string[] {
  const within = (piece: string): boolean => piece.length <= longestPiece && fits(piece);
  return split(text.replace(/\s+/g, ' '), 'sentence')
    .map((sentence) => sentence.trim())
    .filter((sentence) => sentence !== '')
    .flatMap((sentence) => smaller(sentence, within, [(piece) => piece.split(/(?<=[,;:—–])\s+/), (piece) => split(piece, 'word')]));
}

/** Cuts by the first of the ways that applies, and joins what fits together. */
function smaller(piece: string, fits: (piece: string) => boolean, ways: readonly ((piece: string) => string[])[]): string[] {
  if (fits(piece)) return [piece];
  const [way, ...finer] = ways;
  if (way === undefined) {
    throw new AppError('invalid-request', `"${piece.slice(0, 40)}…" is too long for this model to speak at once.`, {
      action: 'Put spaces or punctuation into it.',
    });
  }
  const joint = finer.length > 0 ? ' ' : '';
  const pieces: string[] = [];
  for (const part of way(piece).flatMap((one) => smaller(one, fits, finer))) {
    const joined = pieces.length === 0 ? part : `${pieces.at(-1) ?? ''}${joint}${part}`;
    if (pieces.length > 0 && fits(joined)) pieces[pieces.length - 1] = joined;
    else pieces.push(part);
  }
  return pieces.map((one) => one.trim()).filter((one) => one !== '');
}

export function joinedWithRests(spoken: readonly Float32Array[], sampleRate: number): Float32Array {
  const rest = Math.round(restS * sampleRate);
  const joined = new Float32Array(spoken.reduce((sum, { length }) => sum + length, 0) + rest * Math.max(0, spoken.length - 1));
  let at = 0;
  for (const piece of spoken) {
    joined.set(piece, at);
    at += piece.length + rest;
  }
  return joined;
}
