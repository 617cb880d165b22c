import { describe, expect, it } from 'vitest';
import { addNotes, deleteNotes, excerpt, moveNotes, quantise, replaceSpan, resizeNotes, setVelocity } from './edits.ts';
import { chordBetween, chordName, chordsOf, keyName, keyOfTonality, tonalityOf, tonalityOfKey } from './harmony.ts';
import {
  barsOf,
  emptyScore,
  heardTracks,
  scoreSchema,
  secondsAt,
  tickAt,
  ticksPerQuarter as quarter,
  type Note,
  type Score,
  type Track,
} from './score.ts';

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
const blank = emptyScore({ bars: 4, bpm: 120, metre: { numerator: 4, denominator: 4 }, key: { fifths: -1, mode: 'minor' } });
const withTracks = (...tracks: Track[]): Score => scoreSchema.parse({ ...blank, tracks });

describe('bars and time', () => {
  it('counts bars through changes of metre, and cuts a bar that a change falls into', () => {
    const bars = barsOf({
      lengthTicks: 16 * quarter,
      metres: [
        { tick: 0, numerator: 3, denominator: 4 },
        { tick: 6 * quarter, numerator: 6, denominator: 8 },
        { tick: 10 * quarter, numerator: 4, denominator: 4 },
      ],
    });
    expect(bars.map(({ start, end }) => [start / quarter, end / quarter])).toEqual([
      [0, 3],
      [3, 6],
      [6, 9],
      [9, 10],
      [10, 14],
      [14, 18],
    ]);
  });

  it('turns ticks into seconds and back across changes of tempo', () => {
    const tempos = [
      { tick: 0, bpm: 120 },
      { tick: 4 * quarter, bpm: 60 },
    ];
    expect(secondsAt({ tempos }, 4 * quarter)).toBe(2);
    expect(secondsAt({ tempos }, 6 * quarter)).toBe(4);
    for (const tick of [0, 100, 4 * quarter, 5 * quarter + 7]) expect(tickAt({ tempos }, secondsAt({ tempos }, tick))).toBeCloseTo(tick, 6);
  });

  it('lets solo win over the others, and mute over solo', () => {
    const score = withTracks(track([], { id: 'a' }), track([], { id: 'b', solo: true }), track([], { id: 'c', solo: true, muted: true }));
    expect(heardTracks(score).map(({ id }) => id)).toEqual(['b']);
  });
});

describe('harmony', () => {
  it('finds keys, and names them with their own accidentals', () => {
    const scale = (pitches: number[]): Note[] => pitches.map((pitch, index) => note(pitch, index * quarter));
    expect(tonalityOf(scale([60, 62, 64, 65, 67, 69, 71, 72, 67, 60]))).toEqual({ tonic: 0, mode: 'major' });
    expect(tonalityOf(scale([62, 64, 65, 67, 69, 70, 73, 74, 69, 62, 65, 62]))).toEqual({ tonic: 2, mode: 'minor' });
    expect(tonalityOf([])).toBeNull();
    expect(keyName({ fifths: -1, mode: 'minor' })).toBe('D minor');
    expect(keyName({ fifths: -3, mode: 'major' })).toBe('E♭ major');
    expect(keyName({ fifths: 4, mode: 'minor' })).toBe('C♯ minor');
    for (let fifths = -5; fifths <= 6; fifths += 1) {
      for (const mode of ['major', 'minor'] as const) expect(keyOfTonality(tonalityOfKey({ fifths, mode }))).toEqual({ fifths, mode });
    }
  });

  it('names chords by what sounds, with the bass when it is not the root', () => {
    const named = (...pitches: number[]): string => {
      const chord = chordBetween(
        pitches.map((pitch) => note(pitch, 0)),
        0,
        quarter,
      );
      return chord === null ? '' : chordName(chord);
    };
    expect(named(48, 64, 67, 72)).toBe('C');
    expect(named(52, 60, 67)).toBe('C/E');
    expect(named(50, 57, 65)).toBe('Dm');
    expect(named(43, 59, 62, 65)).toBe('G7');
    expect(named(59, 62, 65, 68)).toBe('Bdim7');
    expect(named(60)).toBe('');
    expect(named()).toBe('');
  });

  it('joins equal neighbours and leaves drums out', () => {
    const chord = [60, 64, 67].map((pitch) => note(pitch, 0, 8 * quarter));
    const score = withTracks(track(chord), track([note(37, 0, 16 * quarter)], { id: 'd', instrument: { kind: 'drums' } }));
    expect(chordsOf(score)).toEqual([{ start: 0, end: 8 * quarter, root: 0, suffix: '', bass: null }]);
  });
});

