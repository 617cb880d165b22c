/** Which places of a four-voice grid may be written. */
import type { Note } from '../../../../shared/music/score.ts';
import type { ScoreRegion } from '../../../../shared/pipelines/score.ts';
import type { LaneNote } from './lanes.ts';
import type { Part } from './parts.ts';
import { stepTicks, voiceCount } from './tokens.ts';

/**
 * open: anything may be written. ending: a note may go on or silence begin, but nothing is struck. imagined: a voice that is
 * nobody's, written for the others to be heard with.
 */
export type Place = 'open' | 'ending' | 'imagined';

export const beginsIn = (note: Note, regions: readonly Pick<ScoreRegion, 'start' | 'end'>[]): boolean =>
  regions.some(({ start, end }) => note.start >= start && note.start < end);

/** Places of the regions that no kept note sounds in, and the rest of removed notes that went on beyond. */
export function openPlaces(
  places: (Place | null)[],
  { lane, voice }: Part,
  regions: readonly ScoreRegion[],
  kept: readonly LaneNote[],
  steps: number,
): void {
  const open = (from: number, to: number, place: Place): void => {
    for (let step = Math.max(0, from); step < Math.min(steps, to); step += 1) places[step * voiceCount + voice] ??= place;
  };
  for (const { start, end } of regions) open(Math.ceil(start / stepTicks), Math.ceil(end / stepTicks), 'open');
  for (const { note, to } of lane) if (beginsIn(note, regions)) open(Math.ceil(note.start / stepTicks), to, 'ending');
  for (const { note, from } of kept) {
    const until = Math.ceil((note.start + note.duration) / stepTicks);
    for (let step = Math.max(0, from); step < Math.min(steps, until); step += 1) places[step * voiceCount + voice] = null;
  }
}
