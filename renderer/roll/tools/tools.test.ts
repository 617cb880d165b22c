import { describe, expect, it } from 'vitest';
import { barsOf, ticksPerQuarter as quarter, type Note, type Track } from '../../../shared/music/score.ts';
import { velocityY } from '../geometry/hit-test.ts';
import { xOf, yOf, type Viewport } from '../geometry/viewport.ts';
import { rulerPx } from '../paint/paint-ruler.ts';
import type { RollTool } from '../roll-api.ts';
import { draggedLoop, gripAt } from '../engine/ruler-input.ts';
import type { Gesture, GestureContext, Outcome, PointerSample } from './gesture.ts';
import { cursorAt, press } from './press.ts';
import { ShapeVelocity } from './shape-velocity.ts';

const view: Viewport = { widthPx: 800, heightPx: 400, scrollTicks: 0, pxPerTick: 0.1, scrollPx: 300, rowPx: 10, lowest: 21, highest: 108 };
const laneHeightPx = 70;
const note = (pitch: number, start: number, duration = quarter, velocity = 80): Note => ({ pitch, start, duration, velocity });
const track: Track = {
  id: 't',
  name: 'T',
  instrument: { kind: 'melodic', program: 0 },
  notes: [note(60, 0), note(64, quarter), note(67, 2 * quarter, 2 * quarter)],
  volume: 0.8,
  pan: 0,
  muted: false,
  solo: false,
  reverb: 0.2,
};
const context = (more: Partial<GestureContext> = {}): GestureContext => ({
  track,
  selection: new Set(),
  bars: barsOf({ lengthTicks: 16 * quarter, metres: [{ tick: 0, numerator: 4, denominator: 4 }] }),
  grid: quarter / 2,
  newNote: { durationTicks: quarter, velocity: 90 },
  laneHeightPx,
  ...more,
});
const held = { shift: false, alt: false, ctrl: false };
/** The middle of a row, at a tick. */
const at = (tick: number, pitch: number, keys: Partial<PointerSample> = {}): PointerSample => ({
  x: xOf(view, tick),
  y: yOf(view, pitch) + 5,
  view,
  ...held,
  ...keys,
});
const begin = (sample: PointerSample, more: Partial<GestureContext> = {}, tool: RollTool = 'select', button = 0, clicks = 1): Gesture =>
  press(tool, context(more), sample, { button, clicks });
function drag(gesture: Gesture, ...samples: PointerSample[]): Outcome | null {
  for (const sample of samples) gesture.move(sample);
  return gesture.end();
}
const shape = (outcome: Outcome | null): [number, number, number][] =>
  outcome?.track.notes.map(({ pitch, start, duration }) => [pitch, start, duration]) ?? [];
const chosen = (outcome: Outcome | null): number[] => [...(outcome?.selection ?? [])];

describe('clicking', () => {
  it('chooses a note, adds one, takes one out, and chooses nothing', () => {
    const click = (sample: PointerSample, selection: number[] = []): Outcome | null =>
      begin(sample, { selection: new Set(selection) }).end();
    expect(click(at(200, 60))).toMatchObject({ label: null, selection: new Set([0]) });
    expect(chosen(click(at(200, 60), [1]))).toEqual([0]);
    expect(chosen(click(at(200, 60, { shift: true }), [1]))).toEqual([1, 0]);
    expect(chosen(click(at(200, 60, { ctrl: true }), [0, 1]))).toEqual([1]);
    // A click on one of several chosen ones leaves that one.
    expect(chosen(click(at(200, 60), [0, 1]))).toEqual([0]);
    expect(chosen(click(at(3000, 70), [0, 1]))).toEqual([]);
    expect(chosen(click(at(3000, 70, { shift: true }), [0, 1]))).toEqual([0, 1]);
  });

  it('twice writes a note, or takes it out', () => {
    expect(shape(begin(at(3010, 72), {}, 'select', 0, 2).end())).toContainEqual([72, 2880, quarter]);
    expect(begin(at(200, 60), {}, 'select', 0, 2).end()).toMatchObject({ label: 'Erase a note' });
  });

  it('trembles without moving anything', () => {
    expect(drag(begin(at(200, 60)), at(220, 60))).toMatchObject({ label: null, track });
  });
});

