import { describe, expect, it } from 'vitest';
import { hasWildcards, resolveWildcards, seededRandom, splitTopLevel } from './wildcards.ts';

const lists = {
  colour: ['red', 'green', '# not this one', '', 'blue'],
  thing: ['__colour__ apple', '{oak|pine} tree'],
  itself: ['again __itself__'],
  'art/medium': ['oil'],
};
const resolved = (template: string, seed: number): string => resolveWildcards(template, lists, seed).text;
const over = (template: string, count = 400): string[] => Array.from({ length: count }, (_, seed) => resolved(template, seed));

describe('wildcards', () => {
  it('are the same for the same seed, and differ between seeds', () => {
    expect(resolved('a __colour__ {cat|dog|bird}', 31)).toBe(resolved('a __colour__ {cat|dog|bird}', 31));
    expect(new Set(over('a __colour__ {cat|dog|bird}'))).toEqual(
      new Set(['red', 'green', 'blue'].flatMap((colour) => ['cat', 'dog', 'bird'].map((animal) => `a ${colour} ${animal}`))),
    );
  });

  it('choose evenly, or as the weights say', () => {
    const red = over('__colour__', 3000).filter((text) => text === 'red').length;
    expect(red).toBeGreaterThan(900);
    expect(red).toBeLessThan(1100);
    const often = over('{3::a|b}', 4000).filter((text) => text === 'a').length;
    expect(often / 4000).toBeCloseTo(0.75, 1);
    expect(new Set(over('{0::a|b}'))).toEqual(new Set(['b']));
  });

  it('take several without repeating, joined as asked', () => {
    for (const text of over('{2$$a|b|c}', 60)) {
      const parts = text.split(', ');
      expect(new Set(parts).size).toBe(2);
    }
    expect(new Set(over('{2$$ and $$a|b}'))).toEqual(new Set(['a and b', 'b and a']));
    expect(new Set(over('{1-2$$a|b}').map((text) => text.split(', ').length))).toEqual(new Set([1, 2]));
    expect(new Set(over('{-1$$a|b}'))).toEqual(new Set(['', 'a', 'b']));
    expect(resolved('{9$$a|b}', 1).split(', ').sort()).toEqual(['a', 'b']);
  });

  it('nest, in lists and in alternatives', () => {
    expect(new Set(over('{__colour__|{x|y} z}'))).toEqual(new Set(['red', 'green', 'blue', 'x z', 'y z']));
    expect(new Set(over('__thing__'))).toEqual(new Set(['red apple', 'green apple', 'blue apple', 'oak tree', 'pine tree']));
    expect(resolved('__art/medium__ painting', 5)).toBe('oil painting');
  });

  it('name the lists that are missing, and end when a list names itself', () => {
    expect(resolveWildcards('a __nothing__ and __colours__', lists, 1)).toEqual({
      text: 'a __nothing__ and __colours__',
      missing: ['nothing', 'colours'],
    });
    const endless = resolveWildcards('__itself__', lists, 1);
    expect(endless.missing).toEqual(['itself']);
    expect(endless.text.length).toBeLessThan(1000);
  });

  it('leave weights, unclosed braces and escaped characters alone', () => {
    expect(resolved('(red apple:1.3), [dark] BREAK {open', 1)).toBe('(red apple:1.3), [dark] BREAK {open');
    expect(resolved('\\{a|b\\} \\__colour__', 1)).toBe('{a|b} __colour__');
    expect(resolved('{(red|dark:1.2)|(red|dark:1.2)}', 1)).toBe('(red|dark:1.2)');
  });

  it('are known without resolving them', () => {
    for (const template of ['{a|b}', 'x __colour__', '__a_b__']) expect(hasWildcards(template)).toBe(true);
    for (const template of ['', 'a (b:1.2) | c', '\\{a', '_ __ ___', '\\__a__']) expect(hasWildcards(template)).toBe(false);
  });
});

describe('the numbers behind them', () => {
  it('spread evenly from 0 up to 1', () => {
    const random = seededRandom(0);
    const first = [random(), random(), random()];
    expect(first.every((value) => value >= 0 && value < 1)).toBe(true);
    expect(new Set(first).size).toBe(3);
    const many = seededRandom(99);
    const mean = Array.from({ length: 10_000 }, () => many()).reduce((sum, value) => sum + value, 0) / 10_000;
    expect(mean).toBeCloseTo(0.5, 1);
  });
});

it('splits at the outermost bars only', () => {
  expect(splitTopLevel('a|(b|c)|{d|e}|[f|g]|h\\|i')).toEqual(['a', '(b|c)', '{d|e}', '[f|g]', 'h\\|i']);
});
