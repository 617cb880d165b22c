import { describe, expect, it } from 'vitest';
import { loraOf } from '../diffusion-flags.ts';
import { seedFlag } from '../requests.ts';
import { resultsOf, slugOf } from './generate.ts';

describe('pictures from words on the command line', () => {
  it('names files after the prompt and the seed', () => {
    expect(slugOf('A (red:1.3) apple, icon!')).toBe('a-red-1-3-apple-icon');
    expect(slugOf('Äpfel  ../../etc')).toBe('apfel-etc');
    expect(slugOf('naïve 猫 हिन्दी 🍎')).toBe('naive-猫-हिन्दी');
    expect(slugOf('???')).toBe('picture');
    expect(resultsOf(['red apple'], 1, 7, undefined)[0]?.out).toMatch(/[/\\]red-apple-7\.png$/);
    expect(resultsOf(['red apple'], 1, 7, 'x.webp')[0]?.out).toMatch(/[/\\]x\.webp$/);
  });

  it('gives every prompt the same row of seeds, and never two pictures one name', () => {
    const wanted = resultsOf(['a', 'a', 'b'], 2, 0xffff_ffff, 'folder');
    expect(wanted.map(({ seed }) => seed)).toEqual([0xffff_ffff, 0, 0xffff_ffff, 0, 0xffff_ffff, 0]);
    expect(new Set(wanted.map(({ out }) => out)).size).toBe(6);
    expect(new Set(wanted.map(({ file }) => file)).size).toBe(6);
  });

  it('refuses one file for several pictures and formats it cannot write', () => {
    expect(() => resultsOf(['a'], 2, 0, 'x.png')).toThrow(/several pictures/);
    expect(() => resultsOf(['a'], 1, 0, 'x.gif')).toThrow(/cannot write/);
  });

  it('takes no other seed than the one that was asked for', () => {
    expect(seedFlag({ flags: { seed: '4294967295' } })).toBe(0xffff_ffff);
    for (const seed of ['4294967296', '-1', '1.5', '1e99']) expect(() => seedFlag({ flags: { seed } })).toThrow(/--seed is a whole number/);
  });

  it('reads LoRAs with and without a weight', () => {
    expect(loraOf('ink')).toEqual({ packId: 'ink', weight: 1 });
    expect(loraOf('ink:-0.5')).toEqual({ packId: 'ink', weight: -0.5 });
    expect(() => loraOf('ink:9')).toThrow(/between -4 and 4/);
    expect(() => loraOf('../x')).toThrow(/no pack/);
  });
});
