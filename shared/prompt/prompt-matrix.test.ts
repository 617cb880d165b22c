import { describe, expect, it } from 'vitest';
import { matrixPrompts, matrixSize } from './prompt-matrix.ts';

describe('the prompt matrix', () => {
  it('combines the parts after the first in every way, the plain one first', () => {
    expect(matrixPrompts('a busy street | illustration | cinematic lighting')).toEqual([
      'a busy street',
      'a busy street, illustration',
      'a busy street, cinematic lighting',
      'a busy street, illustration, cinematic lighting',
    ]);
  });

  it('is one prompt without bars; empty parts are none', () => {
    expect(matrixPrompts('a street')).toEqual(['a street']);
    expect(matrixPrompts('a||b')).toEqual(['a', 'a, b']);
    expect(matrixPrompts('|a|b')).toEqual(['', 'a', 'b', 'a, b']);
  });

  it('leaves alternatives and weights whole', () => {
    expect(matrixPrompts('a {red|blue} house|(snow|ice:1.2)')).toEqual(['a {red|blue} house', 'a {red|blue} house, (snow|ice:1.2)']);
  });

  it.each(['a', 'a|b', 'a|b|c|d', 'a||b', '|a', 'a {b|c}|d'])('counts %s without making it', (template) => {
    expect(matrixSize(template)).toBe(matrixPrompts(template).length);
  });

  it('refuses what would never end', () => {
    const template = Array.from({ length: 40 }, (_, index) => `part ${String(index)}`).join('|');
    expect(matrixSize(template)).toBe(2 ** 39);
    expect(() => matrixPrompts(template)).toThrow(RangeError);
  });
});
