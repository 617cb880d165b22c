import { describe, expect, it } from 'vitest';
import type { Note, Track } from '../../../shared/music/score.ts';
import { bestOf, roundedOff } from './autoregressive/closing.ts';
import { densityCondition, keyCondition, metreCondition, tempoCondition, barsLeftCondition } from './autoregressive/conditions.ts';
import { drumOfPitch, drumPitches } from './autoregressive/drum-map.ts';
import { keyBias } from './autoregressive/key-bias.ts';
import { withoutOverlap } from './autoregressive/song-events.ts';
import { metricWeight, withVelocities } from './expression.ts';
import { fourVoices, isOneVoice, songCast } from './material.ts';

const note = (start: number, pitch: number, duration = 480): Note => ({ start, duration, pitch, velocity: 70 });
const line = (pitch: number): Note[] => Array.from({ length: 8 }, (_, index) => note(index * 480, pitch + (index % 3)));
const chords = (pitch: number): Note[] => line(pitch).flatMap((one) => [one, { ...one, pitch: one.pitch + 4 }]);
const track = (name: string, notes: Note[]): Track => ({
  id: name,
  name,
  instrument: { kind: 'melodic', program: 0 },
  notes,
  volume: 0.8,
  pan: 0,
  muted: false,
  solo: false,
  reverb: 0.2,
});

describe('fourVoices', () => {
  it('orders four single voices from high to low', () => {
    const tracks = [track('C', line(48)), track('A', line(72)), track('D', line(40)), track('B', line(62))];
    expect(fourVoices({ tracks })?.map(({ name }) => name)).toEqual(['A', 'B', 'C', 'D']);
  });

  it('goes by the names where they say it', () => {
    const tracks = [track('Soprano', line(60)), track('Alto', line(64)), track('Tenor', []), track('Bass', line(48))];
    expect(fourVoices({ tracks })?.map(({ name }) => name)).toEqual(['Soprano', 'Alto', 'Tenor', 'Bass']);
  });

  it('finds none in chords, hands, three tracks or the highest treble', () => {
    const [a, b, c] = [track('A', line(72)), track('B', line(62)), track('C', line(55))];
    expect(fourVoices({ tracks: [a, b, c] })).toBeNull();
    expect(fourVoices({ tracks: [a, b, c, track('D', chords(45))] })).toBeNull();
    expect(fourVoices({ tracks: [a, b, c, track('Piano left hand', line(45))] })).toBeNull();
    expect(fourVoices({ tracks: [track('Piccolo', line(96)), a, b, c] })).toBeNull();
  });
});

describe('isOneVoice', () => {
  it('lets a legato reach a little into the next note', () => {
    expect(isOneVoice(line(60).map((one) => ({ ...one, duration: 510 })))).toBe(true);
    expect(isOneVoice(line(60).map((one) => ({ ...one, duration: 600 })))).toBe(false);
    expect(isOneVoice([])).toBe(true);
  });
});

describe('songCast', () => {
  it('takes the highest single voice for the melody, and the hands by name or height', () => {
    const cast = songCast({ tracks: [track('Flute', line(76)), track('Upper', chords(64)), track('Lower', chords(45))] }, null);
    expect(cast.melody?.name).toBe('Flute');
    expect([cast.partsOf('Flute'), cast.partsOf('Upper'), cast.partsOf('Lower')]).toEqual([[0], [1], [2]]);
    expect(songCast({ tracks: [track('Voice', line(50)), track('Right hand', line(70))] }, null).melody?.name).toBe('Voice');
  });

  it('splits a piano of one track at middle C', () => {
    const cast = songCast({ tracks: [track('Keys', chords(58))] }, null);
    expect(cast.melody).toBeNull();
    expect(cast.partsOf('Keys')).toEqual([1, 2]);
    expect([cast.partOf('Keys', 60), cast.partOf('Keys', 59)]).toEqual([1, 2]);
  });
});

