/**
 * Values of a grid's axis as AUTOMATIC1111's X/Y/Z script writes them: "1, 2, 3", "1-10", "1-10 (+2)", "10-1 (-3)", "0-1 [5]"
 * (five values spread evenly, both ends among them). Words are separated by commas; quotes keep commas inside.
 */

/** More values on one axis than this are a slip of the hand. */
export const mostAxisValues = 200;

export class GridError extends Error {}

const number = String.raw`-?\d+(?:\.\d+)?`;
const stepped = new RegExp(String.raw`^(${number})\s*-\s*(${number})(?:\s*\(\s*([+-]?\d+(?:\.\d+)?)\s*\))?$`);
const counted = new RegExp(String.raw`^(${number})\s*-\s*(${number})\s*\[\s*(\d+)\s*\]$`);

/** @throws GridError in words for the user */
export function numberValues(text: string, { whole, min, max }: { whole: boolean; min: number; max: number }): number[] {
  const values: number[] = [];
  for (const part of text.split(',').map((piece) => piece.trim())) {
    if (part === '') continue;
    values.push(...valuesOf(part, whole));
    if (values.length > mostAxisValues) throw new GridError(`That is more than ${String(mostAxisValues)} values on one axis.`);
  }
  if (values.length === 0) throw new GridError('Write at least one value.');
  const outside = values.find((value) => value < min || value > max);
  if (outside !== undefined) throw new GridError(`${String(outside)} is not between ${String(min)} and ${String(max)}.`);
  const broken = whole ? values.find((value) => !Number.isInteger(value)) : undefined;
  if (broken !== undefined) throw new GridError(`${String(broken)} is not a whole number.`);
  return values;
}

function valuesOf(part: string, whole: boolean): number[] {
  if (/^-?\d+(?:\.\d+)?$/.test(part)) return [Number(part)];
  const spread = counted.exec(part);
  if (spread !== null) {
    const [from, to, count] = [Number(spread[1]), Number(spread[2]), Number(spread[3])];
    if (count < 1 || count > mostAxisValues) throw new GridError(`"${part}": between 1 and ${String(mostAxisValues)} values, please.`);
    return Array.from({ length: count }, (_, index) => {
      const value = count === 1 ? from : from + ((to - from) * index) / (count - 1);
      return whole ? Math.trunc(value) : rounded(value);
    });
  }
  const range = stepped.exec(part);
  if (range === null) throw new GridError(`"${part.slice(0, 40)}" is neither a number nor a range such as 1-10 (+2) or 0-1 [5].`);
  const [from, to] = [Number(range[1]), Number(range[2])];
  const step = range[3] === undefined ? (to < from ? -1 : 1) : Number(range[3]);
  if (step === 0 || (to - from) * step < 0) throw new GridError(`"${part}" never ends: the step leads away from ${String(to)}.`);
  const count = Math.floor((to - from) / step + 1e-9) + 1;
  if (count > mostAxisValues) throw new GridError(`"${part}" is more than ${String(mostAxisValues)} values.`);
  return Array.from({ length: count }, (_, index) => rounded(from + index * step));
}

/** Without the dust of binary fractions. */
const rounded = (value: number): number => Number(value.toFixed(6));

/** Words separated by commas or line ends; "a, b" in quotes is one, and a quote inside quotes is written twice. @throws GridError */
export function wordValues(text: string): string[] {
  const words: { text: string; meant: boolean }[] = [];
  let word = '';
  let quoted = false;
  let meant = false;
  const take = (): void => {
    words.push({ text: word.trim(), meant });
    word = '';
    meant = false;
  };
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at] ?? '';
    if (quoted && character === '"' && text[at + 1] === '"') {
      word += '"';
      at += 1;
    } else if (character === '"' && (quoted || word.trim() === '')) {
      quoted = !quoted;
      meant = true;
    } else if (!quoted && (character === ',' || character === '\n')) take();
    else word += character;
  }
  if (quoted) throw new GridError('A quote is never closed.');
  take();
  // Two commas in a row are a slip; "" is meant.
  const found = words.filter((entry) => entry.text !== '' || entry.meant).map((entry) => entry.text);
  if (found.length === 0) throw new GridError('Write at least one value.');
  if (found.length > mostAxisValues) throw new GridError(`That is more than ${String(mostAxisValues)} values on one axis.`);
  return found;
}
