/** Between the parts of the song model and the tracks of a piece. */
import { sortedNotes, type Note, type Score, type Track } from '../../../shared/music/score.ts';
import { songParts, type PartNote, type SongPart } from './autoregressive/song-events.ts';
import { songForces, type SongTask } from './autoregressive/write-song.ts';
import { baseVelocities, baseVelocityOf, withVelocities, type PlainNote } from './expression.ts';
import { meanPitch, type SongCast } from './material.ts';

/** By part: the singer before the hands. */
export const songVelocities: Record<SongPart, number> = {
  [songParts.melody]: baseVelocities.lead,
  [songParts.right]: baseVelocities.inner,
  [songParts.left]: baseVelocities.inner - 2,
};

export function forceOf({ melody, piano }: SongCast): SongTask['force'] {
  if (melody === null) return songForces.piano;
  return piano.length === 0 ? songForces.melody : songForces.song;
}

/** The notes of the tracks that are kept, with their parts. */
export function givenPartNotes(tracks: readonly Track[], cast: SongCast, keep: (track: Track, note: Note) => boolean): PartNote[] {
  return tracks.flatMap((track) =>
    track.notes
      .filter((note) => keep(track, note))
      .map(({ start, duration, pitch }) => ({ start, duration, pitch, part: cast.partOf(track.id, pitch) })),
  );
}

/**
 * Adds written notes to the tracks that may hold them: of several, to the one whose notes lie nearest.
 * @param open the tracks that may take notes that start there
 */
export function spreadOverTracks(
  score: Score,
  cast: SongCast,
  written: readonly PartNote[],
  open: (tick: number) => readonly Track[],
): Score {
  const added = new Map<string, (PlainNote & { part: PartNote['part'] })[]>();
  for (const note of written) {
    const [nearest] = open(note.start)
      .filter(({ id }) => cast.partsOf(id).includes(note.part))
      .toSorted((a, b) => Math.abs(meanPitch(a.notes, note.pitch) - note.pitch) - Math.abs(meanPitch(b.notes, note.pitch) - note.pitch));
    if (nearest !== undefined) added.set(nearest.id, [...(added.get(nearest.id) ?? []), note]);
  }
  const tracks = score.tracks.map((track) => {
    const notes = added.get(track.id) ?? [];
    const [first] = notes;
    if (first === undefined) return track;
    const plain = notes.map(({ start, duration, pitch }) => ({ start, duration, pitch }));
    const velocities = withVelocities(score, plain, baseVelocityOf(track.notes, songVelocities[first.part]));
    return { ...track, notes: sortedNotes([...track.notes, ...velocities]) };
  });
  return { ...score, tracks };
}
