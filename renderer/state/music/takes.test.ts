import { describe, expect, it } from 'vitest';
import type { ClipTake } from '../../../shared/domain/clip.ts';
import { scoreRequestSchema, type ScoreRequest } from '../../../shared/domain/generation.ts';
import type { AssetHash, GenerationId } from '../../../shared/domain/ids.ts';
import { emptyScore } from '../../../shared/music/score.ts';
import { keptTakes, nextTakeNumber, takeBeside, takeName, withGeneration, withName, withoutTake, withTake } from './takes.ts';

const hash = (letter: string): AssetHash => letter.repeat(64) as AssetHash;
const generation = '01ARZ3NDEKTSV4RRFFQ69G5FAV' as GenerationId;
const take = (id: string, own = false): ClipTake => ({ id, name: `Take ${id}`, score: hash(id), generationId: own ? null : generation });

const request = (params: object): ScoreRequest =>
  scoreRequestSchema.parse({
    kind: 'score',
    projectId: null,
    packId: 'kiln-score',
    seed: 1,
    backend: 'auto',
    placement: null,
    parentId: null,
    inputs: {},
    params,
  });

describe('takes', () => {
  it('are numbered on after the highest, deleted or not', () => {
    expect(nextTakeNumber([])).toBe(1);
    expect(nextTakeNumber([take('1'), { ...take('7'), name: 'Take 7, bars 1–2' }, { ...take('a'), name: 'Mine' }])).toBe(8);
  });

  it('are named by what was done', () => {
    const input = emptyScore({ bars: 8, bpm: 96, metre: { numerator: 4, denominator: 4 }, key: null });
    const only = { index: 0, of: 1 };
    const fill = request({ mode: 'fill', regions: [{ trackId: 'left', start: 4 * 1920, end: 6 * 1920 }] });
    expect(takeName(3, fill, input, only)).toBe('Take 3, bars 5–6');
    expect(takeName(3, request({ mode: 'continue', bars: 1 }), input, only)).toBe('Take 3, one bar more');
    expect(takeName(3, request({ mode: 'vary', amount: 0.35 }), input, only)).toBe('Take 3, varied 35 %');
    expect(takeName(3, request({ mode: 'accompany', melodyTrackId: 'a', write: 'bass' }), input, only)).toBe('Take 3, bass line');
    expect(takeName(3, request({ mode: 'morph' }), input, { index: 1, of: 5 })).toBe('Take 3, step 2 of 5');
  });

  it('go beside another, are renamed and taken out', () => {
    const list = withTake([take('a'), take('b')], take('c'), 'a');
    expect(list.map(({ id }) => id)).toEqual(['a', 'c', 'b']);
    expect(withName(list, 'c', '  Bolder ').map(({ name }) => name)).toEqual(['Take a', 'Bolder', 'Take b']);
    expect(withName(list, 'c', ' ')).toEqual(list);
    expect(withoutTake(list, 'c').map(({ id }) => id)).toEqual(['a', 'b']);
  });

  it('are flicked through round the ends', () => {
    const list = [take('a'), take('b'), take('c')];
    expect(takeBeside(list, 'c', 1)?.id).toBe('a');
    expect(takeBeside(list, 'a', -1)?.id).toBe('c');
    expect(takeBeside(list, null, -1)?.id).toBe('a');
    expect(takeBeside([], null, 1)).toBeNull();
  });
});

describe('the user’s own work', () => {
  it('is kept beside the take it came from', () => {
    const { takes, kept } = keptTakes([take('a'), take('b')], { score: hash('e'), chosen: 'a', newId: 'new' });
    expect(kept).toBe('new');
    expect(takes.map(({ name, generationId }) => [name, generationId])).toEqual([
      ['Take a', generation],
      ['Take a, edited', null],
      ['Take b', generation],
    ]);
  });

  it('goes on in a take of its own', () => {
    const list = [take('a'), take('m', true)];
    const { takes, kept } = keptTakes(list, { score: hash('e'), chosen: 'm', newId: 'new' });
    expect(kept).toBe('m');
    expect(takes.map(({ score }) => score)).toEqual([hash('a'), hash('e')]);
  });

  it('is not kept twice', () => {
    const list = [take('a'), take('b')];
    expect(keptTakes(list, { score: hash('b'), chosen: 'a', newId: 'new' })).toEqual({ takes: list, kept: 'b' });
    expect(keptTakes([], { score: hash('b'), chosen: null, newId: 'new' }).takes[0]?.name).toBe('My version');
  });
});

it('lists a generation once, last', () => {
  const other = '01ARZ3NDEKTSV4RRFFQ69G5FAW' as GenerationId;
  expect(withGeneration([generation, other], generation)).toEqual([other, generation]);
});
