import { describe, expect, it } from 'vitest';
import { parsePromptWeights } from '../../shared/prompt/prompt-weights.ts';
import { createClipTokenizer } from './clip-tokenizer.ts';
import { chunkPrompt, emptyChunk, type ChunkedPrompt, type EmbeddingWord } from './prompt-chunks.ts';
import { clipFiles } from './testing/clip-files.ts';

const clip = createClipTokenizer(clipFiles());
const chunk = (prompt: string, words: readonly EmbeddingWord[] = []): ChunkedPrompt => chunkPrompt(parsePromptWeights(prompt), clip, words);
const [bos, eos, cat] = [49406, 49407, 2368];
const text = (prompt: string): number[][] => chunk(prompt).chunks.map(({ ids }) => ids.slice(1, ids.indexOf(eos)));

describe('chunks', () => {
  it('are BOS, the tokens, EOS and padding: 77', () => {
    const { chunks, tokens } = chunk('a cat');
    expect(chunks).toEqual([{ ids: [bos, 320, cat, eos, ...Array<number>(73).fill(eos)], weights: null }]);
    expect(tokens).toBe(2);
    expect(chunkPrompt(parsePromptWeights('a cat'), { ...clip, pad: 0 }).chunks[0]?.ids.slice(3)).toEqual([
      eos,
      ...Array<number>(73).fill(0),
    ]);
    expect(chunk('')).toEqual({ chunks: [emptyChunk(clip)], tokens: 0 });
  });

  it('hold 75 tokens', () => {
    expect(chunk('cat '.repeat(75)).chunks.length).toBe(1);
    expect(chunk('cat '.repeat(75)).chunks[0]?.ids).toEqual([bos, ...Array<number>(75).fill(cat), eos]);
    expect(text('cat '.repeat(76)).map((ids) => ids.length)).toEqual([75, 1]);
    expect(text('cat '.repeat(160)).map((ids) => ids.length)).toEqual([75, 75, 10]);
  });

  it('break plain text anywhere, but no weighted word', () => {
    const word = clip.encode('squirrelly');
    expect(word.length).toBe(3);
    expect(text(`${'cat '.repeat(74)}squirrelly`)[1]).toEqual(word.slice(1));
    expect(text(`${'cat '.repeat(74)}(squirrelly:1.2)`).map((ids) => ids.length)).toEqual([74, 3]);
    // Longer than a chunk: it has to be cut.
    expect(text(`(${'x'.repeat(400)}:1.2)`).length).toBeGreaterThan(1);
  });

  it('end at BREAK', () => {
    expect(text('a BREAK cat').map((ids) => ids.length)).toEqual([1, 1]);
    expect(text('BREAK a BREAK BREAK cat BREAK')).toEqual([[320], [cat]]);
    expect(text(`${'cat '.repeat(75)}BREAK a`).map((ids) => ids.length)).toEqual([75, 1]);
  });

  it('carry weights for their tokens alone', () => {
    const [first] = chunk('a (cat:1.5) [dog]').chunks;
    expect([...(first?.weights ?? [])].slice(0, 5).map((weight) => Number(weight.toFixed(4)))).toEqual([1, 1, 1.5, 0.9091, 1]);
    expect(chunk('a (cat:1.0)').chunks[0]?.weights).toBeNull();
    expect(chunk('(cat:1.2) BREAK dog').chunks.map(({ weights }) => weights === null)).toEqual([false, true]);
  });
});

describe('embeddings', () => {
  const style: EmbeddingWord = { word: '<my-style>', ids: [7, 8, 9] };
  const plain: EmbeddingWord = { word: 'easynegative', ids: [5] };
  const found = (prompt: string): number[] => chunk(prompt, [plain, style]).chunks[0]?.ids.filter((id) => id < 10) ?? [];

  it('stand where their words stand, whatever the case', () => {
    expect(chunk('a <my-style>, cat', [style]).chunks[0]?.ids.slice(1, 7)).toEqual([320, 7, 8, 9, 267, cat]);
    expect(found('EasyNegative, (<MY-STYLE>:1.2)')).toEqual([5, 7, 8, 9]);
    expect(found('easynegatives uneasynegative easynegative2')).toEqual([]);
    expect(found('(easynegative:0.8)')).toEqual([5]);
  });

  it('are never cut', () => {
    const { chunks, tokens } = chunk(`${'cat '.repeat(74)}<my-style>`, [style]);
    expect(chunks.map(({ ids }) => ids.indexOf(eos) - 1)).toEqual([74, 3]);
    expect(tokens).toBe(77);
  });

  it('take the longest of two words that begin alike, and words with special characters', () => {
    const words = [
      { word: 'cat', ids: [1] },
      { word: 'cat-girl', ids: [2] },
      { word: 'c++ (x)', ids: [3] },
    ];
    const ids = chunk('cat-girl cat c++ \\(x\\)', words).chunks[0]?.ids.filter((id) => id < 10);
    expect(ids).toEqual([2, 1, 3]);
  });
});
