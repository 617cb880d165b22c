import { describe, expect, it } from 'vitest';
import { applyStyle, builtInStyles } from './generate-styles.ts';

describe('prompt styles', () => {
  it('put the words in their place, and add to the negative prompt', () => {
    const style = { name: 'x', prompt: 'oil painting of {prompt}, thick', negative: 'photo' };
    expect(applyStyle(style, ' a fox ', 'blurry')).toEqual({ prompt: 'oil painting of a fox, thick', negative: 'blurry, photo' });
    expect(applyStyle(style, 'costs $1', '')).toEqual({ prompt: 'oil painting of costs $1, thick', negative: 'photo' });
    expect(applyStyle({ name: 'x', prompt: 'neon light', negative: '' }, 'a fox', '')).toEqual({
      prompt: 'a fox, neon light',
      negative: '',
    });
    expect(applyStyle(null, ' a fox ', 'b')).toEqual({ prompt: ' a fox ', negative: 'b' });
  });

  it('all say where the words go, once', () => {
    for (const { prompt } of builtInStyles) expect(prompt.split('{prompt}')).toHaveLength(2);
    expect(new Set(builtInStyles.map(({ name }) => name)).size).toBe(builtInStyles.length);
  });
});
