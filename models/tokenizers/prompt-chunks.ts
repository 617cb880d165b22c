/** A prompt to the chunks of ids an encoder reads: BOS, up to 75 tokens, EOS, padding. */
import type { PromptPart } from '../../shared/prompt/prompt-weights.ts';
import type { ClipTokenizer } from './clip-tokenizer.ts';

/** A word of the prompt that stands for learned vectors. */
export interface EmbeddingWord {
  word: string;
  /** One id a vector, of rows that the graph's token table has for them. */
  ids: readonly number[];
}

export interface PromptChunk {
  /** `tokenizer.length` ids. */
  ids: number[];
  /** One for each id; null: all are exactly 1. */
  weights: Float32Array | null;
}

export interface ChunkedPrompt {
  /** At least one. */
  chunks: PromptChunk[];
  /** Tokens as the prompt's author counts them: without BOS, EOS and padding. */
  tokens: number;
}

/** What a cut leaves whole. */
interface Unit {
  ids: number[];
  weight: number;
}

type Room = Pick<ClipTokenizer, 'bos' | 'eos' | 'pad' | 'length'>;

/** One chunk of nothing but BOS, EOS and padding. */
export function emptyChunk({ bos, eos, pad, length }: Room): PromptChunk {
  return { ids: [bos, eos, ...new Array<number>(length - 2).fill(pad)], weights: null };
}

/**
 * Chunks of 75 tokens. Plain text is cut wherever the 75 are full; a weighted word and an embedding go to the next chunk whole.
 * BREAK ends a chunk; where one has just begun it does nothing.
 */
export function chunkPrompt(
  parts: readonly PromptPart[],
  tokenizer: Pick<ClipTokenizer, 'bos' | 'eos' | 'pad' | 'length' | 'encode' | 'endsWord'>,
  embeddings: readonly EmbeddingWord[] = [],
): ChunkedPrompt {
  const room = tokenizer.length - 2;
  const chunks: PromptChunk[] = [];
  let ids: number[] = [];
  let weights: number[] = [];
  let tokens = 0;
  const close = (): void => {
    if (ids.length === 0) return;
    chunks.push(filled(ids, weights, tokenizer));
    ids = [];
    weights = [];
  };
  for (const part of parts) {
    if (part.kind === 'break') {
      close();
      continue;
    }
    for (const unit of unitsOf(part, tokenizer, embeddings)) {
      tokens += unit.ids.length;
      if (ids.length + unit.ids.length > room && unit.ids.length <= room) close();
      for (const id of unit.ids) {
        if (ids.length === room) close();
        ids.push(id);
        weights.push(unit.weight);
      }
    }
  }
  close();
  return { chunks: chunks.length === 0 ? [emptyChunk(tokenizer)] : chunks, tokens };
}

function filled(ids: readonly number[], weights: readonly number[], { bos, eos, pad, length }: Room): PromptChunk {
  const rest = length - 2 - ids.length;
  const even = weights.every((weight) => weight === 1);
  return {
    ids: [bos, ...ids, eos, ...new Array<number>(rest).fill(pad)],
    weights: even ? null : Float32Array.from([1, ...weights, 1, ...new Array<number>(rest).fill(1)]),
  };
}

function* unitsOf(
  { text, weight }: Extract<PromptPart, { kind: 'text' }>,
  tokenizer: Pick<ClipTokenizer, 'encode' | 'endsWord'>,
  embeddings: readonly EmbeddingWord[],
): Iterable<Unit> {
  for (const piece of splitAtWords(text, embeddings)) {
    if (typeof piece !== 'string') {
      yield { ids: [...piece.ids], weight };
      continue;
    }
    let word: number[] = [];
    for (const id of tokenizer.encode(piece)) {
      word.push(id);
      if (weight !== 1 && !tokenizer.endsWord(id)) continue;
      yield { ids: word, weight };
      word = [];
    }
    if (word.length > 0) yield { ids: word, weight };
  }
}

const letter = /[\p{L}\p{N}_]/u;

/** The words of embeddings in a text, and what lies between. Case does not matter; a word inside a longer one is none. */
function* splitAtWords(text: string, embeddings: readonly EmbeddingWord[]): Iterable<string | EmbeddingWord> {
  if (embeddings.length === 0) {
    yield text;
    return;
  }
  // The longest word first: "cat-style" is not "cat" and "-style".
  const byLength = [...embeddings].sort((a, b) => b.word.length - a.word.length);
  const escaped = byLength.map(({ word }) => word.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&'));
  let from = 0;
  for (const match of text.matchAll(new RegExp(escaped.map((word) => `(${word})`).join('|'), 'giu'))) {
    const at = match.index;
    const found = byLength[(match.slice(1) as (string | undefined)[]).findIndex((group) => group !== undefined)];
    if (found === undefined || !standsAlone(text, at, match[0])) continue;
    if (at > from) yield text.slice(from, at);
    yield found;
    from = at + match[0].length;
  }
  if (from < text.length) yield text.slice(from);
}

function standsAlone(text: string, at: number, word: string): boolean {
  const before = text[at - 1] ?? '';
  const after = text[at + word.length] ?? '';
  return !(letter.test(word[0] ?? '') && letter.test(before)) && !(letter.test(word.at(-1) ?? '') && letter.test(after));
}
