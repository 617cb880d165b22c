/**
 * The prompt matrix as AUTOMATIC1111's script of that name has it: `a house|in snow|at night` keeps the first part and combines
 * the others in every way, with none, one and all of them: four prompts. `|` inside brackets belongs to those.
 */
import { splitTopLevel } from './wildcards.ts';

/** More parts than this and there would be more than 1024 pictures. */
export const mostMatrixParts = 10;

/** How many prompts a matrix stands for, without making them. */
export function matrixSize(template: string): number {
  return 2 ** Math.max(0, parts(template).length - 1);
}

/**
 * Every combination; the first part always stands first, the others keep their order. Combination n holds part k when bit k of n is
 * set, so that the first is the plain one. Parts beyond `mostMatrixParts` are refused.
 * @throws RangeError when there are too many parts
 */
export function matrixPrompts(template: string): string[] {
  const [first = '', ...others] = parts(template);
  if (others.length > mostMatrixParts) throw new RangeError(`A prompt matrix has at most ${String(mostMatrixParts)} parts to combine.`);
  return Array.from({ length: 2 ** others.length }, (_, bits) =>
    [first, ...others.filter((_part, place) => (bits & (1 << place)) !== 0)].filter((part) => part !== '').join(', '),
  );
}

function parts(template: string): string[] {
  const [first = '', ...others] = splitTopLevel(template).map((part) => part.trim());
  return [first, ...others.filter((part) => part !== '')];
}
