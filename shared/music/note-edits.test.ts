import { describe, expect, it } from 'vitest';
import { joinNotes, legato, makeWay, pasteNotes, splitNotes, transpose, transposeScore, trimStarts } from './edits.ts';
import { noteClip, noteClipText, readNoteClip } from './note-clip.ts';
import { emptyScore, scoreSchema, ticksPerQuarter as quarter, type Note, type Track } from './score.ts';

const note = (pitch: number, start: number, duration = quarter, velocity = 80): Note => ({ pitch, start, duration, velocity });
const track = (notes: Note[], more: Partial<Track> = {}): Track => ({
  id: 't',
  name: 'T',
  instrument: { kind: 'melodic', program: 0 },
  notes,
  volume: 0.8,
  pan: 0,
  muted: false,
  solo: false,
  reverb: 0.2,
  ...more,
});
const shape = ({ notes }: Track): [number, number, number][] => notes.map(({ pitch, start, duration }) => [pitch, start, duration]);
const all = ({ notes }: Track): Set<number> => new Set(notes.keys());

describe('transposing', () => {
  it('keeps the shape at the edge of the keyboard', () => {
    const given = track([note(120, 0), note(126, quarter)]);
    expect(transpose(given, all(given), 5).track.notes.map(({ pitch }) => pitch)).toEqual([121, 127]);
  });

  it('takes the keys of a piece along and leaves drums', () => {
    const score = scoreSchema.parse({
      ...emptyScore({ bars: 1, bpm: 100, metre: { numerator: 4, denominator: 4 }, key: { fifths: -1, mode: 'minor' } }),
      tracks: [track([note(62, 0)]), track([note(36, 0)], { id: 'd', instrument: { kind: 'drums' } })],
    });
    const up = transposeScore(score, 2);
    expect(up.keys).toEqual([{ tick: 0, fifths: 1, mode: 'minor' }]);
    expect(up.tracks.map(({ notes }) => notes[0]?.pitch)).toEqual([64, 36]);
    expect(transposeScore(up, -2)).toEqual(score);
  });
});

describe('legato', () => {
  it('ends notes where the next chosen one begins, chords together', () => {
    const given = track([note(60, 0, 10), note(64, 0, 900), note(62, quarter, 20), note(65, 2 * quarter, 30)]);
    expect(shape(legato(given, new Set([0, 1, 3])).track)).toEqual([
      [60, 0, 2 * quarter],
      [64, 0, 2 * quarter],
      [62, quarter, 20],
      [65, 2 * quarter, 30],
    ]);
    expect(legato(given, new Set([2])).track.notes[2]?.duration).toBe(quarter);
  });
});

describe('trimming starts', () => {
  it('leaves the ends, a tick at least, and nothing before the beginning', () => {
    const given = track([note(60, 100, 200), note(62, 400, 50)]);
    expect(shape(trimStarts(given, all(given), 120).track)).toEqual([
      [60, 220, 80],
      [62, 449, 1],
    ]);
    expect(shape(trimStarts(given, new Set([0]), -300).track)[0]).toEqual([60, 0, 300]);
  });
});

describe('splitting and joining', () => {
  it('undo each other', () => {
    const given = track([note(60, 0, 2 * quarter), note(64, 0, quarter)]);
    const split = splitNotes(given, all(given), quarter);
    expect(shape(split.track)).toEqual([
      [60, 0, quarter],
      [64, 0, quarter],
      [60, quarter, quarter],
    ]);
    expect([...split.selection]).toEqual([0, 1, 2]);
    const joined = joinNotes(split.track, split.selection);
    expect(joined.track.notes).toEqual(given.notes);
    expect([...joined.selection]).toEqual([0, 1]);
  });

  it('joins over gaps, to the latest end', () => {
    const given = track([note(60, 0, 3 * quarter, 50), note(60, quarter, 10, 90)]);
    expect(joinNotes(given, all(given)).track.notes).toEqual([note(60, 0, 3 * quarter, 50)]);
  });
});

describe('making way', () => {
  it('cuts, delays or removes others of the same pitch', () => {
    const given = track([
      note(60, 0, 2 * quarter),
      note(60, quarter, quarter),
      note(62, quarter),
      note(60, quarter + 10, 20),
      note(60, 700, 900),
    ]);
    const { track: made, selection } = makeWay(given, new Set([1]));
    expect(shape(made)).toEqual([
      [60, 0, quarter],
      [60, quarter, quarter],
      [62, quarter, quarter],
      [60, 2 * quarter, 640],
    ]);
    expect([...selection]).toEqual([1]);
  });
});

describe('copies', () => {
  it('go through text and come back at another place', () => {
    const clip = noteClip([note(64, 500, 20), note(60, 480)]);
    if (clip === null) throw new Error('nothing was copied');
    expect(clip.lengthTicks).toBe(480);
    const read = readNoteClip(noteClipText(clip));
    expect(read).toEqual(clip);
    const pasted = pasteNotes(track([note(50, 100)]), clip.notes, 96.4);
    expect(shape(pasted.track)).toEqual([
      [60, 96, 480],
      [50, 100, 480],
      [64, 116, 20],
    ]);
    expect([...pasted.selection]).toEqual([0, 2]);
  });

  it('are not taken for other text', () => {
    expect(noteClip([])).toBeNull();
    expect(readNoteClip('hello')).toBeNull();
    expect(readNoteClip('{"kilnNotes":1')).toBeNull();
    expect(readNoteClip('{"kilnNotes":1,"lengthTicks":4,"notes":[{"start":0,"duration":1,"pitch":200,"velocity":1}]}')).toBeNull();
  });
});
