/** Tracks as lines of one note at a time, on a grid of 16th notes. */
import type { Note } from '../../../../shared/music/score.ts';
import { isOneVoice } from '../material.ts';
import { stepTicks } from './tokens.ts';

export interface LaneNote {
  note: Note;
  /** Steps: the first that it sounds in, and the first in which it does not. */
  from: number;
  to: number;
}

/** In order of time; no two overlap. */
export type Lane = LaneNote[];

const onGrid = (note: Note): LaneNote => {
  const from = Math.round(note.start / stepTicks);
  return { note, from, to: Math.max(from + 1, Math.round((note.start + note.duration) / stepTicks)) };
};

/** Most notes that sound in one step. */
export function polyphonyOf(notes: readonly Note[]): number {
  const edges = notes.map(onGrid).flatMap(({ from, to }) => [
    { step: from, change: 1 },
    { step: to, change: -1 },
  ]);
  edges.sort((a, b) => a.step - b.step || a.change - b.change);
  let [sounding, most] = [0, 0];
  for (const { change } of edges) {
    sounding += change;
    most = Math.max(most, sounding);
  }
  return most;
}

/** Semitones of unlikeness that leaving a note out is worth; outer notes are heard most. */
const innerLoss = 40;
const outerLoss = 90;
const crossing = 24;

interface LaneState {
  lane: Lane;
  pitch: number | null;
  busyUntil: number;
}

/**
 * Every note in one of at most `most` lines, from high to low, or left over where more sound at once.
 * Notes that begin together are laid onto the free lines so that their order and each line's register are kept.
 */
export function splitLanes(notes: readonly Note[], most: number): { lanes: Lane[]; extra: Note[] } {
  const count = Math.min(most, Math.max(1, isOneVoice(notes) ? 1 : polyphonyOf(notes)));
  const states: LaneState[] = Array.from({ length: count }, () => ({ lane: [], pitch: null, busyUntil: -1 }));
  const extra: Note[] = [];
  const groups = Map.groupBy(notes.map(onGrid), ({ from }) => from);
  for (const from of [...groups.keys()].toSorted((a, b) => a - b)) {
    const group = (groups.get(from) ?? []).toSorted((a, b) => b.note.pitch - a.note.pitch || b.to - a.to);
    // One line takes all: a legato note that still sounds is cut off.
    const free = states.filter(({ busyUntil }) => count === 1 || busyUntil <= from);
    const held = states.filter((state) => !free.includes(state));
    const chosen = align(group, free, (note, state) => {
      const place = states.indexOf(state);
      const crossed = held.filter((other) => states.indexOf(other) < place === (other.pitch ?? 0) < note.pitch).length;
      return Math.abs(note.pitch - (state.pitch ?? note.pitch)) + crossing * crossed;
    });
    for (const [index, laneNote] of group.entries()) {
      const state = chosen[index];
      if (state === undefined || state === null) {
        extra.push(laneNote.note);
        continue;
      }
      const last = state.lane.at(-1);
      if (last !== undefined && last.to > from) last.to = from;
      state.lane.push({ ...laneNote });
      state.pitch = laneNote.note.pitch;
      state.busyUntil = laneNote.to;
    }
  }
  return { lanes: states.map(({ lane }) => lane), extra };
}

/** The cheapest assignment that keeps the order of both, by dynamic programming; null: left over. */
function align(
  group: readonly LaneNote[],
  free: readonly LaneState[],
  cost: (note: Note, state: LaneState) => number,
): (LaneState | null)[] {
  const lossOf = (index: number): number => (index === 0 || index === group.length - 1 ? outerLoss : innerLoss);
  const best: { cost: number; chosen: (LaneState | null)[] }[][] = [];
  for (let notes = 0; notes <= group.length; notes += 1) {
    const row: { cost: number; chosen: (LaneState | null)[] }[] = [];
    for (let lanes = 0; lanes <= free.length; lanes += 1) {
      const options: { cost: number; chosen: (LaneState | null)[] }[] = [];
      const [laneNote, state] = [group[notes - 1], free[lanes - 1]];
      const [without, skipped, both] = [best[notes - 1]?.[lanes], row[lanes - 1], best[notes - 1]?.[lanes - 1]];
      if (notes === 0) options.push({ cost: 0, chosen: [] });
      else if (without !== undefined) options.push({ cost: without.cost + lossOf(notes - 1), chosen: [...without.chosen, null] });
      if (notes > 0 && skipped !== undefined) options.push(skipped);
      if (both !== undefined && laneNote !== undefined && state !== undefined)
        options.push({ cost: both.cost + cost(laneNote.note, state), chosen: [...both.chosen, state] });
      row.push(options.reduce((least, option) => (option.cost < least.cost ? option : least)));
    }
    best.push(row);
  }
  return best.at(-1)?.at(-1)?.chosen ?? [];
}

/** Mean pitch, long notes counting more; null for an empty line. */
export function meanPitch(notes: Iterable<Note>): number | null {
  let [sum, weight] = [0, 0];
  for (const { pitch, duration } of notes) {
    sum += pitch * duration;
    weight += duration;
  }
  return weight === 0 ? null : sum / weight;
}
