import { describe, expect, it } from 'vitest';
import { scoreOfText, scoreText } from './score-json.ts';
import { emptyScore } from './score.ts';

const note = (start: number, pitch: number): object => ({ start, duration: 240, pitch, velocity: 80 });
const track = (id: string, notes: readonly object[]): object => ({
  id,
  name: id,
  instrument: { kind: 'melodic', program: 0 },
  notes,
});
const base = emptyScore({ bars: 4, bpm: 96, metre: { numerator: 4, denominator: 4 }, key: { fifths: -1, mode: 'minor' } });
const textOf = (changes: object): string => JSON.stringify({ ...base, ...changes });

describe('scores as JSON', () => {
  it('are the same bytes however their keys and notes were ordered', () => {
    const one = scoreOfText(textOf({ tracks: [track('a', [note(480, 64), note(0, 60), note(0, 57)])], extra: 1 }));
    const reversed = Object.fromEntries(Object.entries(one).toReversed());
    expect(scoreText(scoreOfText(JSON.stringify(reversed)))).toBe(scoreText(one));
    expect(one.tracks[0]?.notes.map(({ start, pitch }) => [start, pitch])).toEqual([
      [0, 57],
      [0, 60],
      [480, 64],
    ]);
    expect(scoreText(one)).not.toContain('extra');
  });

  it.each([
    ['no JSON', '{', /no JSON text/],
    ['no score', '[]', /it: /],
    ['a pitch that no keyboard has', textOf({ tracks: [track('a', [note(0, 60), note(0, 128)])] }), /tracks\[0\]\.notes\[1\]\.pitch/],
    ['a tempo of zero', textOf({ tempos: [{ tick: 0, bpm: 0 }] }), /tempos\[0\]\.bpm/],
    ['no tempo at the start', textOf({ tempos: [{ tick: 5, bpm: 90 }] }), /tempos\[0\] begins at tick 5/],
    ['metres out of order', textOf({ metres: [...base.metres, ...base.metres] }), /metres\[1\] does not come after/],
    ['two tracks of one id', textOf({ tracks: [track('a', []), track('a', [])] }), /two tracks are called "a"/],
    ['a note that never ends', textOf({ tracks: [track('a', [{ ...note(19_999_999, 60), duration: 9999 }])] }), /ends beyond/],
  ])('refuse %s, naming the first problem', (_what, text, message) => {
    expect(() => scoreOfText(text)).toThrow(
      expect.objectContaining({ code: 'invalid-request', message: expect.stringMatching(message) as string }),
    );
  });
});
