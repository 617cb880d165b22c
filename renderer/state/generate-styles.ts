/** Prompt templates: words that go around what the user asks for, and words that go to the negative prompt. */

export interface PromptStyle {
  name: string;
  /** `{prompt}` is where the user's words go; without it they go before. */
  prompt: string;
  negative: string;
}

/** Written so that small models of icons and patterns understand them as well as Stable Diffusion does. */
export const builtInStyles: readonly PromptStyle[] = [
  { name: 'Icon', prompt: '{prompt} icon', negative: 'photo, text' },
  { name: 'Sticker', prompt: '{prompt} icon, sticker with a white outline', negative: 'photo, text' },
  { name: 'Pixel art', prompt: 'pixel art {prompt}', negative: 'blurry, photo' },
  { name: 'Seamless pattern', prompt: '{prompt} pattern', negative: 'frame, border' },
  { name: 'Texture', prompt: '{prompt} texture', negative: 'frame, text' },
  { name: 'Gradient', prompt: '{prompt} gradient', negative: 'text' },
  { name: 'Photograph', prompt: 'photograph of {prompt}, natural light, sharp focus', negative: 'painting, drawing, blurry' },
  { name: 'Watercolour', prompt: 'watercolour painting of {prompt}, on paper', negative: 'photo, harsh outlines' },
  { name: 'Ink drawing', prompt: 'ink drawing of {prompt}, black lines on white', negative: 'photo, colourful' },
];

const place = /\{prompt\}/g;

export function applyStyle(style: PromptStyle | null, prompt: string, negative: string): { prompt: string; negative: string } {
  if (style === null) return { prompt, negative };
  const template = style.prompt.trim();
  const styled = template.includes('{prompt}') ? template.replace(place, () => prompt.trim()) : join(prompt, template);
  return { prompt: styled.replace(/^[\s,]+|[\s,]+$/g, ''), negative: join(negative, style.negative) };
}

function join(first: string, second: string): string {
  return [first.trim(), second.trim()].filter((part) => part !== '').join(', ');
}
