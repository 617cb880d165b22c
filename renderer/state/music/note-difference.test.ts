import { expect, it } from 'vitest';
import { emptyScore, type Score } from '../../../shared/music/score.ts';
import { countNotes, ownNotes } from './note-difference.ts';

function piece(pitches: readonly number[], velocity = 80): Score {
  const base = emptyScore({ bars: 1, bpm: 96, metre: { numerator: 4, denominator: 4 }, key: null });
  const notes = pitches.map((pitch, index) => ({ start: index * 480, duration: 480, pitch, velocity }));
  const instrument = { kind: 'melodic' as const, program: 0 };
  return { ...base, tracks: [{ id: 'a', name: 'A', instrument, notes, volume: 0.8, pan: 0, muted: false, solo: false, reverb: 0.2 }] };
}

it('finds the notes that only one version has', () => {
  const own = ownNotes(piece([60, 62, 64]), piece([60, 63, 64], 100));
  expect(own.tracks[0]?.notes.map(({ pitch }) => pitch)).toEqual([62]);
  expect(countNotes(own)).toBe(1);
});

it('takes a whole track that the other has not got', () => {
  expect(countNotes(ownNotes(piece([60, 62]), { ...piece([]), tracks: [] }))).toBe(2);
});
