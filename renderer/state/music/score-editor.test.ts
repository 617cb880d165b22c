import { beforeEach, describe, expect, it } from 'vitest';
import { emptyScore, scoreSchema, ticksPerQuarter as quarter, type Note, type Score } from '../../../shared/music/score.ts';
import { ScoreEditor } from './score-editor.svelte.ts';

const bar = 4 * quarter;
const note = (pitch: number, start: number, duration = quarter, velocity = 80): Note => ({ pitch, start, duration, velocity });
const scoreOf = (...tracks: Note[][]): Score =>
  scoreSchema.parse({
    ...emptyScore({ bars: 4, bpm: 120, metre: { numerator: 4, denominator: 4 }, key: { fifths: 0, mode: 'major' } }),
    tracks: tracks.map((notes, index) => ({
      id: `t${String(index)}`,
      name: `T${String(index)}`,
      instrument: { kind: 'melodic', program: 0 },
      notes,
    })),
  });
const given = scoreOf([note(60, 0), note(64, quarter), note(67, bar)], [note(48, 0)]);

let editor: ScoreEditor;
const shape = (): [number, number, number][] =>
  editor.activeTrack?.notes.map(({ pitch, start, duration }) => [pitch, start, duration]) ?? [];
beforeEach(() => {
  editor = new ScoreEditor();
  editor.load(given);
});

describe('undo', () => {
  it('takes back every kind of change to the very state before', () => {
    const changes: (() => void)[] = [
      () => editor.deleteSelection(),
      () => editor.moveSelection({ ticks: quarter, semitones: 2 }),
      () => editor.resizeSelection(100),
      () => editor.duplicate(),
      () => void editor.cut(),
      () => void editor.paste(2 * bar),
      () => editor.quantise(quarter),
      () => editor.transpose(5),
      () => editor.transposePiece(2),
      () => editor.setVelocity(33),
      () => editor.legato(),
      () => editor.splitSelection(240),
      () => editor.joinSelection(),
      () => editor.addNote(note(70, 0)),
      () => void editor.addTrack({ kind: 'drums' }, 'Drums'),
      () => editor.removeTrack('t0'),
      () => editor.updateTrack('t1', { volume: 0.1 }),
      () => editor.moveTrack('t0', 1),
      () => editor.setTempo(90),
      () => editor.setKey({ fifths: 2, mode: 'minor' }),
      () => editor.setMetre({ numerator: 3, denominator: 4 }),
      () => editor.insertBars(1, 2),
      () => editor.deleteBars(0, 1),
      () => editor.setLockedBars([2]),
    ];
    for (const change of changes) {
      editor.load(given, { lockedBars: [1] });
      editor.select(new Set([0, 1]));
      editor.copy();
      const revision = editor.revision;
      change();
      expect(editor.canUndo, String(change)).toBe(true);
      expect(editor.revision).toBeGreaterThan(revision);
      expect(scoreSchema.safeParse(editor.score).success, String(change)).toBe(true);
      const [changed, locked] = [editor.score, editor.lockedBars];
      editor.undo();
      expect(editor.score).toBe(given);
      expect([...editor.lockedBars]).toEqual([1]);
      expect([...editor.selection]).toEqual([0, 1]);
      expect(editor.activeTrackId).toBe('t0');
      editor.redo();
      expect(editor.score).toBe(changed);
      expect(editor.lockedBars).toBe(locked);
      expect(editor.canRedo).toBe(false);
    }
  });

  it('joins a gesture into one step, until it is settled', () => {
    editor.select(new Set([0]));
    for (let press = 0; press < 5; press += 1) editor.moveSelection({ ticks: 0, semitones: 1 });
    expect(shape()[0]?.[0]).toBe(65);
    editor.undo();
    expect(editor.score).toBe(given);
    editor.setTempo(100);
    editor.setTempo(101);
    editor.settle();
    editor.setTempo(102);
    editor.undo();
    expect(editor.score.tempos[0]?.bpm).toBe(101);
    editor.undo();
    expect(editor.score.tempos[0]?.bpm).toBe(120);
  });

  it('does not join what a choice of other notes parts, nor other fields', () => {
    editor.select(new Set([0]));
    editor.moveSelection({ ticks: 0, semitones: 1 });
    editor.select(new Set([1]));
    editor.moveSelection({ ticks: 0, semitones: 1 });
    editor.undo();
    expect(shape()[0]?.[0]).toBe(61);
    editor.updateTrack('t0', { volume: 0.5 });
    editor.updateTrack('t0', { pan: 0.5 });
    editor.undo();
    expect(editor.activeTrack).toMatchObject({ volume: 0.5, pan: 0 });
  });

  it('says what it takes back, and forgets the future with a new change', () => {
    editor.select(new Set([0, 1]));
    editor.deleteSelection();
    expect(editor.undoLabel).toBe('Delete 2 notes');
    editor.undo();
    expect(editor.redoLabel).toBe('Delete 2 notes');
    editor.setTempo(99);
    expect(editor.canRedo).toBe(false);
    editor.load(given);
    expect(editor.canUndo).toBe(false);
  });
});

