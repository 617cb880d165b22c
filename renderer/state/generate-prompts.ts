/** Prompts that were used: newest first, each once. */
import { z } from 'zod';

export const pastPromptSchema = z.object({ prompt: z.string().max(10_000), negativePrompt: z.string().max(10_000) });
export type PastPrompt = z.infer<typeof pastPromptSchema>;
export const mostPastPrompts = 200;
export const pastPromptsSchema = z.array(pastPromptSchema).max(mostPastPrompts);

export function withPrompt(past: readonly PastPrompt[], used: PastPrompt): PastPrompt[] {
  if (used.prompt.trim() === '') return [...past];
  const others = past.filter(({ prompt, negativePrompt }) => prompt !== used.prompt || negativePrompt !== used.negativePrompt);
  return [used, ...others].slice(0, mostPastPrompts);
}

/** Every word must be in it. */
export function matchingPrompts(past: readonly PastPrompt[], search: string): PastPrompt[] {
  const words = search
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
  return past.filter(({ prompt, negativePrompt }) => {
    const text = `${prompt} ${negativePrompt}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
}

/**
 * Titles of generations are the first 200 characters of their prompts: those that the remembered prompts do not cover already.
 * @param titles newest first
 */
export function uncovered<Item extends { title: string }>(titles: readonly Item[], past: readonly PastPrompt[]): Item[] {
  const known = new Set(past.map(({ prompt }) => beginning(prompt)));
  return titles.filter(({ title }) => {
    const key = beginning(title);
    if (key === '' || known.has(key)) return false;
    known.add(key);
    return true;
  });
}

const beginning = (text: string): string => text.replace(/\s+/g, ' ').trim().slice(0, 200).toLowerCase();