describe('edits', () => {
  const notes = [note(60, 0), note(64, 100), note(67, 2 * quarter)];
  const given = track(notes);

  it('moves notes together and stops them at the edges', () => {
    const { track: moved, selection } = moveNotes(given, new Set([0, 2]), { ticks: -50, semitones: 100 });
    expect(moved.notes.map(({ start, pitch }) => [start, pitch])).toEqual([
      [0, 120],
      [100, 64],
      [2 * quarter, 127],
    ]);
    expect([...selection]).toEqual([0, 2]);
    expect(given.notes).toEqual(notes);
  });

  it('keeps the selection on its notes when their order changes', () => {
    const { track: moved, selection } = moveNotes(given, new Set([0]), { ticks: 4 * quarter, semitones: 0 });
    expect([...selection].map((index) => moved.notes[index]?.pitch)).toEqual([60]);
    expect([...selection]).toEqual([2]);
  });

  it('quantises wholly, partly, and with swing', () => {
    const late = track([note(60, 130), note(60, 250)]);
    const all = new Set([0, 1]);
    expect(quantise(late, all, 120).track.notes.map(({ start }) => start)).toEqual([120, 240]);
    expect(quantise(late, all, 120, 0.5).track.notes.map(({ start }) => start)).toEqual([125, 245]);
    expect(quantise(late, all, 120, 1, 1).track.notes.map(({ start }) => start)).toEqual([160, 240]);
  });

  it('resizes to a tick at least, keeps velocities in range, deletes and adds', () => {
    expect(resizeNotes(given, new Set([0]), -9999).track.notes[0]?.duration).toBe(1);
    expect(setVelocity(given, new Set([0]), () => 300).track.notes[0]?.velocity).toBe(127);
    expect(deleteNotes(given, new Set([1])).notes).toHaveLength(2);
    const { track: more, selection } = addNotes(given, [note(50, 50)]);
    expect([...selection].map((index) => more.notes[index]?.pitch)).toEqual([50]);
  });

  it('replaces a span and cuts what reaches into it', () => {
    const long = track([note(60, 0, 4 * quarter), note(62, quarter), note(64, 3 * quarter)]);
    const replaced = replaceSpan(long, quarter, 2 * quarter, [note(70, quarter)]);
    expect(replaced.notes).toEqual([note(60, 0, quarter), note(70, quarter), note(64, 3 * quarter)]);
  });

  it('takes an excerpt with the signatures that hold there', () => {
    const score = {
      ...withTracks(track([note(60, 0, 6 * quarter), note(64, 9 * quarter)])),
      tempos: [
        { tick: 0, bpm: 90 },
        { tick: 5 * quarter, bpm: 70 },
      ],
    };
    const part = excerpt(score, 4 * quarter, 8 * quarter);
    expect(part.tracks[0]?.notes).toEqual([note(60, 0, 2 * quarter)]);
    expect(part.tempos).toEqual([
      { tick: 0, bpm: 90 },
      { tick: quarter, bpm: 70 },
    ]);
    expect(part.keys).toEqual(blank.keys);
    expect(part.lengthTicks).toBe(4 * quarter);
  });
});
