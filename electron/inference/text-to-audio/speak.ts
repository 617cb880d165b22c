/** A whole text, piece by piece. */
import { AppError } from '../../../shared/contract/errors.ts';
import { joinedWithRests, piecesOf } from './narration.ts';
import { lengthOf, tokensOf, type Run, type Tokens } from './opened-pack.ts';

export interface Speaker {
  /** Tokens that are there whatever the text is: starts, ends, a lone blank. */
  emptyTokens: number;
  longestTokens: number;
  /** Before tokens are made; usually the text itself. */
  written?: (text: string) => string;
  /** @param share tells how far the piece is, 0..1 */
  speak: (tokens: Tokens, share: (done: number) => void) => Promise<Float32Array>;
}

/** Progress is told in thousandths, weighted by the pieces' lengths. */
const steps = 1000;

/** @throws invalid-request for text of which the model knows nothing */
export async function narrated(run: Run, { emptyTokens, longestTokens, written = (text) => text, speak }: Speaker): Promise<Float32Array> {
  const tokens = (text: string): Tokens => tokensOf(run, written(text));
  const pieces = piecesOf(run.params.text, (piece) => lengthOf(tokens(piece)) <= longestTokens);
  const speakable = pieces.map((text) => ({ text, tokens: tokens(text) })).filter((piece) => lengthOf(piece.tokens) > emptyTokens);
  if (speakable.length === 0) {
    throw new AppError('invalid-request', 'This voice cannot read any of the text’s characters.', {
      action: 'Write it in the language and the letters that the model was made for.',
    });
  }
  const all = speakable.reduce((sum, { text }) => sum + text.length, 0);
  const spoken: Float32Array[] = [];
  let done = 0;
  for (const { text, tokens: own } of speakable) {
    const share = (part: number): void => run.onProgress(Math.min(steps, Math.round((steps * (done + text.length * part)) / all)), steps);
    spoken.push(await speak(own, share));
    done += text.length;
    run.onProgress(Math.round((steps * done) / all), steps);
  }
  return joinedWithRests(spoken, run.access.convention.sampleRate);
}
