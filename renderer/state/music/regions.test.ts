import { describe, expect, it } from 'vitest';
import { emptyScore, type Note, type Score } from '../../../shared/music/score.ts';
import { barsInWords, mergeSpans, regionsToWrite, withoutSpans } from './regions.ts';

const barTicks = 1920;
const note = (start: number, duration = 480, pitch = 60): Note => ({ start, duration, pitch, velocity: 80 });

/** Four bars of 4/4, a quarter on each beat in both tracks. */
function score(): Score {
  const notes = Array.from({ length: 16 }, (_, beat) => note(beat * 480));
  const base = emptyScore({ bars: 4, bpm: 96, metre: { numerator: 4, denominator: 4 }, key: null });
  const track = (id: string) => ({
    id,
    name: id,
    instrument: { kind: 'melodic' as const, program: 0 },
    notes,
    volume: 0.8,
    pan: 0,
    muted: false,
    solo: false,
    reverb: 0.2,
  });
  return { ...base, tracks: [track('right'), track('left')] };
}

describe('regions to write anew', () => {
  it('are two bars of one track', () => {
    expect(regionsToWrite(score(), { kind: 'bars', from: 1, to: 2, trackIds: ['left'] }, [])).toEqual({
      state: 'some',
      regions: [{ trackId: 'left', start: barTicks, end: 3 * barTicks }],
      bars: [1, 2],
      locked: [],
      notes: 8,
    });
  });

  it('leave locked bars out, in every track', () => {
    const found = regionsToWrite(score(), { kind: 'all' }, [1]);
    expect(found).toMatchObject({
      regions: [
        { trackId: 'right', start: 0, end: barTicks },
        { trackId: 'right', start: 2 * barTicks, end: 4 * barTicks },
        { trackId: 'left', start: 0, end: barTicks },
        { trackId: 'left', start: 2 * barTicks, end: 4 * barTicks },
      ],
      bars: [0, 2, 3],
      locked: [1],
      notes: 24,
    });
  });

  it('are where selected notes sound, neighbours joined', () => {
    const found = regionsToWrite(score(), { kind: 'notes', trackId: 'right', selection: new Set([0, 1, 6]) }, []);
    expect(found).toMatchObject({
      regions: [
        { trackId: 'right', start: 0, end: 960 },
        { trackId: 'right', start: 2880, end: 3360 },
      ],
      bars: [0, 1],
      notes: 3,
    });
  });

  it('cut a note that reaches into a locked bar', () => {
    const long = score();
    const [first] = long.tracks;
    if (first === undefined) throw new Error('no track');
    const reaching = { ...long, tracks: [{ ...first, notes: [note(960, 1920)] }] };
    expect(regionsToWrite(reaching, { kind: 'notes', trackId: 'right', selection: new Set([0]) }, [1])).toMatchObject({
      regions: [{ trackId: 'right', start: 960, end: barTicks }],
      locked: [1],
    });
  });

  it('say why there are none', () => {
    expect(regionsToWrite(score(), { kind: 'notes', trackId: 'left', selection: new Set() }, [])).toEqual({ state: 'nothing-chosen' });
    expect(regionsToWrite(score(), { kind: 'bars', from: 0, to: 3, trackIds: [] }, [])).toEqual({ state: 'nothing-chosen' });
    expect(regionsToWrite(score(), { kind: 'bars', from: 0, to: 1, trackIds: ['left'] }, [0, 1])).toEqual({
      state: 'all-locked',
      locked: [0, 1],
    });
    expect(regionsToWrite({ ...score(), tracks: [] }, { kind: 'all' }, [])).toEqual({ state: 'nothing-chosen' });
  });

  it('follow a metre that changes', () => {
    const changing = { ...score(), metres: [...score().metres, { tick: barTicks, numerator: 3, denominator: 4 as const }] };
    expect(regionsToWrite(changing, { kind: 'bars', from: 1, to: 1, trackIds: ['left'] }, [])).toMatchObject({
      regions: [{ trackId: 'left', start: barTicks, end: barTicks + 1440 }],
    });
  });
});

describe('spans', () => {
  it('are merged and cut', () => {
    expect(
      mergeSpans([
        { start: 5, end: 8 },
        { start: 0, end: 2 },
        { start: 2, end: 3 },
        { start: 6, end: 7 },
      ]),
    ).toEqual([
      { start: 0, end: 3 },
      { start: 5, end: 8 },
    ]);
    expect(
      withoutSpans(
        [{ start: 0, end: 10 }],
        [
          { start: 2, end: 3 },
          { start: 9, end: 12 },
        ],
      ),
    ).toEqual([
      { start: 0, end: 2 },
      { start: 3, end: 9 },
    ]);
  });
});

it('names bars from 1', () => {
  expect(barsInWords([4])).toBe('bar 5');
  expect(barsInWords([0, 2, 3])).toBe('bars 1, 3–4');
});
