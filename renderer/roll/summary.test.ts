import { expect, it } from 'vitest';
import { barsOf, ticksPerQuarter as quarter, type Track } from '../../shared/music/score.ts';
import { lengthName, placeName, summaryOf } from './summary.ts';

const bars = barsOf({ lengthTicks: 8 * quarter, metres: [{ tick: 0, numerator: 4, denominator: 4 }] });
const track: Track = {
  id: 't',
  name: 'Piano',
  instrument: { kind: 'melodic', program: 0 },
  notes: [
    { start: 0, duration: quarter, pitch: 60, velocity: 80 },
    { start: 5 * quarter + 240, duration: 720, pitch: 61, velocity: 64 },
  ],
  volume: 0.8,
  pan: 0,
  muted: false,
  solo: false,
  reverb: 0.2,
};

it('says what a track holds and what is chosen', () => {
  expect(summaryOf(track, new Set(), bars, new Set([0]), -1)).toEqual({
    track: 'Piano: 2 notes, C4 to D♭4, 2 bars, 1 bar locked.',
    selection: '',
  });
  expect(summaryOf(track, new Set([1]), bars, new Set()).selection).toBe('C♯4, dotted quarter, bar 2, beat 2.5, velocity 64');
  expect(summaryOf(track, new Set([0, 1]), bars, new Set()).selection).toBe('2 notes selected, from bar 1, beat 1');
  expect(
    summaryOf(
      { ...track, instrument: { kind: 'drums' }, notes: [{ start: 0, duration: 60, pitch: 38, velocity: 99 }] },
      new Set([0]),
      bars,
      new Set(),
    ).selection,
  ).toBe('Snare, bar 1, beat 1, velocity 99');
  expect(summaryOf(null, new Set(), bars, new Set()).track).toBe('There are no tracks yet.');
});

it('names places and lengths', () => {
  expect(placeName(bars, 100 * quarter)).toBe('bar 26, beat 1');
  expect([lengthName(quarter), lengthName(240), lengthName(1000)]).toEqual(['quarter note', 'eighth note', '2.08 beats']);
});
