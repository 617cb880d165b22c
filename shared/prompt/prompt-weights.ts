/**
 * Emphasis in prompts, as AUTOMATIC1111's prompt_parser reads it: (word) weighs 1.1, (word:1.3) weighs 1.3, [word] weighs
 * 1/1.1, nested ones multiply, \( \) \[ \] \\ are plain characters, and BREAK in capitals begins a new chunk. A bracket that is
 * never closed holds to the end; one that was never opened is plain text.
 *
 * What a weight does (models/components/diffusion/text-encoder.ts): the encoder's states of the token are multiplied by it, and
 * then all states of the chunk by one number that gives them their mean back, so that the prompt as a whole stays as loud.
 */

export type PromptPart = { kind: 'text'; text: string; weight: number } | { kind: 'break' };

const roundWeight = 1.1;
const squareWeight = 1 / 1.1;
/** A weight that reads as a number but is none that a model bears is cut to this. */
const largestWeight = 10;

const pieces = /\\[()[\]\\]|\\|\(|\[|:\s*([+-]?(?:\d+\.?\d*|\.\d+))\s*\)|\)|\]|[^\\()[\]:]+|:/g;
const breakWord = /\s*\bBREAK\b\s*/;

/** Texts with their weights, in order; neighbours of equal weight are one. An empty prompt has no parts. */
export function parsePromptWeights(prompt: string): PromptPart[] {
  const parts: PromptPart[] = [];
  const round: number[] = [];
  const square: number[] = [];
  const multiply = (from: number, by: number): void => {
    for (let index = from; index < parts.length; index += 1) {
      const part = parts[index];
      if (part?.kind === 'text') part.weight *= by;
    }
  };
  const say = (text: string): void => {
    if (text !== '') parts.push({ kind: 'text', text, weight: 1 });
  };
  for (const match of prompt.matchAll(pieces)) {
    const [piece, weight] = match;
    if (piece === '(') round.push(parts.length);
    else if (piece === '[') square.push(parts.length);
    else if (weight !== undefined && round.length > 0) multiply(round.pop() ?? 0, clamped(Number(weight)));
    else if (piece === ')' && round.length > 0) multiply(round.pop() ?? 0, roundWeight);
    else if (piece === ']' && square.length > 0) multiply(square.pop() ?? 0, squareWeight);
    else if (piece.startsWith('\\')) say(piece.length === 1 ? piece : piece.slice(1));
    else {
      for (const [index, text] of piece.split(breakWord).entries()) {
        if (index > 0) parts.push({ kind: 'break' });
        say(text);
      }
    }
  }
  holdToTheEnd(parts, round, roundWeight);
  holdToTheEnd(parts, square, squareWeight);
  return merged(parts);
}

/** Brackets never closed, in one sweep: thousands of them must not take a long time. `starts` rises. */
function holdToTheEnd(parts: readonly PromptPart[], starts: readonly number[], by: number): void {
  let open = 0;
  let factor = 1;
  for (const [index, part] of parts.entries()) {
    for (; open < starts.length && (starts[open] ?? 0) <= index; open += 1) factor *= by;
    if (part.kind === 'text') part.weight *= factor;
  }
}

const clamped = (weight: number): number => Math.min(largestWeight, Math.max(-largestWeight, weight));

function merged(parts: readonly PromptPart[]): PromptPart[] {
  const result: PromptPart[] = [];
  for (const part of parts) {
    const last = result.at(-1);
    if (part.kind === 'text' && last?.kind === 'text' && last.weight === part.weight) last.text += part.text;
    else result.push(part);
  }
  return result;
}
