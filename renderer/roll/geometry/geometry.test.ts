import { describe, expect, it } from 'vitest';
import { barsOf, ticksPerQuarter as quarter, type Note } from '../../../shared/music/score.ts';
import { barAt, barStep, cellStart, gridLines, gridTicks, snapped } from './grid.ts';
import { noteAt, notesInBand, stemAt, velocityAt, velocityY } from './hit-test.ts';
import { notesBetween } from './note-index.ts';
import { pitchName, rowName, rowRange } from './rows.ts';
import {
  clamped,
  fitted,
  pitchAt,
  pxPerTickLimits,
  revealed,
  rowsHeight,
  scrollableTicks,
  tickAt,
  visibleTicks,
  xOf,
  yOf,
  zoomedRows,
  zoomedTime,
  type Viewport,
} from './viewport.ts';

const bar = 4 * quarter;
const view: Viewport = {
  widthPx: 800,
  heightPx: 400,
  scrollTicks: bar,
  pxPerTick: 0.1,
  scrollPx: 300,
  rowPx: 10,
  lowest: 21,
  highest: 108,
};
const note = (pitch: number, start: number, duration = quarter, velocity = 80): Note => ({ pitch, start, duration, velocity });
const bars = barsOf({
  lengthTicks: 2 * bar + 3 * quarter,
  metres: [
    { tick: 0, numerator: 4, denominator: 4 },
    { tick: 2 * bar, numerator: 3, denominator: 4 },
  ],
});

describe('the viewport', () => {
  it('turns places into ticks and pitches, and back', () => {
    expect(xOf(view, bar)).toBe(0);
    expect(tickAt(view, xOf(view, 1234))).toBeCloseTo(1234);
    for (const pitch of [21, 60, 78, 108]) {
      expect(pitchAt(view, yOf(view, pitch))).toBe(pitch);
      expect(pitchAt(view, yOf(view, pitch) + 9.9)).toBe(pitch);
    }
  });

  it('keeps what is under the pointer while it zooms', () => {
    const time = zoomedTime(view, 1.7, 250);
    expect(tickAt(time, 250)).toBeCloseTo(tickAt(view, 250));
    expect(time.pxPerTick).toBeCloseTo(0.17);
    expect(zoomedTime(view, 1e6, 0).pxPerTick).toBe(pxPerTickLimits.most);
    const rows = zoomedRows(view, 2, 133);
    expect((133 + rows.scrollPx) / rows.rowPx).toBeCloseTo((133 + view.scrollPx) / view.rowPx);
  });

  it('stays within the piece and a little behind it', () => {
    const far = clamped({ ...view, scrollTicks: 1e9, scrollPx: 1e9 }, 8 * bar);
    expect(far.scrollTicks + visibleTicks(far)).toBeCloseTo(scrollableTicks(far, 8 * bar));
    expect(far.scrollPx).toBe(rowsHeight(far) - far.heightPx);
    const near = clamped({ ...view, scrollTicks: -5, scrollPx: -5 }, 8 * bar);
    expect([near.scrollTicks, near.scrollPx]).toEqual([0, 0]);
    // A piece that is shorter than the view cannot be scrolled away.
    expect(clamped({ ...view, scrollTicks: 50_000 }, bar).scrollTicks).toBe(0);
  });

  it('fits a short piece whole and a long one readably, notes in the middle', () => {
    const notes = [note(60, 0), note(72, bar)];
    const score = { lengthTicks: 4 * bar, tracks: [] };
    const short = fitted(view, score, notes);
    expect(xOf(short, 4 * bar)).toBeCloseTo(view.widthPx);
    expect((yOf(short, 72) + yOf(short, 60) + short.rowPx) / 2).toBeCloseTo(view.heightPx / 2, 0);
    expect(fitted(view, { ...score, lengthTicks: 100 * bar }, notes).pxPerTick * bar).toBeCloseTo(90);
  });

  it('scrolls as little as it takes', () => {
    const seen = { start: tickAt(view, 100), end: tickAt(view, 200) };
    expect(revealed(view, seen, { low: 60, high: 62 })).toEqual(view);
    const right = revealed(view, { start: 20 * bar, end: 21 * bar }, { low: 60, high: 62 });
    expect(xOf(right, 21 * bar)).toBeCloseTo(view.widthPx - 24);
    expect(yOf(revealed(view, seen, { low: 100, high: 100 }), 100)).toBeCloseTo(view.rowPx);
  });
});

describe('rows', () => {
  it('are named as keys or drums, and reach as far as the notes', () => {
    expect([pitchName(60), pitchName(61, -1), pitchName(21)]).toEqual(['C4', 'D♭4', 'A0']);
    expect(rowName({ instrument: { kind: 'drums' } }, 38)).toBe('Snare');
    expect(rowRange({ instrument: { kind: 'melodic', program: 0 }, notes: [note(12, 0)] })).toEqual({ lowest: 12, highest: 108 });
    expect(rowRange({ instrument: { kind: 'drums' }, notes: [note(70, 0)] })).toEqual({ lowest: 35, highest: 70 });
  });
});

