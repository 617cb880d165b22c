import { describe, expect, it } from 'vitest';
import { AppError } from '../../../../shared/contract/errors.ts';
import { scoreSchema } from '../../../../shared/music/score.ts';
import { readAbc, type AbcTune } from './read-abc.ts';

const read = (text: string): AbcTune[] => readAbc(new TextEncoder().encode(text));
const musicOf = (tune: AbcTune | undefined) => {
  if (tune === undefined || !('music' in tune)) throw new Error('no music');
  return tune.music;
};

const book = `%abc-2.1
%%pagewidth 20cm

X:1
T:Gigue à deux
M:6/8
L:1/8
Q:3/8=96
K:Dm
|:"Dm"AB^c dfa|[1 [CEG]4 z2:|[2 A6|]

X:2
T:Two voices
M:4/4
L:1/4
V:1
V:2 clef=bass
K:G
[V:1] GABc | d2-d2 | (3gab c'2 z |
[V:2] G,2 D,2 | G,,4 | D,4 |
`;

describe('ABC', () => {
  it('reads each tune of a file with its title, metre, key, tempo and repeats', () => {
    const tunes = read(book);
    expect(tunes.map(({ title, line }) => [title, line])).toEqual([
      ['Gigue à deux', 4],
      ['Two voices', 12],
    ]);
    const gigue = musicOf(tunes[0]);
    expect(gigue.remarks).toEqual([]);
    expect(gigue.score.metres).toEqual([{ tick: 0, numerator: 6, denominator: 8 }]);
    expect(gigue.score.keys).toEqual([{ tick: 0, fifths: -1, mode: 'minor' }]);
    expect(gigue.score.tempos[0]?.bpm).toBeCloseTo(144, 2);
    const melody = gigue.score.tracks[0]?.notes ?? [];
    // The repeat is played; the chord name is not.
    expect(melody.map(({ pitch }) => pitch)).toEqual([69, 70, 73, 74, 77, 81, 60, 64, 67, 69, 70, 73, 74, 77, 81, 69]);
    expect(melody.at(-1)).toMatchObject({ start: 3 * 1440, duration: 1440 });
  });

  it('makes a track for each voice, joins ties and counts triplets', () => {
    const { score } = musicOf(read(book)[1]);
    expect(score.tracks.map(({ name, notes }) => [name, notes.length])).toEqual([
      ['Voice 1', 9],
      ['Voice 2', 4],
    ]);
    expect(score.tracks[0]?.notes[4]).toMatchObject({ start: 1920, duration: 1920, pitch: 74 });
    expect(score.tracks[0]?.notes[6]?.start).toBe(3840 + 320);
    expect(scoreSchema.safeParse(score).success).toBe(true);
  });

  it('names the line of what it does not know, and reads the rest', () => {
    const { remarks, score } = musicOf(read(`${book}\nX:3\nT:Odd\nK:C\nCDEF|\n!bad!GA&&Bc|\n`)[2]);
    expect(remarks[0]).toMatch(/^Line 26, column \d+: Unknown decoration: bad\.$/);
    expect(score.tracks[0]?.notes.length).toBeGreaterThanOrEqual(4);
  });

  it('refuses what is no ABC in words', () => {
    const cases: [string, RegExp][] = [
      ['', /empty/],
      ['Dear Sir or Madam', /no key/],
      ['X:1\nT:Nothing\nK:C\n', /tune in line 1/],
      ['X:1\nK:C\nZ99999|\n', /beyond all music/],
      ['X:1\nK:C\nC999999|\n', /beyond all music/],
    ];
    for (const [text, message] of cases) {
      expect(() => read(text)).toThrow(message);
      expect(() => read(text)).toThrow(AppError);
    }
    expect(() => readAbc(new Uint8Array(3 * 1024 ** 2).fill(65))).toThrow(/2 MiB/);
    expect(() => read(Array.from({ length: 2001 }, (_, index) => `X:${String(index)}\nK:C\nC\n`).join('\n'))).toThrow(/2001 tunes/);
    const some = read('X:1\nT:Empty\nK:C\n\nX:2\nK:C\nCDEF|\n');
    expect(some.map((tune) => 'music' in tune)).toEqual([false, true]);
  });

  it('answers three hundred damaged files with tunes or an AppError', { timeout: 60_000 }, () => {
    const whole = new TextEncoder().encode(book);
    for (let seed = 1; seed <= 300; seed += 1) {
      const bytes = whole.slice();
      let state = seed;
      for (let count = 0; count < 1 + (seed % 20); count += 1) {
        state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
        bytes[state % bytes.length] = state >>> 24;
      }
      try {
        for (const tune of readAbc(bytes)) if ('music' in tune) expect(scoreSchema.safeParse(tune.music.score).success).toBe(true);
      } catch (error) {
        if (!(error instanceof AppError)) throw error;
      }
    }
  });
});
