import { describe, expect, it } from 'vitest';
import { parsePromptWeights } from './prompt-weights.ts';

const pairs = (prompt: string): unknown[] =>
  parsePromptWeights(prompt).map((part) => (part.kind === 'break' ? 'BREAK' : [part.text, Number(part.weight.toFixed(6))]));

describe('emphasis', () => {
  // The examples of AUTOMATIC1111's prompt_parser.py.
  it.each([
    ['normal text', [['normal text', 1]]],
    [
      'an (important) word',
      [
        ['an ', 1],
        ['important', 1.1],
        [' word', 1],
      ],
    ],
    ['(unbalanced', [['unbalanced', 1.1]]],
    ['\\(literal\\]', [['(literal]', 1]]],
    ['(unnecessary)(parens)', [['unnecessaryparens', 1.1]]],
    [
      'a (((house:1.3)) [on] a (hill:0.5), sun, (((sky))).',
      [
        ['a ', 1],
        ['house', 1.573],
        [' ', 1.1],
        ['on', 1],
        [' a ', 1.1],
        ['hill', 0.55],
        [', sun, ', 1.1],
        ['sky', 1.4641],
        ['.', 1.1],
      ],
    ],
  ])('reads %s', (prompt, expected) => expect(pairs(prompt)).toEqual(expected));

  it.each([
    ['', []],
    [')', [[')', 1]]],
    ['a ] b', [['a ] b', 1]]],
    ['ratio 16:9', [['ratio 16:9', 1]]],
    ['16:9)', [['16:9)', 1]]],
    ['(a: b:1.2)', [['a: b', 1.2]]],
    ['(a: 1.2 )', [['a', 1.2]]],
    ['(a:.5)', [['a', 0.5]]],
    ['(a:0)', [['a', 0]]],
    ['(a:-1)', [['a', -1]]],
    ['(a:1.2.3)', [['a:1.2.3', 1.1]]],
    ['(a:999)', [['a', 10]]],
    ['[[a]]', [['a', 0.826446]]],
    ['[a:1.3)', [['a:1.3)', 0.909091]]],
    ['C:\\dir', [['C:\\dir', 1]]],
    [
      '\\\\(a\\\\)',
      [
        ['\\', 1],
        ['a\\', 1.1],
      ],
    ],
  ])('reads %s', (prompt, expected) => expect(pairs(prompt)).toEqual(expected));

  it('breaks only at the whole word in capitals, and keeps weights across it', () => {
    expect(pairs('a BREAK b')).toEqual([['a', 1], 'BREAK', ['b', 1]]);
    expect(pairs('(a BREAK b:1.5)')).toEqual([['a', 1.5], 'BREAK', ['b', 1.5]]);
    expect(pairs('BREAKFAST break')).toEqual([['BREAKFAST break', 1]]);
  });

  it('takes time in proportion to the prompt', () => {
    const timeOf = (count: number): number => {
      const before = performance.now();
      parsePromptWeights('('.repeat(count) + ':'.repeat(count));
      return performance.now() - before;
    };
    timeOf(500);
    expect(timeOf(100_000)).toBeLessThan(5_000);
  });
});
