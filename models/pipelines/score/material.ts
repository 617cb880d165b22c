/** What the tracks of a piece are to the models: four voices, a melody and two hands, drums. */
import { sortedNotes, type Note, type Score, type Track } from '../../../shared/music/score.ts';
import { songParts, type SongPart } from './autoregressive/song-events.ts';

export const drumTracks = ({ tracks }: Pick<Score, 'tracks'>): Track[] => tracks.filter(({ instrument }) => instrument.kind === 'drums');
export const melodicTracks = ({ tracks }: Pick<Score, 'tracks'>): Track[] => tracks.filter(({ instrument }) => instrument.kind !== 'drums');

export const meanPitch = (notes: readonly Note[], otherwise: number): number =>
  notes.length === 0 ? otherwise : notes.reduce((sum, { pitch }) => sum + pitch, 0) / notes.length;

/** Ticks by which a played note may reach into the next and still be one voice. */
const legatoTicks = 40;

/** Whether (nearly) no notes sound together. */
export function isOneVoice(notes: readonly Note[]): boolean {
  const sorted = sortedNotes(notes);
  const together = sorted.filter((note, index) => {
    const next = sorted[index + 1];
    return next !== undefined && note.start + note.duration - next.start > legatoTicks;
  }).length;
  return together <= 0.03 * notes.length;
}

const handNames = /right|left|piano|accomp/i;
const voiceNames = [/sopran|treble|discant|cantus/i, /alto?\b|altus/i, /tenor/i, /bass|basso/i];
const voiceCentres = [70, 63, 57, 48];
const sungLowest = 33;
const sungHighest = 84;

/** Soprano, alto, tenor, bass, when the piece has just four voices beside drums; else null. */
export function fourVoices(score: Pick<Score, 'tracks'>): [Track, Track, Track, Track] | null {
  const tracks = melodicTracks(score);
  const notes = tracks.flatMap((track) => track.notes);
  if (tracks.length !== 4 || notes.length === 0) return null;
  if (!tracks.every((track) => isOneVoice(track.notes) && !handNames.test(track.name))) return null;
  const outside = notes.filter(({ pitch }) => pitch < sungLowest || pitch > sungHighest).length;
  if (outside > 0.05 * notes.length) return null;
  const named = voiceNames.map((name) => tracks.filter((track) => name.test(track.name)));
  const ordered = named.every((found) => found.length === 1)
    ? named.flat()
    : tracks
        .map((track, index) => ({ track, pitch: meanPitch(track.notes, voiceCentres[index] ?? 60) }))
        .toSorted((a, b) => b.pitch - a.pitch)
        .map(({ track }) => track);
  const [soprano, alto, tenor, bass] = ordered;
  return soprano === undefined || alto === undefined || tenor === undefined || bass === undefined ? null : [soprano, alto, tenor, bass];
}

/** Who plays what in a song with piano. */
export interface SongCast {
  melody: Track | null;
  /** Tracks of the piano, or of what stands for it. */
  piano: Track[];
  partsOf(trackId: string): readonly SongPart[];
  partOf(trackId: string, pitch: number): SongPart;
}

const middleC = 60;
const melodyNames = /voice|vocal|melod|sing|song|sopran|lead|solo/i;

/** @param melodyId the track that sings; null: the one that is named so, or the highest of one voice */
export function songCast(score: Pick<Score, 'tracks'>, melodyId: string | null): SongCast {
  const tracks = melodicTracks(score);
  const melody = tracks.find(({ id }) => id === melodyId) ?? findMelody(tracks);
  const piano = tracks.filter((track) => track !== melody);
  const parts = new Map<string, readonly SongPart[]>(piano.map((track) => [track.id, handsOf(track, piano)]));
  if (melody !== null) parts.set(melody.id, [songParts.melody]);
  return {
    melody,
    piano,
    partsOf: (trackId) => parts.get(trackId) ?? [],
    partOf(trackId, pitch) {
      const [only, ...others] = parts.get(trackId) ?? [];
      if (only !== undefined && others.length === 0) return only;
      return pitch >= middleC ? songParts.right : songParts.left;
    },
  };
}

function findMelody(tracks: readonly Track[]): Track | null {
  const named = tracks.filter(({ name }) => melodyNames.test(name) && !handNames.test(name));
  if (named[0] !== undefined) return named[0];
  const able = tracks.filter(({ name, notes }) => notes.length > 0 && isOneVoice(notes) && !handNames.test(name));
  return able.toSorted((a, b) => meanPitch(b.notes, 0) - meanPitch(a.notes, 0))[0] ?? null;
}

function handsOf(track: Track, piano: readonly Track[]): readonly SongPart[] {
  if (/left|bass/i.test(track.name)) return [songParts.left];
  if (/right/i.test(track.name)) return [songParts.right];
  if (piano.length === 1) return [songParts.right, songParts.left];
  return [meanPitch(track.notes, middleC) >= middleC ? songParts.right : songParts.left];
}
