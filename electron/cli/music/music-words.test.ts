import { describe, expect, it } from 'vitest';
import { keyName } from '../../../shared/music/harmony.ts';
import { smallScore } from '../../audio/testing/sounds.ts';
import { barsOfText, keyOf, metreOf, regionsOf, trackOf } from './music-words.ts';

describe('what musicians write', () => {
  it.each([
    ['D minor', -1, 'D minor'],
    ['Dm', -1, 'D minor'],
    ['D', 2, 'D major'],
    ['DM', 2, 'D major'],
    ['Bb major', -2, 'B♭ major'],
    ['b', 5, 'B major'],
    ['bbm', -5, 'B♭ minor'],
    ['F♯ minor', 3, 'F♯ minor'],
    ['c# min', 4, 'C♯ minor'],
    ['E flat major', -3, 'E♭ major'],
    ['Cb', -7, 'B major'],
    ['a moll', 0, 'A minor'],
  ])('key %s', (text, fifths, name) => {
    const key = keyOf(text);
    expect(key.fifths).toBe(fifths);
    if (fifths > -6) expect(keyName(key)).toBe(name);
  });

  it.each(['H', '', 'D minorish', 'G# major', 'Fb minor', 'D minor 7'])('no key: %j', (text) => {
    expect(() => keyOf(text)).toThrow(expect.objectContaining({ code: 'invalid-request' }));
  });

  it('metres', () => {
    expect(metreOf('6/8')).toEqual({ numerator: 6, denominator: 8 });
    for (const text of ['4', '3/5', '0/4', '33/4', '4/4/4', 'waltz']) expect(() => metreOf(text)).toThrow(/is no metre/);
  });

  it('bars as they are counted', () => {
    expect(barsOfText('5-6', 8)).toEqual([4, 5]);
    expect(barsOfText('7-8, 1,3', 8)).toEqual([0, 2, 6, 7]);
    expect(barsOfText('1-2,2', 8)).toEqual([0, 1]);
    expect(() => barsOfText('8-9', 8)).toThrow(/has bars 1 to 8/);
    expect(() => barsOfText('2', 1)).toThrow(/has one bar/);
    for (const text of ['0', '6-5', 'x', '', '1-']) expect(() => barsOfText(text, 8)).toThrow(/--bars/);
  });

  it('tracks by name in any case, by a part of it, and by number', () => {
    const score = smallScore();
    const bass = { ...score.tracks[1]!, id: 'low', name: 'Bass drum' };
    const more = { tracks: [...score.tracks, bass] };
    expect(trackOf('MELODY', score).id).toBe('melody');
    expect(trackOf('mel', score).id).toBe('melody');
    // The whole name goes before parts of others.
    expect(trackOf('bass', more).id).toBe('bass');
    expect(trackOf('3', more).id).toBe('drums');
    expect(() => trackOf('drum', more)).toThrow(/could be 2 tracks/);
    expect(() => trackOf('Cello', score)).toThrow(
      expect.objectContaining({ action: 'Its tracks are 1 “Melody”, 2 “Bass”, 3 “Drums”, 4 “Empty”.' }),
    );
  });

  it('regions, neighbouring bars in one', () => {
    const score = smallScore({ lengthTicks: 1920 * 6 });
    const [melody, bass] = [score.tracks[0]!, score.tracks[1]!];
    expect(regionsOf(score, [1, 2, 5], [melody, bass])).toEqual([
      { trackId: 'melody', start: 1920, end: 5760 },
      { trackId: 'melody', start: 9600, end: 11_520 },
      { trackId: 'bass', start: 1920, end: 5760 },
      { trackId: 'bass', start: 9600, end: 11_520 },
    ]);
  });
});