describe('moving', () => {
  it('keeps the note on the grid and its shape with the others', () => {
    const gesture = begin(at(100, 60), { selection: new Set([0, 1]) });
    const outcome = drag(gesture, at(150, 61), at(620, 62));
    expect(outcome?.label).toBe('Move 2 notes');
    expect(shape(outcome)).toEqual([
      [62, 480, quarter],
      [66, 960, quarter],
      [67, 960, 2 * quarter],
    ]);
    expect(chosen(outcome)).toEqual([0, 1]);
    expect(track.notes[0]).toEqual(note(60, 0));
  });

  it('leaves the time of a note alone that moves straight up', () => {
    const loose = { ...track, notes: [note(60, 37)] };
    expect(shape(drag(begin(at(300, 60), { track: loose }), at(310, 67)))).toEqual([[67, 37, quarter]]);
  });

  it('is free with Control, straight with Shift, a copy with Alt', () => {
    expect(shape(drag(begin(at(100, 60)), at(333, 60, { ctrl: true })))).toContainEqual([60, 233, quarter]);
    expect(shape(drag(begin(at(100, 60)), at(800, 62, { shift: true })))).toContainEqual([60, 720, quarter]);
    const copy = drag(begin(at(100, 60)), at(2020, 60, { alt: true }));
    expect(copy?.label).toBe('Copy a note');
    expect(shape(copy)).toHaveLength(4);
    expect(chosen(copy)).toEqual([3]);
  });

  it('stops at the edges, and others of the same key make way', () => {
    expect(shape(drag(begin(at(600, 64)), at(-3000, 64)))).toContainEqual([64, 0, quarter]);
    const outcome = drag(begin(at(600, 64)), at(610, 67));
    expect(shape(outcome)).toEqual([
      [60, 0, quarter],
      [67, 480, quarter],
      [67, 960, 2 * quarter],
    ]);
    const over = drag(begin(at(600, 64)), at(600 + quarter, 67));
    expect(shape(over)).toEqual([
      [60, 0, quarter],
      [67, 960, quarter],
      [67, 1440, quarter],
    ]);
  });

  it('leaves no trace when it comes back', () => {
    expect(drag(begin(at(100, 60)), at(900, 66), at(100, 60))).toMatchObject({ label: null });
  });

  it('lets the pitch be heard', () => {
    const gesture = begin(at(100, 60));
    expect(gesture.preview.hear).toBe(60);
    gesture.move(at(100, 65));
    expect(gesture.preview.hear).toBe(65);
  });
});

describe('resizing', () => {
  it('moves the ends of all chosen notes; the grabbed one keeps to the grid', () => {
    const outcome = drag(begin(at(475, 60), { selection: new Set([0, 2]) }), at(700, 60));
    expect(outcome?.label).toBe('Resize 2 notes');
    expect(shape(outcome).map(([, , duration]) => duration)).toEqual([720, 480, 1200]);
  });

  it('leaves a cell of the grid at least, less with Control', () => {
    expect(shape(drag(begin(at(475, 60)), at(-900, 60)))[0]).toEqual([60, 0, 240]);
    expect(shape(drag(begin(at(475, 60)), at(-900, 60, { ctrl: true })))[0]).toEqual([60, 0, 15]);
  });

  it('moves starts, and leaves the ends', () => {
    expect(shape(drag(begin(at(970, 67)), at(1240, 67)))[2]).toEqual([67, 1200, 720]);
    expect(shape(drag(begin(at(970, 67)), at(9000, 67)))[2]).toEqual([67, 1680, 240]);
  });
});

describe('drawing', () => {
  it('writes into the cell under the pointer, as long as the last note', () => {
    const outcome = begin(at(2500, 72), {}, 'draw').end();
    expect(outcome?.label).toBe('Draw a note');
    expect(shape(outcome)).toContainEqual([72, 2400, quarter]);
    expect(chosen(outcome)).toEqual([3]);
  });

  it('is stretched to the end of the cell that is reached', () => {
    expect(shape(drag(begin(at(2500, 72), {}, 'draw'), at(3130, 71)))).toContainEqual([71, 2400, 960]);
    expect(shape(drag(begin(at(2500, 72), {}, 'draw'), at(1000, 72)))).toContainEqual([72, 2400, 240]);
    expect(shape(drag(begin(at(2500, 72), { grid: null }, 'draw'), at(2777, 72)))).toContainEqual([72, 2500, 277]);
  });

  it('moves notes that are there, erases with the second button, bands with Shift', () => {
    expect(drag(begin(at(100, 60), {}, 'draw'), at(600, 60))?.label).toBe('Move a note');
    expect(begin(at(100, 60), {}, 'draw', 2).end()?.label).toBe('Erase a note');
    expect(drag(begin(at(2500, 70, { shift: true }), {}, 'draw'), at(0, 60))?.label).toBeNull();
  });
});

