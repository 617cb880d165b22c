/** A clip's takes as a list: each is a whole score under a name. Every change gives a new list. */
import type { ClipTake } from '../../../shared/domain/clip.ts';
import type { ScoreRequest } from '../../../shared/domain/generation.ts';
import type { AssetHash, GenerationId } from '../../../shared/domain/ids.ts';
import { barsOf, type Score } from '../../../shared/music/score.ts';
import { barsInWords } from './regions.ts';

export const mostTakes = 500;

/** After the highest number so far, so that a name never comes twice, also when takes were deleted. */
export function nextTakeNumber(takes: readonly ClipTake[]): number {
  return takes.reduce((highest, { name }) => Math.max(highest, Number(/^Take (\d+)/.exec(name)?.[1] ?? 0)), 0) + 1;
}

const written = { harmony: 'harmonised', bass: 'bass line', piano: 'piano', drums: 'drums' } as const;

/**
 * "Take 3, bars 5–6": what a result is called at first.
 * @param part of several outputs of one run, from 0
 */
export function takeName(
  number: number,
  { params }: Pick<ScoreRequest, 'params'>,
  input: Score | null,
  part: { index: number; of: number },
): string {
  const take = `Take ${String(number)}`;
  switch (params.mode) {
    case 'generate':
      return take;
    case 'continue':
      return `${take}, ${params.bars === 1 ? 'one bar' : `${String(params.bars)} bars`} more`;
    case 'fill': {
      const bars =
        input === null
          ? []
          : barsOf(input).filter(({ start, end }) => params.regions.some((region) => region.start < end && region.end > start));
      return bars.length === 0 ? take : `${take}, ${barsInWords(bars.map(({ index }) => index))}`;
    }
    case 'accompany':
      return `${take}, ${written[params.write]}`;
    case 'vary':
      return `${take}, varied ${String(Math.round(params.amount * 100))} %`;
    case 'morph':
      return `${take}, step ${String(part.index + 1)} of ${String(part.of)}`;
    case 'map':
      return `${take}, from the map`;
    case 'humanise':
      return `${take}, humanised`;
  }
}

/** Puts a take right after another one, or last. The oldest go when there are too many. */
export function withTake(takes: readonly ClipTake[], take: ClipTake, after: string | null = null): ClipTake[] {
  const at = after === null ? -1 : takes.findIndex(({ id }) => id === after);
  const list = at === -1 ? [...takes, take] : [...takes.slice(0, at + 1), take, ...takes.slice(at + 1)];
  return list.slice(-mostTakes);
}

export const withoutTake = (takes: readonly ClipTake[], id: string): ClipTake[] => takes.filter((take) => take.id !== id);

/** An empty name changes nothing. */
export function withName(takes: readonly ClipTake[], id: string, name: string): ClipTake[] {
  const wanted = name.trim().slice(0, 200);
  return takes.map((take) => (take.id === id && wanted !== '' ? { ...take, name: wanted } : take));
}

/** The take `by` places further, round the end; the first when none is chosen; null when there are none. */
export function takeBeside(takes: readonly ClipTake[], chosen: string | null, by: number): ClipTake | null {
  if (takes.length === 0) return null;
  const at = takes.findIndex(({ id }) => id === chosen);
  return (at === -1 ? takes[0] : takes[(((at + by) % takes.length) + takes.length) % takes.length]) ?? null;
}

/**
 * What happens to the user's own work when another take is shown: nothing when a take holds it already; a take that was the
 * user's own takes it up; else it becomes a take of its own beside the one it came from.
 * @param score the piece as it stands @param newId for a take that is added
 */
export function keptTakes(
  takes: readonly ClipTake[],
  { score, chosen, newId }: { score: AssetHash; chosen: string | null; newId: string },
): { takes: readonly ClipTake[]; kept: string } {
  const same = takes.find((take) => take.score === score);
  if (same !== undefined) return { takes, kept: same.id };
  const base = takes.find(({ id }) => id === chosen);
  if (base !== undefined && base.generationId === null) {
    return { takes: takes.map((take) => (take === base ? { ...take, score } : take)), kept: base.id };
  }
  const name = base === undefined ? 'My version' : `${base.name}, edited`.slice(0, 200);
  return { takes: withTake(takes, { id: newId, name, score, generationId: null }, base?.id ?? null), kept: newId };
}

/** With one more at the end, once; the longest lists lose their oldest. */
export function withGeneration(madeWith: readonly GenerationId[], id: GenerationId): GenerationId[] {
  return [...madeWith.filter((other) => other !== id), id].slice(-1000);
}
