/** Tracks as the columns of a four-voice grid, and the tracks again from a grid that was changed. */
import { sortedNotes, type Note, type Score, type Track } from '../../../../shared/music/score.ts';
import type { ScoreRegion } from '../../../../shared/pipelines/score.ts';
import { barTokens } from '../../../components/score/bar-vae.ts';
import { baseVelocities, baseVelocityOf, withVelocities } from '../expression.ts';
import type { LaneNote } from '../voices/lanes.ts';
import { writeLane } from '../voices/lane-tokens.ts';
import { partsOf, type Parts } from '../voices/parts.ts';
import { beginsIn, openPlaces, type Place } from '../voices/places.ts';
import { foldPitch, heldToken, isHeld, isStruck, pitchOfToken, silence, stepTicks, struckToken, voiceCount } from '../voices/tokens.ts';
import type { Cell } from './cells.ts';

export interface Ensemble {
  ids: readonly string[];
  parts: Parts;
  steps: number;
  /** [steps, 4] */
  tokens: Int32Array;
}

/** @param ids at most four melodic tracks */
export function ensembleOf(score: Score, ids: readonly string[], voices: Readonly<Record<string, number>> = {}): Ensemble {
  const parts = partsOf(score, ids, { voices, shifts: false });
  const steps = Math.ceil(score.lengthTicks / stepTicks);
  const tokens = new Int32Array(steps * voiceCount);
  for (const { lane, voice } of parts.parts) writeLane(tokens, lane, voice, 0);
  return { ids, parts, steps, tokens };
}

/** @returns [16, 4], padded with silence */
export function tokensOfCell({ tokens }: Pick<Ensemble, 'tokens'>, { from, to }: Cell): Int32Array {
  const bar = new Int32Array(barTokens);
  bar.set(tokens.subarray(from * voiceCount, to * voiceCount));
  return bar;
}

/** Which places of the grid belong to the regions' notes. */
export function placesOf({ parts, steps }: Ensemble, regionsOf: (trackId: string) => readonly ScoreRegion[]): (Place | null)[] {
  const places = new Array<Place | null>(steps * voiceCount).fill(null);
  for (const part of parts.parts) {
    if (!part.target || part.trackId === null) continue;
    const own = regionsOf(part.trackId);
    openPlaces(places, part, own, part.lane.filter(({ note }) => !beginsIn(note, own)), steps); // prettier-ignore
  }
  return places;
}

/** Holds that nothing leads to go on with what sounds, or are struck where nothing does; in place. */
export function mend(tokens: Int32Array, writable: (at: number) => boolean): void {
  for (let voice = 0; voice < voiceCount; voice += 1) {
    let sounding: number | null = null;
    for (let at = voice; at < tokens.length; at += voiceCount) {
      const token = tokens[at] ?? silence;
      const pitch = pitchOfToken(token);
      if (isHeld(token) && pitch !== null && pitch !== sounding && writable(at)) tokens[at] = sounding === null ? struckToken(pitch) : heldToken(sounding); // prettier-ignore
      sounding = pitchOfToken(tokens[at] ?? silence);
    }
  }
}

/** Notes of a voice, of the whole grid. */
export function linesOf(tokens: Int32Array, voice: number): { from: number; to: number; pitch: number }[] {
  const lines: { from: number; to: number; pitch: number }[] = [];
  for (let at = voice; at < tokens.length; at += voiceCount) {
    const token = tokens[at] ?? silence;
    const pitch = pitchOfToken(token);
    const step = (at - voice) / voiceCount;
    const last = lines.at(-1);
    if (pitch === null) continue;
    if (isStruck(token)) lines.push({ from: step, to: step + 1, pitch });
    else if (last?.to === step && last.pitch === pitch) last.to = step + 1;
  }
  return lines;
}

/**
 * The track with the grid's changes: a note whose line in the grid is as before is the same note; one that begins where an old one
 * began has its velocity.
 * @param changed [steps, 4] tokens after the change
 */
export function rewritten(score: Score, track: Track, { parts: { parts, extra }, tokens, steps }: Ensemble, changed: Int32Array): Track {
  const own = parts.filter(({ trackId, target }) => target && trackId === track.id);
  const kept: Note[] = [];
  const fresh: { start: number; duration: number; pitch: number; velocity: number | null }[] = [];
  for (const { lane, voice } of own) {
    const before = new Map(lane.map((laneNote) => [laneNote.from, laneNote]));
    for (const { note, from } of lane) if (from >= steps) kept.push(note);
    for (const line of linesOf(changed, voice)) {
      const old = before.get(line.from);
      if (old !== undefined && isSame(old, line, steps)) kept.push(old.note);
      else fresh.push({ ...ticksOf(line), pitch: line.pitch, velocity: old?.note.velocity ?? null });
    }
  }
  if (fresh.length === 0 && kept.length === own.reduce((sum, { lane }) => sum + lane.length, 0)) return track;
  const isChanged = (step: number): boolean =>
    own.some(({ voice }) => changed[step * voiceCount + voice] !== tokens[step * voiceCount + voice]);
  for (const note of extra.get(track.id) ?? []) {
    const [first, last] = [Math.floor(note.start / stepTicks), Math.ceil((note.start + note.duration) / stepTicks)];
    if (!Array.from({ length: last - first }, (_, index) => first + index).some(isChanged)) kept.push(note);
  }
  const bass = own.every(({ voice }) => voice === 3);
  const base = baseVelocityOf(track.notes, bass ? baseVelocities.bass : baseVelocities.inner);
  const played = withVelocities(score, fresh, base).map((note) => {
    const known = fresh.find(({ start, pitch }) => start === note.start && pitch === note.pitch)?.velocity ?? null;
    return { start: note.start, duration: note.duration, pitch: note.pitch, velocity: known ?? note.velocity };
  });
  return { ...track, notes: sortedNotes(withoutDoubles([...kept, ...played])) };
}

const ticksOf = ({ from, to }: { from: number; to: number }): { start: number; duration: number } => ({
  start: from * stepTicks,
  duration: (to - from) * stepTicks,
});

const isSame = (old: LaneNote, line: { to: number; pitch: number }, steps: number): boolean =>
  Math.min(old.to, steps) === line.to && foldPitch(old.note.pitch) === line.pitch;

/** Two voices of one track may meet on a key. */
export function withoutDoubles(notes: readonly Note[]): Note[] {
  return [...Map.groupBy(notes, ({ start, pitch }) => start * 128 + pitch).values()].flatMap((same) => same.slice(0, 1));
}
