/** What the rows stand for: keys of a keyboard, or drums. */
import { drumName } from '../../../shared/music/drum-names.ts';
import { pitchClassName } from '../../../shared/music/harmony.ts';
import type { Track } from '../../../shared/music/score.ts';

const blackKeys = new Set([1, 3, 6, 8, 10]);
export const isBlackKey = (pitch: number): boolean => blackKeys.has(pitch % 12);

/** 60 is C4. */
export const pitchName = (pitch: number, fifths = 0): string => `${pitchClassName(pitch, fifths)}${String(Math.floor(pitch / 12) - 1)}`;

export const isDrums = (track: Pick<Track, 'instrument'> | null): boolean => track?.instrument.kind === 'drums';

/** As the user calls it: "F♯4", or "Snare". */
export const rowName = (track: Pick<Track, 'instrument'> | null, pitch: number, fifths = 0): string =>
  isDrums(track) ? drumName(pitch) : pitchName(pitch, fifths);

/** A piano's keys or General MIDI's drums, and beyond them what the track uses. */
export function rowRange(track: Pick<Track, 'instrument' | 'notes'> | null): { lowest: number; highest: number } {
  const usual = isDrums(track) ? { lowest: 35, highest: 59 } : { lowest: 21, highest: 108 };
  return (track?.notes ?? []).reduce(
    (range, { pitch }) => ({ lowest: Math.min(range.lowest, pitch), highest: Math.max(range.highest, pitch) }),
    usual,
  );
}