describe('the grid', () => {
  it('is as fine as can be aimed at, unless it is chosen', () => {
    expect(gridTicks('auto', 0.12)).toBe(quarter / 4);
    expect(gridTicks('auto', 0.001)).toBe(4 * quarter);
    expect(gridTicks('1/8t', 0.001)).toBe(160);
    expect(gridTicks('off', 1)).toBeNull();
  });

  it('begins anew in each bar, and goes on behind the last', () => {
    expect(snapped(2 * bar + 500, quarter, bars)).toBe(2 * bar + quarter);
    // A whole note does not fit into three quarters: the bar's end is the next line.
    expect(snapped(2 * bar + 1300, 4 * quarter, bars)).toBe(2 * bar + 3 * quarter);
    expect(cellStart(quarter + 479, quarter, bars)).toBe(quarter);
    expect(snapped(-50, quarter, bars)).toBe(0);
    expect(snapped(77.6, null, bars)).toBe(78);
    expect(barAt(bars, 2 * bar + 7 * quarter)).toMatchObject({ index: 4, start: 2 * bar + 6 * quarter });
    expect(barAt([], 10).start).toBe(0);
  });

  it('shows bars, beats and divisions, and leaves out what would crowd', () => {
    const from = { ...view, scrollTicks: 0, widthPx: 191 };
    const levels = gridLines(from, bars, quarter / 2).map(({ tick, level }) => [tick, level]);
    expect(levels.slice(0, 5)).toEqual([
      [0, 'bar'],
      [240, 'division'],
      [480, 'beat'],
      [720, 'division'],
      [960, 'beat'],
    ]);
    expect(gridLines({ ...from, pxPerTick: 0.01 }, bars, 240).every(({ level }) => level === 'bar')).toBe(true);
    expect(barStep({ ...from, pxPerTick: 0.01 }, bars, 46)).toBe(4);
  });
});

describe('notes by time', () => {
  it('finds what sounds, long notes from far before too', () => {
    const notes = [note(40, 0, 10 * bar), ...Array.from({ length: 500 }, (_, index) => note(60, index * 100, 50))];
    const brute = (start: number, end: number): number[] =>
      notes.flatMap((one, index) => (one.start < end && one.start + one.duration > start ? [index] : []));
    for (const [start, end] of [
      [0, 1],
      [950, 1010],
      [12_345, 13_000],
      [49_960, 60_000],
    ] as const)
      expect(notesBetween(notes, start, end)).toEqual(brute(start, end));
    expect(notesBetween([], 0, 100)).toEqual([]);
  });
});

describe('what is under the pointer', () => {
  const notes = [note(70, bar, quarter), note(71, bar, 4), note(70, bar + 240, quarter)];
  const middle = (pitch: number): number => yOf(view, pitch) + 5;

  it('is the uppermost note, by its parts', () => {
    expect(noteAt(view, notes, { x: 40, y: middle(70) })).toMatchObject({ index: 2, part: 'body' });
    expect(noteAt(view, notes, { x: 1, y: middle(70) })).toMatchObject({ index: 0, part: 'start' });
    expect(noteAt(view, notes, { x: 71, y: middle(70) })).toMatchObject({ index: 2, part: 'end' });
    expect(noteAt(view, notes, { x: 73, y: middle(70) })).toBeNull();
    expect(noteAt(view, notes, { x: 40, y: middle(69) })).toBeNull();
  });

  it('takes the shortest notes by more than they are drawn', () => {
    expect(noteAt(view, notes, { x: 2, y: middle(71) })).toMatchObject({ index: 1 });
  });

  it('is what a band touches, whichever way it was drawn', () => {
    expect(notesInBand(view, notes, { x: 80, y: middle(69) }, { x: 60, y: middle(71) })).toEqual(new Set([2]));
    expect(notesInBand(view, notes, { x: 0, y: middle(71) }, { x: 10, y: middle(70) })).toEqual(new Set([0, 1]));
    expect(notesInBand(view, notes, { x: 0, y: middle(60) }, { x: 800, y: middle(62) })).toEqual(new Set());
  });

  it('is the chosen stem before the nearest', () => {
    const chord = [note(60, bar, quarter, 20), note(64, bar, quarter, 100)];
    const at = { x: 2, y: velocityY(95, 70) };
    expect(stemAt(view, chord, at, 70, new Set())?.index).toBe(1);
    expect(stemAt(view, chord, at, 70, new Set([0]))?.index).toBe(0);
    expect(stemAt(view, chord, { x: 20, y: 10 }, 70, new Set())).toBeNull();
  });

  it('turns heights into velocities and back', () => {
    for (const velocity of [1, 64, 127]) expect(velocityAt(velocityY(velocity, 70), 70)).toBe(velocity);
    expect([velocityAt(-100, 70), velocityAt(500, 70)]).toEqual([127, 1]);
  });
});