describe('erasing', () => {
  it('takes out all it is drawn over, also between two samples, and nothing else', () => {
    const outcome = drag(begin(at(100, 60), { selection: new Set([2]) }, 'erase'), at(700, 64.4));
    expect(outcome?.label).toBe('Erase 2 notes');
    expect(shape(outcome)).toEqual([[67, 960, 960]]);
    expect(chosen(outcome)).toEqual([0]);
    expect(begin(at(3000, 80), {}, 'erase').end()).toBeNull();
  });
});

describe('the rubber band', () => {
  it('chooses what it touches, shows itself, and adds with Shift', () => {
    const gesture = begin(at(1500, 70));
    gesture.move(at(300, 62));
    expect(gesture.preview.band).toMatchObject({ left: 30, width: 120 });
    expect(chosen(gesture.end())).toEqual([1, 2]);
    expect(chosen(drag(begin(at(1500, 70, { shift: true }), { selection: new Set([0]) }), at(970, 66)))).toEqual([0, 2]);
  });

  it('begins where it began, also when the view scrolls', () => {
    const gesture = begin(at(1500, 70));
    const scrolled = { ...view, scrollTicks: 960 };
    gesture.move({ ...at(0, 66), view: scrolled, x: 0 });
    expect(gesture.preview.band).toMatchObject({ left: 0, width: 54 });
    expect(chosen(gesture.end())).toEqual([2]);
  });
});

describe('velocities', () => {
  const lane = (tick: number, velocity: number): PointerSample => ({ ...at(tick, 60), y: velocityY(velocity, laneHeightPx) });
  const loudness = (outcome: Outcome | null): number[] => outcome?.track.notes.map(({ velocity }) => velocity) ?? [];

  it('follow a curve', () => {
    const outcome = drag(new ShapeVelocity(context(), lane(0, 20)), lane(960, 120));
    expect(loudness(outcome)).toEqual([20, 70, 120]);
    expect(outcome?.label).toBe('Velocity of 3 notes');
  });

  it('of chosen notes change together, by as much', () => {
    const uneven = { ...track, notes: track.notes.map((one, index) => ({ ...one, velocity: 60 + index * 20 })) };
    const gesture = new ShapeVelocity(context({ track: uneven, selection: new Set([0, 2]) }), lane(0, 60));
    expect(loudness(drag(gesture, lane(0, 75)))).toEqual([75, 80, 115]);
  });

  it('of the one chosen note change alone, wherever the pointer goes', () => {
    const gesture = new ShapeVelocity(context({ selection: new Set([1]) }), lane(quarter, 80));
    expect(loudness(drag(gesture, lane(0, 30)))).toEqual([80, 30, 80]);
  });

  it('stay as they were beside all stems', () => {
    expect(new ShapeVelocity(context(), lane(2900, 10)).end()).toBeNull();
  });
});

describe('the ruler', () => {
  const loop = { start: 960, end: 1920 };
  const bandY = rulerPx.chords + 4;

  it('takes hold of the loop, its edges, or the play head', () => {
    expect(gripAt(50, bandY + 20, loop, view)).toBe('seek');
    expect(gripAt(50, 4, loop, view)).toBe('seek');
    expect([96, 192, 140, 300].map((x) => gripAt(x, bandY, loop, view))).toEqual(['start', 'end', 'whole', 'new']);
    expect(gripAt(140, bandY, null, view)).toBe('new');
  });

  it('makes, moves and resizes it; edges may cross', () => {
    expect(draggedLoop('new', loop, 480, 0)).toEqual({ start: 0, end: 480 });
    expect(draggedLoop('start', loop, 960, 2400)).toEqual({ start: 1920, end: 2400 });
    expect(draggedLoop('end', loop, 1920, 960)).toBeNull();
    expect(draggedLoop('whole', loop, 1000, 0)).toEqual({ start: 0, end: 960 });
  });
});

it('shows what a press would do', () => {
  expect(cursorAt('select', null)).toBe('default');
  expect(cursorAt('draw', null)).toBe('crosshair');
  expect(cursorAt('select', { index: 0, note: note(60, 0), part: 'end' })).toBe('ew-resize');
});
