/** The lines of a score that a four-voice model hears: of the tracks asked for, and of as many others as there is room for. */
import type { Note, Score, Track } from '../../../../shared/music/score.ts';
import { isOneVoice } from '../material.ts';
import { meanPitch, polyphonyOf, splitLanes, type Lane } from './lanes.ts';
import { voiceCount } from './tokens.ts';
import { assignVoices } from './voicing.ts';

export interface Part {
  /** 0..3, from high to low. */
  voice: number;
  /** Null: a line drawn from several tracks, for hearing only. */
  trackId: string | null;
  lane: Lane;
  /** Among those that are written. */
  target: boolean;
}

export interface Parts {
  parts: Part[];
  /** Semitones to add to every pitch before the model hears it. */
  shift: number;
  /** Notes of each target track that no line has room for. */
  extra: ReadonlyMap<string, Note[]>;
}

const named: readonly [RegExp, number][] = [
  [/^sopran/i, 0],
  [/^(?:contr)?alto?\b/i, 1],
  [/^tenor/i, 2],
  [/\bbass\b/i, 3],
];

/** The voice that a track's name asks for. */
const voiceOfName = (name: string): number | null => named.find(([pattern]) => pattern.test(name))?.[1] ?? null;

const isMelodic = ({ instrument }: Track): boolean => instrument.kind === 'melodic';

/** How many lines a track needs. */
const linesOf = ({ notes }: Track): number => (isOneVoice(notes) ? 1 : Math.min(voiceCount, Math.max(2, polyphonyOf(notes))));

/** Gives each track a line, then further ones in turn, until there are `room` or all have what they need. */
function share(tracks: readonly Track[], room: number): number[] {
  const given = tracks.map(() => 0);
  const needs = tracks.map(linesOf);
  for (let left = room; left > 0;) {
    const before = left;
    for (let index = 0; index < tracks.length && left > 0; index += 1) {
      if ((given[index] ?? 0) >= (needs[index] ?? 0)) continue;
      given[index] = (given[index] ?? 0) + 1;
      left -= 1;
    }
    if (left === before) break;
  }
  return given;
}

export interface PartsOptions {
  /** Voices by track id, where the caller knows better than registers and names. */
  voices?: Readonly<Record<string, number>>;
  /** Whether the music may be moved by octaves into the singers' registers. */
  shifts?: boolean;
}

/** @param targets at most four tracks, drums not among them */
export function partsOf(score: Score, targets: readonly string[], { voices: wanted = {}, shifts = true }: PartsOptions = {}): Parts {
  const written = score.tracks.filter((track) => targets.includes(track.id) && isMelodic(track));
  const others = score.tracks.filter((track) => !targets.includes(track.id) && isMelodic(track) && !track.muted && track.notes.length > 0);
  const lines: Omit<Part, 'voice'>[] = [];
  const extra = new Map<string, Note[]>();
  const given = share(written, voiceCount);
  for (const [index, track] of written.entries()) {
    const split = splitLanes(track.notes, Math.max(1, given[index] ?? 1));
    extra.set(track.id, split.extra);
    lines.push(...split.lanes.map((lane) => ({ trackId: track.id, lane, target: true })));
  }
  const room = voiceCount - lines.length;
  const needed = others.reduce((sum, track) => sum + linesOf(track), 0);
  if (needed <= room) {
    for (const track of others) {
      for (const lane of splitLanes(track.notes, linesOf(track)).lanes) lines.push({ trackId: track.id, lane, target: false });
    }
  } else if (room > 0) {
    const targetMean = meanPitch(written.flatMap(({ notes }) => notes));
    for (const lane of outerLanes(others.flatMap(({ notes }) => notes), room, targetMean)) lines.push({ trackId: null, lane, target: false }); // prettier-ignore
  }
  const track = (id: string | null): Track | undefined => score.tracks.find((one) => one.id === id);
  const several = (id: string | null): boolean => lines.filter((line) => line.trackId === id).length > 1;
  const { voices, shift } = assignVoices(
    lines.map(({ trackId, lane }) => {
      const name = several(trackId) ? null : voiceOfName(track(trackId)?.name ?? '');
      return {
        mean: meanPitch(lane.map(({ note }) => note)),
        voice: (trackId === null ? null : wanted[trackId]) ?? (lane.length === 0 ? name : null),
      };
    }),
    shifts,
  );
  return { parts: lines.map((line, index) => ({ ...line, voice: voices[index] ?? 0 })), shift, extra };
}

/** What is heard most of many tracks: the lowest and the highest line, then what lies between. */
function outerLanes(notes: readonly Note[], room: number, targetMean: number | null): Lane[] {
  if (room > 1) return splitLanes(notes, room).lanes;
  const mean = meanPitch(notes) ?? 60;
  const low = targetMean === null || targetMean >= mean;
  const sorted = notes.toSorted((a, b) => a.start - b.start);
  const outer = sorted.filter(
    (note) => !sorted.some((other) => other !== note && other.start <= note.start && other.start + other.duration > note.start && (low ? other.pitch < note.pitch : other.pitch > note.pitch)), // prettier-ignore
  );
  return splitLanes(outer, 1).lanes;
}