describe('conditions', () => {
  it('are counted as in the training set', () => {
    expect([{ fifths: 0, mode: 'major' as const }, { fifths: -1, mode: 'minor' as const }, { fifths: 3, mode: 'major' as const }].map(keyCondition)).toEqual([0, 14, 9]); // prettier-ignore
    expect(keyCondition(null)).toBe(24);
    expect([{ numerator: 4, denominator: 4 as const }, { numerator: 2, denominator: 2 as const }, { numerator: 5, denominator: 4 as const }].map(metreCondition)).toEqual([2, 7, 8]); // prettier-ignore
    expect([40, 60, 75.9, 96, 152, 300].map(tempoCondition)).toEqual([0, 1, 1, 3, 6, 6]);
    expect([5, 10, 19, 40].map((aBar) => densityCondition([10, 13, 16, 19], aBar))).toEqual([0, 1, 4, 4]);
    expect([0, 3, 4, 7, 8].map((bar) => barsLeftCondition(bar, 8))).toEqual([4, 4, 3, 0, 0]);
  });
});

describe('the drum map', () => {
  it('knows its own pitches again, and the kit’s other ones', () => {
    expect(drumPitches.map(drumOfPitch)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
    expect([35, 40, 44, 57, 59].map(drumOfPitch)).toEqual([0, 1, 2, 7, 8]);
    expect(drumOfPitch(75)).toBeNull();
  });
});

describe('keyBias', () => {
  it('is nought on average, highest for the tonic and higher in the scale than beside it', () => {
    const bias = keyBias({ fifths: 1, mode: 'major' }, 12, 60);
    expect(bias.reduce((sum, value) => sum + value, 0)).toBeCloseTo(0, 9);
    expect(bias.indexOf(Math.max(...bias))).toBe(7);
    expect(Math.min(...[0, 2, 4, 6, 7, 9, 11].map((pitch) => bias[pitch] ?? -9))).toBeGreaterThan(
      Math.max(...[1, 3, 5, 8, 10].map((pitch) => bias[pitch] ?? 9)),
    );
    expect((bias[7] ?? 0) - (bias[8] ?? 0)).toBeCloseTo(Math.log(6.35 / 2.23), 9);
  });
});

describe('roundedOff', () => {
  const key = { fifths: 0, mode: 'major' } as const;
  const close = (...pitches: number[]): Note[] => [...line(60), ...pitches.map((pitch) => note(3840, pitch, 1920))];

  it('prefers the tonic on its root in the last bar', () => {
    const endings = [close(48, 55, 64), close(52, 55, 60), close(43, 55, 62), close(49, 56, 65)];
    const points = endings.map((notes) => roundedOff(notes, key, 3840));
    expect(points).toEqual(points.toSorted((a, b) => b - a));
    expect(new Set(points).size).toBe(4);
    expect(roundedOff(close(48, 55, 64), key, 4000)).toBeLessThan(points[0] ?? 0);
    expect(bestOf(endings, (notes) => roundedOff(notes, key, 3840))).toBe(endings[0]);
  });

  it('gives nothing for silence', () => {
    expect(roundedOff([], key, 0)).toBe(0);
  });
});

describe('withoutOverlap', () => {
  it('ends notes where their pitch is struck again, or the next note of one voice begins', () => {
    const notes = [note(0, 60, 960), note(240, 64, 960), note(480, 60, 480)];
    expect(withoutOverlap(notes, false).map(({ duration }) => duration)).toEqual([480, 960, 480]);
    expect(withoutOverlap(notes, true).map(({ duration }) => duration)).toEqual([240, 240, 480]);
  });
});

describe('loudness', () => {
  it('follows the metre', () => {
    expect([0, 480, 960, 1440, 240, 100].map((tick) => metricWeight(tick, 480, 4))).toEqual([1, 0.4, 0.6, 0.4, 0.15, 0]);
    expect([0, 240, 720].map((tick) => metricWeight(tick, 240, 6))).toEqual([1, 0.4, 0.6]);
  });

  it('accents the first beat, rises within a phrase and with the pitch', () => {
    const score = { metres: [{ tick: 0, numerator: 4, denominator: 4 as const }], lengthTicks: 4 * 1920 };
    const loud = (notes: Note[]): number[] => withVelocities(score, notes, 70, 60).map(({ velocity }) => velocity);
    const [first = 0, second = 0, third = 0] = loud([note(0, 60), note(480, 60), note(960, 60)]);
    expect(first > third && third > second).toBe(true);
    const [opening = 0, middle = 0, closing = 0] = loud([note(0, 60), note(3840, 60), note(3 * 1920, 60)]);
    expect(middle > opening && middle > closing).toBe(true);
    const [low = 0, high = 0] = loud([note(0, 50), note(0, 72)]);
    expect(high).toBeGreaterThan(low);
    expect(loud([note(0, 127)]).every((velocity) => velocity >= 1 && velocity <= 127)).toBe(true);
  });
});
