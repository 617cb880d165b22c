import { describe, expect, it } from 'vitest';
import { reweigh, type Selected } from './generate-weights.ts';

/** "a [red] apple": the selection is between the brackets; "re|d" is a caret. */
function box(marked: string): Selected {
  const caret = marked.indexOf('|');
  if (caret >= 0) return { text: marked.replace('|', ''), start: caret, end: caret };
  return { text: marked.replace(/[[\]]/g, ''), start: marked.indexOf('['), end: marked.indexOf(']') - 1 };
}
const shown = ({ text, start, end }: Selected): string => `${text.slice(0, start)}[${text.slice(start, end)}]${text.slice(end)}`;

describe('weights by keyboard', () => {
  it('weigh the selection, or the word at the caret', () => {
    expect(shown(reweigh(box('a [red apple] icon'), 1))).toBe('a ([red apple]:1.1) icon');
    expect(shown(reweigh(box('a re|d apple'), 1))).toBe('a ([red]:1.1) apple');
    expect(shown(reweigh(box('a [red ]apple'), -1))).toBe('a ([red]:0.9) apple');
  });

  it('go on from the weight that is there, and take it away at 1', () => {
    const once = reweigh(box('[apple]'), 1);
    const twice = reweigh(once, 1);
    expect(shown(twice)).toBe('([apple]:1.2)');
    expect(shown(reweigh(reweigh(twice, -1), -1))).toBe('[apple]');
    expect(shown(reweigh(box('(ap|ple:1.25), tree'), 1))).toBe('([apple]:1.35), tree');
  });

  it('stay between 0 and 3, and leave empty places alone', () => {
    expect(reweigh(box('([apple]:3)'), 1).text).toBe('(apple:3)');
    expect(reweigh(box('([apple]:0)'), -1).text).toBe('(apple:0)');
    expect(reweigh(box('a, | b'), 1).text).toBe('a,  b');
  });
});
