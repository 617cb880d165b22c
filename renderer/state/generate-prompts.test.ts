import { describe, expect, it } from 'vitest';
import { matchingPrompts, mostPastPrompts, uncovered, withPrompt } from './generate-prompts.ts';

const of = (prompt: string, negativePrompt = '') => ({ prompt, negativePrompt });

describe('used prompts', () => {
  it('are kept newest first, once, up to a limit', () => {
    const past = withPrompt(withPrompt(withPrompt([], of('a')), of('b')), of('a'));
    expect(past).toEqual([of('a'), of('b')]);
    expect(withPrompt(past, of('  '))).toEqual(past);
    expect(withPrompt(past, of('a', 'x'))).toHaveLength(3);
    const many = Array.from({ length: mostPastPrompts }, (_, index) => of(String(index)));
    expect(withPrompt(many, of('new'))).toHaveLength(mostPastPrompts);
  });

  it('are found by all their words', () => {
    const past = [of('a red Apple icon'), of('blue marble', 'red')];
    expect(matchingPrompts(past, 'RED')).toHaveLength(2);
    expect(matchingPrompts(past, 'apple red')).toEqual([past[0]]);
    expect(matchingPrompts(past, ' ')).toEqual(past);
  });

  it('leave of the library’s titles those that are not known', () => {
    const titles = ['A  red apple', 'a blue one', 'a blue one', ''].map((title) => ({ title }));
    expect(uncovered(titles, [of('a red apple')])).toEqual([{ title: 'a blue one' }]);
  });
});
