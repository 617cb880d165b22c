/** What the page and the audio thread say to one another. Notes go as numbers in transferred buffers; everything else is small. */
import type { Note, Score, Track } from '../../shared/music/score.ts';

/** A track without its notes: what a mixer changes. */
export type TrackHead = Omit<Track, 'notes'>;

export interface TrackMessage {
  head: TrackHead;
  /** [notes * 4] start, duration, pitch, velocity of each; null: as they were. */
  notes: Int32Array<ArrayBuffer> | null;
}

export interface ScoreMessage {
  type: 'score';
  tempos: Score['tempos'];
  metres: Score['metres'];
  lengthTicks: number;
  tracks: TrackMessage[];
}

export interface CountIn {
  /** Clicks before the music, one a beat. */
  beats: number;
  secondsPerBeat: number;
}

export type ToAudioThread =
  | ScoreMessage
  /** From a tick; null: where it stands. `endless`: plays on past the end, as recording wants it. */
  | { type: 'play'; fromTick: number | null; endless: boolean; countIn: CountIn | null }
  | { type: 'pause' }
  | { type: 'seek'; tick: number }
  | { type: 'loop'; range: { start: number; end: number } | null }
  | { type: 'metronome'; on: boolean }
  | { type: 'note-on'; trackId: string; pitch: number; velocity: number }
  | { type: 'note-off'; trackId: string; pitch: number }
  /** The bytes of an SF2 or SF3, transferred once and kept; null: our own instruments. */
  | { type: 'sound-font'; bytes: ArrayBuffer | null; request: number };

/** What the audio thread tells, about thirty times a second while anything sounds, and at once when something changes. */
export interface EngineReport {
  type: 'report';
  /** The context's time at which what lies at `positionS` leaves the engine. */
  contextTimeS: number;
  /** Seconds of the score. */
  positionS: number;
  playing: boolean;
  /** Seconds of the count-in that are left; 0: none. */
  countInS: number;
  /** Orders so far that may move the position (`ordersPosition`), so that an older report can be told. */
  orders: number;
  left: number;
  right: number;
  /** Highest samples since the last report, by track id. */
  trackPeaks: Record<string, number>;
  /** Loudness of the last 400 ms (ITU-R BS.1770, not gated); null for silence. */
  momentaryLufs: number | null;
}

export type FromAudioThread =
  | EngineReport
  /** It came to the end of the piece. */
  | { type: 'ended' }
  | { type: 'sound-font'; request: number; name: string; presets: number }
  | { type: 'sound-font-failed'; request: number; message: string; action: string | null };

export const ordersPosition = ({ type }: ToAudioThread): boolean =>
  type === 'score' || type === 'play' || type === 'pause' || type === 'seek' || type === 'loop';

const valuesOfNote = 4;

export function packNotes(notes: readonly Note[]): Int32Array<ArrayBuffer> {
  const packed = new Int32Array(notes.length * valuesOfNote);
  for (const [index, { start, duration, pitch, velocity }] of notes.entries())
    packed.set([start, duration, pitch, velocity], index * valuesOfNote);
  return packed;
}

export function unpackNotes(packed: Int32Array): Note[] {
  return Array.from({ length: packed.length / valuesOfNote }, (_, index) => {
    const at = index * valuesOfNote;
    return { start: packed[at] ?? 0, duration: packed[at + 1] ?? 1, pitch: packed[at + 2] ?? 0, velocity: packed[at + 3] ?? 1 };
  });
}

/**
 * What must be sent for the audio thread to hold `next`, when it holds `before`: notes only of tracks whose list is another one.
 * @returns the message, and the buffers to transfer
 */
export function scoreMessage(before: Score | null, next: Score): { message: ScoreMessage; transfer: ArrayBuffer[] } {
  const known = new Map(before?.tracks.map(({ id, notes }) => [id, notes]));
  const tracks = next.tracks.map(({ notes, ...head }): TrackMessage => ({
    head,
    notes: known.get(head.id) === notes ? null : packNotes(notes),
  }));
  return {
    message: { type: 'score', tempos: next.tempos, metres: next.metres, lengthTicks: next.lengthTicks, tracks },
    transfer: tracks.flatMap(({ notes }) => (notes === null ? [] : [notes.buffer])),
  };
}
