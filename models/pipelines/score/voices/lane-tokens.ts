/** Between lines of notes and columns of tokens. */
import type { Note } from '../../../../shared/music/score.ts';
import type { PlainNote } from '../expression.ts';
import type { LaneNote } from './lanes.ts';
import { foldPitch, heldToken, isStruck, pitchOfToken, silence, stepTicks, struckToken, voiceCount } from './tokens.ts';

/** Writes a line into its voice of a grid. @param tokens [steps, 4] */
export function writeLane(tokens: Int32Array, lane: Iterable<LaneNote>, voice: number, shift: number): void {
  const steps = tokens.length / voiceCount;
  for (const { note, from, to } of lane) {
    const pitch = foldPitch(note.pitch + shift);
    for (let step = Math.max(0, from); step < Math.min(to, steps); step += 1)
      tokens[step * voiceCount + voice] = step === from ? struckToken(pitch) : heldToken(pitch);
  }
}

/**
 * Notes that begin in changed places, and how far into the places after them they are held.
 * @param changed tells which places were written anew
 */
export function readLane(
  tokens: Int32Array,
  voice: number,
  shift: number,
  changed: (step: number) => boolean,
): { from: number; to: number; pitch: number }[] {
  const steps = tokens.length / voiceCount;
  const tokenAt = (step: number): number => (step < 0 || step >= steps ? silence : (tokens[step * voiceCount + voice] ?? silence));
  const found: { from: number; to: number; pitch: number }[] = [];
  for (let step = 0; step < steps; step += 1) {
    const token = tokenAt(step);
    if (!changed(step) || !isStruck(token)) continue;
    const pitch = pitchOfToken(token) ?? 0;
    let to = step + 1;
    while (to < steps && changed(to) && tokenAt(to) === heldToken(pitch)) to += 1;
    found.push({ from: step, to, pitch: pitch - shift });
  }
  return found;
}

/** In ticks; cut where the line's next kept note begins, and begun no earlier than the one before ends. */
export function plainNotes(found: readonly { from: number; to: number; pitch: number }[], kept: readonly Note[]): PlainNote[] {
  return found.flatMap(({ from, to, pitch }) => {
    let [start, end] = [from * stepTicks, to * stepTicks];
    for (const note of kept) {
      if (note.start >= start && note.start < end) end = note.start;
      const noteEnd = note.start + note.duration;
      if (note.start < start && noteEnd > start) start = Math.min(noteEnd, start + stepTicks / 2);
    }
    return end > start ? [{ start, duration: end - start, pitch: Math.max(0, Math.min(127, pitch)) }] : [];
  });
}
