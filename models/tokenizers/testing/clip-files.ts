/**
 * CLIP's own vocabulary for tests: the merges of openai/CLIP (MIT, Copyright (c) 2021 OpenAI), compressed, and the vocabulary
 * that follows from them.
 */
import { readFileSync } from 'node:fs';
import { brotliDecompressSync } from 'node:zlib';
import type { TokenizerFiles } from '../clip-tokenizer.ts';

/** The printable character of each byte, in the vocabulary's order. */
function byteSymbols(): string[] {
  const kept = [...Array(256).keys()].filter((byte) => (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174);
  const others = 256 - kept.length;
  return [
    ...kept.map((byte) => String.fromCharCode(byte)),
    ...Array.from({ length: others }, (_value, index) => String.fromCharCode(256 + index)),
  ];
}

/** vocab.json of merges: byte symbols, the same ending a word, the merges joined, BOS and EOS. */
export function vocabularyOf(merges: string): Record<string, number> {
  const bytes = byteSymbols();
  const joined = merges
    .split('\n')
    .slice(1)
    .filter((line) => line !== '')
    .map((line) => line.replace(' ', ''));
  const symbols = [...bytes, ...bytes.map((byte) => `${byte}</w>`), ...joined, '<|startoftext|>', '<|endoftext|>'];
  return Object.fromEntries(symbols.map((symbol, id) => [symbol, id]));
}

/** As in a Stable Diffusion 1.x pack without tokenizer.json. */
export function clipFiles(): TokenizerFiles {
  const merges = brotliDecompressSync(readFileSync(new URL('clip-merges.txt.br', import.meta.url))).toString('utf8');
  return { tokenizer: null, vocabulary: JSON.stringify(vocabularyOf(merges)), merges, config: null, specialTokens: null };
}

/** A vocabulary of the same format with a few merges. */
export function smallFiles(merges: readonly string[] = ['a t</w>', 'c at</w>', 'd o', 'do g</w>']): TokenizerFiles {
  const text = `#version: 0.2\n${merges.join('\n')}\n`;
  return { tokenizer: null, vocabulary: JSON.stringify(vocabularyOf(text)), merges: text, config: null, specialTokens: null };
}
