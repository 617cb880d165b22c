/** What two versions of a piece share, for the eye. */
import type { Note, Score } from '../../../shared/music/score.ts';

const sameNote = ({ start, duration, pitch }: Note): string => `${String(start)} ${String(duration)} ${String(pitch)}`;

/** The score with only those notes that the other has not got in the track of the same id; velocity does not count. */
export function ownNotes(score: Score, other: Score): Score {
  return {
    ...score,
    tracks: score.tracks.map((track) => {
      const there = new Set(other.tracks.find(({ id }) => id === track.id)?.notes.map(sameNote));
      return { ...track, notes: track.notes.filter((note) => !there.has(sameNote(note))) };
    }),
  };
}

export const countNotes = ({ tracks }: Pick<Score, 'tracks'>): number => tracks.reduce((sum, { notes }) => sum + notes.length, 0);
