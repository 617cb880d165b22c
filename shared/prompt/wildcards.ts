/**
 * Wildcards in prompts, in the syntax people know from Dynamic Prompts: `__colour__` takes a line of a list, `{a|b|c}` one of
 * its alternatives, `{2$$a|b|c}` two of them, `{1-3$$ and $$a|b|c}` one to three joined by " and ", `{3::a|b}` makes a three times
 * as likely. They nest. `\{`, `\|` and `\}` are the characters themselves, `\__` starts no wildcard.
 */

/** List name to its lines; empty lines and those that start with # are left out. */
export type WildcardLists = Readonly<Record<string, readonly string[]>>;

export interface ResolvedPrompt {
  text: string;
  /** Names of lists that do not exist or are empty; their wildcards stay in the text as typed. */
  missing: readonly string[];
}

/** Lists may name lists; deeper than this they name themselves. */
const mostNesting = 20;
/** A prompt that grows beyond this is no prompt. */
const longestText = 10_000;
const wildcard = /^__([\p{L}\p{N}][\p{L}\p{N} /.-]*(?:_[\p{L}\p{N} /.-]+)*)__/u;

/** splitmix32: the same sequence for the same seed everywhere. Numbers of 0 up to 1. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x9e37_79b9) >>> 0;
    let mixed = state ^ (state >>> 16);
    mixed = Math.imul(mixed, 0x21f0_aaad);
    mixed ^= mixed >>> 15;
    mixed = Math.imul(mixed, 0x735a_2d97);
    mixed ^= mixed >>> 15;
    return (mixed >>> 0) / 2 ** 32;
  };
}

/** Whether resolving would change anything: whether different seeds can give different prompts. */
export function hasWildcards(template: string): boolean {
  for (let at = 0; at < template.length; at += 1) {
    if (template[at] === '\\') at += 1;
    else if (template[at] === '{' || wildcard.test(template.slice(at, at + 200))) return true;
  }
  return false;
}

/**
 * Chooses by the seed: the same template, lists and seed give the same prompt.
 * @param seed unsigned 32-bit
 */
export function resolveWildcards(template: string, lists: WildcardLists, seed: number): ResolvedPrompt {
  const random = seededRandom(seed);
  const missing = new Set<string>();
  const text = resolve(template, { lists, random, missing }, 0).slice(0, longestText);
  return { text: text.replace(/[ \t]{2,}/g, ' ').trim(), missing: [...missing] };
}

interface Context {
  lists: WildcardLists;
  random: () => number;
  missing: Set<string>;
}

function resolve(template: string, context: Context, depth: number): string {
  let text = '';
  for (let at = 0; at < template.length && text.length < longestText;) {
    const character = template.charAt(at);
    if (character === '\\' && /^\\(?:[{}|]|__)/.test(template.slice(at, at + 3))) {
      const kept = template.startsWith('__', at + 1) ? '__' : template.charAt(at + 1);
      text += kept;
      at += 1 + kept.length;
      continue;
    }
    if (character === '{') {
      const end = closingBrace(template, at);
      if (end !== null) {
        text += alternatives(template.slice(at + 1, end), context, depth);
        at = end + 1;
        continue;
      }
    }
    const named = character === '_' ? wildcard.exec(template.slice(at, at + 200)) : null;
    if (named !== null) {
      text += fromList(named[0], named[1] ?? '', context, depth);
      at += named[0].length;
      continue;
    }
    text += character;
    at += 1;
  }
  return text;
}

function fromList(typed: string, name: string, context: Context, depth: number): string {
  const lines = linesOf(context.lists, name);
  if (lines.length === 0 || depth >= mostNesting) {
    context.missing.add(name);
    return typed;
  }
  return resolve(lines[Math.floor(context.random() * lines.length)] ?? '', context, depth + 1);
}

function linesOf(lists: WildcardLists, name: string): readonly string[] {
  const wanted = name.trim().toLowerCase();
  const found = Object.entries(lists).find(([other]) => other.toLowerCase() === wanted);
  return (found?.[1] ?? []).map((line) => line.trim()).filter((line) => line !== '' && !line.startsWith('#'));
}

/** `{2$$a|b}`: how many and with what between them, then the alternatives. */
function alternatives(inside: string, context: Context, depth: number): string {
  const head = /^(\d+)?(-)?(\d+)?\$\$/.exec(inside);
  const counted = head !== null && (head[1] !== undefined || head[3] !== undefined) ? head : null;
  let rest = counted === null ? inside : inside.slice(counted[0].length);
  let between = ', ';
  if (counted !== null) {
    const separator = /^([^|{}]*?)\$\$/.exec(rest);
    if (separator !== null) {
      between = separator[1] ?? between;
      rest = rest.slice(separator[0].length);
    }
  }
  const options = splitTopLevel(rest).map(weighted);
  const low = counted === null ? 1 : Number(counted[1] ?? (counted[2] === undefined ? counted[3] : 0));
  const high = counted === null ? 1 : counted[2] === undefined ? low : Number(counted[3] ?? options.length);
  const [fewest, most] = [Math.min(low, high), Math.min(Math.max(low, high), options.length)];
  const count = fewest + Math.floor(context.random() * (Math.max(fewest, most) - fewest + 1));
  const chosen: string[] = [];
  const left = [...options];
  while (chosen.length < count && left.length > 0) {
    const [option] = left.splice(pick(left, context.random()), 1);
    if (option !== undefined) chosen.push(resolve(option.text, context, depth + 1).trim());
  }
  return counted === null ? (chosen[0] ?? '') : chosen.filter((one) => one !== '').join(between);
}

interface Option {
  text: string;
  weight: number;
}

function weighted(option: string): Option {
  const given = /^\s*(\d+(?:\.\d+)?)::/.exec(option);
  return given === null ? { text: option, weight: 1 } : { text: option.slice(given[0].length), weight: Number(given[1]) };
}

function pick(options: readonly Option[], at: number): number {
  const total = options.reduce((sum, { weight }) => sum + weight, 0);
  if (total <= 0) return Math.floor(at * options.length);
  let left = at * total;
  for (const [index, { weight }] of options.entries()) {
    left -= weight;
    if (left < 0) return index;
  }
  return options.length - 1;
}

function closingBrace(text: string, open: number): number | null {
  let depth = 0;
  for (let at = open; at < text.length; at += 1) {
    const character = text[at];
    if (character === '\\') at += 1;
    else if (character === '{') depth += 1;
    else if (character === '}') {
      depth -= 1;
      if (depth === 0) return at;
    }
  }
  return null;
}

/** Splits at `|` outside every bracket: (a|b), [a|b] and {a|b} stay whole. */
export function splitTopLevel(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let part = '';
  for (let at = 0; at < text.length; at += 1) {
    const character = text.charAt(at);
    if (character === '\\' && at + 1 < text.length) {
      part += character + text.charAt(at + 1);
      at += 1;
      continue;
    }
    if ('{(['.includes(character)) depth += 1;
    else if ('})]'.includes(character)) depth = Math.max(0, depth - 1);
    if (character === '|' && depth === 0) {
      parts.push(part);
      part = '';
    } else part += character;
  }
  return [...parts, part];
}
