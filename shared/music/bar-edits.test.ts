import { describe, expect, it } from 'vitest';
import { barsAfterDelete, barsAfterInsert, deleteBars, insertBars, keepBars, withRoomForNotes } from './bar-edits.ts';
import { barsOf, emptyScore, scoreSchema, ticksPerQuarter as quarter, type Note, type Score } from './score.ts';

const note = (pitch: number, start: number, duration = quarter): Note => ({ pitch, start, duration, velocity: 80 });
const bar = 4 * quarter;
const track = { id: 't', name: 'T', instrument: { kind: 'melodic', program: 0 }, notes: [] };
const scoreOf = (notes: Note[], more: Partial<Score> = {}): Score =>
  scoreSchema.parse({
    ...emptyScore({ bars: 4, bpm: 120, metre: { numerator: 4, denominator: 4 }, key: { fifths: 0, mode: 'major' } }),
    tracks: [{ ...track, notes }],
    ...more,
  });
const notesOf = (score: Score): [number, number, number][] =>
  score.tracks.flatMap(({ notes }) => notes.map(({ pitch, start, duration }): [number, number, number] => [pitch, start, duration]));

describe('bars put in', () => {
  it('move what follows, and leave what sounds across', () => {
    const score = insertBars(scoreOf([note(60, 0, 2 * bar), note(62, bar), note(64, 3 * bar)]), 1, 2);
    expect(notesOf(score)).toEqual([
      [60, 0, 2 * bar],
      [62, 3 * bar, quarter],
      [64, 5 * bar, quarter],
    ]);
    expect(score.lengthTicks).toBe(6 * bar);
  });

  it('take the metre of the bar before, and push later signatures away', () => {
    const metres: Score['metres'] = [
      { tick: 0, numerator: 4, denominator: 4 },
      { tick: 2 * bar, numerator: 3, denominator: 4 },
    ];
    const given = scoreOf([], {
      metres,
      lengthTicks: 2 * bar + 6 * quarter,
      tempos: [
        { tick: 0, bpm: 90 },
        { tick: 2 * bar, bpm: 60 },
      ],
    });
    const inFront = insertBars(given, 2, 1);
    expect(inFront.metres.map(({ tick }) => tick)).toEqual([0, 3 * bar]);
    expect(inFront.tempos.map(({ tick }) => tick)).toEqual([0, 3 * bar]);
    const atEnd = insertBars(given, 99, 1);
    expect(barsOf(atEnd)).toHaveLength(5);
    expect(atEnd.lengthTicks).toBe(given.lengthTicks + 3 * quarter);
    expect(insertBars(given, 0, 1).tempos[0]).toEqual({ tick: 0, bpm: 90 });
    expect(barsOf(insertBars(given, 0, 1))).toHaveLength(5);
  });
});

describe('bars taken out', () => {
  it('go with what begins in them; what reaches in loses that part', () => {
    const score = deleteBars(scoreOf([note(50, 0, 3 * bar), note(60, quarter, bar), note(62, bar), note(64, 2 * bar + quarter)]), 1, 1);
    expect(notesOf(score)).toEqual([
      [50, 0, 2 * bar],
      [60, quarter, 3 * quarter],
      [64, bar + quarter, quarter],
    ]);
    expect(score.lengthTicks).toBe(3 * bar);
  });

  it('leave the signatures that hold afterwards', () => {
    const metres: Score['metres'] = [
      { tick: 0, numerator: 4, denominator: 4 },
      { tick: bar, numerator: 3, denominator: 4 },
    ];
    const tempos = [
      { tick: 0, bpm: 90 },
      { tick: bar + quarter, bpm: 70 },
    ];
    const given = scoreOf([], { metres, tempos, lengthTicks: bar + 9 * quarter });
    const first = deleteBars(given, 0, 1);
    expect(first.metres).toEqual([{ tick: 0, numerator: 3, denominator: 4 }]);
    expect(first.tempos).toEqual([
      { tick: 0, bpm: 90 },
      { tick: quarter, bpm: 70 },
    ]);
    const tail = deleteBars(given, 1, 3);
    expect(tail.metres).toHaveLength(1);
    expect(tail.tempos).toHaveLength(1);
    expect(barsOf(tail)).toHaveLength(1);
  });

  it('leave one bar at least, and undo what was put in', () => {
    const given = scoreOf([note(60, 0), note(64, 2 * bar)]);
    expect(barsOf(deleteBars(given, 0, 99))).toHaveLength(1);
    expect(deleteBars(insertBars(given, 1, 3), 1, 3)).toEqual(given);
    expect(deleteBars(given, 7, 1)).toBe(given);
  });
});

it('carries numbered bars along', () => {
  expect([...barsAfterInsert([0, 2, 3], 2, 2)]).toEqual([0, 4, 5]);
  expect([...barsAfterDelete([0, 2, 3, 5], 2, 2)]).toEqual([0, 3]);
});

it('grows by whole bars for notes beyond the end', () => {
  const given = scoreOf([note(60, 4 * bar + quarter)]);
  expect(withRoomForNotes(given).lengthTicks).toBe(5 * bar);
  const inside = scoreOf([note(60, 0)]);
  expect(withRoomForNotes(inside)).toBe(inside);
});

it('keeps bars from what a model wrote', () => {
  const before = scoreOf([note(60, 0), note(62, bar), note(64, 2 * bar)]);
  const after = scoreOf([note(70, 0, 2 * bar), note(71, bar), note(72, 2 * bar)]);
  expect(notesOf(keepBars(before, after, new Set([1])))).toEqual([
    [70, 0, bar],
    [62, bar, quarter],
    [72, 2 * bar, quarter],
  ]);
  expect(keepBars(before, after, new Set())).toBe(after);
});