describe('notes', () => {
  it('that go beyond the end make the piece longer by whole bars', () => {
    editor.addNote(note(60, 4 * bar + 10));
    expect(editor.score.lengthTicks).toBe(5 * bar);
    expect([...editor.selection]).toEqual([3]);
  });

  it('are copied behind themselves in whole beats', () => {
    editor.select(new Set([0, 1]));
    editor.duplicate();
    expect(shape()).toEqual([
      [60, 0, quarter],
      [64, quarter, quarter],
      [60, 2 * quarter, quarter],
      [64, 3 * quarter, quarter],
      [67, bar, quarter],
    ]);
    expect([...editor.selection]).toEqual([2, 3]);
  });

  it('travel through the clipboard, the system’s first', () => {
    expect(editor.copy()).toBeNull();
    expect(editor.paste(0)).toBe(false);
    editor.select(new Set([1]));
    const text = editor.cut();
    expect(shape()).toHaveLength(2);
    editor.setActiveTrack('t1');
    expect(editor.paste(bar + 7, 'something else')).toBe(true);
    expect(shape()).toEqual([
      [48, 0, quarter],
      [64, bar + 7, quarter],
    ]);
    const other = new ScoreEditor();
    other.load(scoreOf([]));
    expect(other.paste(0, text ?? '')).toBe(true);
    expect(other.activeTrack?.notes).toEqual([note(64, 0)]);
  });

  it('are all meant when none is chosen, by what shapes but not by what deletes', () => {
    editor.setVelocity(50);
    expect(editor.activeTrack?.notes.every(({ velocity }) => velocity === 50)).toBe(true);
    expect(editor.selection.size).toBe(0);
    editor.undo();
    editor.deleteSelection();
    editor.moveSelection({ ticks: 0, semitones: 1 });
    expect(editor.score).toBe(given);
  });
});

describe('tracks', () => {
  it('get ids of their own; the neighbour is active when one goes', () => {
    const id = editor.addTrack({ kind: 'melodic', program: 3 }, 'New');
    expect(id).toBe('track-3');
    expect(editor.activeTrackId).toBe(id);
    editor.removeTrack('track-3');
    expect(editor.activeTrackId).toBe('t1');
    editor.removeTrack('t0');
    editor.removeTrack('t1');
    expect(editor.activeTrackId).toBeNull();
    expect(editor.selectedNotes).toEqual([]);
    editor.undo();
    expect(editor.activeTrackId).toBe('t1');
  });
});

describe('locks', () => {
  it('keep bars from models, not from the hand, and go with their bars', () => {
    editor.setLockedBars([0]);
    editor.applyModel('Write anew', scoreOf([note(70, 0), note(72, bar)], []));
    expect(shape()).toEqual([
      [60, 0, quarter],
      [64, quarter, quarter],
      [72, bar, quarter],
    ]);
    editor.select(new Set([0]));
    editor.deleteSelection();
    expect(shape()[0]?.[0]).toBe(64);
    editor.insertBars(0, 2);
    expect([...editor.lockedBars]).toEqual([2]);
    editor.deleteBars(2, 1);
    expect([...editor.lockedBars]).toEqual([]);
  });

  it('stay where they were in time when the metre changes', () => {
    editor.setLockedBars([1]);
    editor.setMetre({ numerator: 2, denominator: 4 });
    expect([...editor.lockedBars]).toEqual([2, 3]);
    expect(editor.bars).toHaveLength(8);
  });
});

it('changes the signatures that hold at a place', () => {
  editor.load({
    ...given,
    tempos: [
      { tick: 0, bpm: 120 },
      { tick: 2 * bar, bpm: 60 },
    ],
  });
  editor.setTempo(80, 3 * bar);
  expect(editor.score.tempos.map(({ bpm }) => bpm)).toEqual([120, 80]);
  editor.setKey(null);
  expect(editor.score.keys).toEqual([]);
  editor.setKey({ fifths: -3, mode: 'minor' }, bar);
  expect(editor.score.keys).toEqual([{ tick: 0, fifths: -3, mode: 'minor' }]);
});
