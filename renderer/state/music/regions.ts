/** Which parts of a score a model may write anew: from what is selected or chosen, without the bars that are locked. */
import { barsOf, type Bar, type Note, type Score, type Track } from '../../../shared/music/score.ts';
import type { ScoreRegion } from '../../../shared/pipelines/score.ts';

export interface Span {
  /** In ticks, from `start` up to and without `end`. */
  start: number;
  end: number;
}

export type RegionChoice =
  /** Where the chosen notes of a track sound. */
  | { kind: 'notes'; trackId: string; selection: ReadonlySet<number> }
  /** Bars `from` to `to`, both among them, from 0, of the tracks. */
  | { kind: 'bars'; from: number; to: number; trackIds: readonly string[] }
  /** Everything. */
  | { kind: 'all' };

export type Regions =
  | {
      state: 'some';
      regions: ScoreRegion[];
      /** Bars that are touched, from 0, rising. */
      bars: number[];
      /** Bars that were chosen and are left alone. */
      locked: number[];
      /** Notes that are there now and will be replaced. */
      notes: number;
    }
  | { state: 'nothing-chosen' }
  | { state: 'all-locked'; locked: number[] };

/** In order, those that touch or overlap made one. */
export function mergeSpans(spans: readonly Span[]): Span[] {
  const merged: Span[] = [];
  for (const span of spans.toSorted((a, b) => a.start - b.start)) {
    const last = merged.at(-1);
    if (last !== undefined && span.start <= last.end) last.end = Math.max(last.end, span.end);
    else merged.push({ ...span });
  }
  return merged;
}

/** What is left of spans where others are cut out. */
export function withoutSpans(spans: readonly Span[], cut: readonly Span[]): Span[] {
  let left = [...spans];
  for (const hole of cut) {
    left = left.flatMap((span) => [
      { start: span.start, end: Math.min(span.end, hole.start) },
      { start: Math.max(span.start, hole.end), end: span.end },
    ]);
    left = left.filter(({ start, end }) => end > start);
  }
  return left;
}

const overlaps = (bar: Bar, span: Span): boolean => span.start < bar.end && span.end > bar.start;
const beginsIn = (note: Note, span: Span): boolean => note.start >= span.start && note.start < span.end;

function chosenSpans(score: Score, bars: readonly Bar[], choice: RegionChoice): Map<Track, Span[]> {
  const spans = new Map<Track, Span[]>();
  const whole = { start: 0, end: bars.at(-1)?.end ?? 0 };
  for (const track of score.tracks) {
    if (choice.kind === 'all') spans.set(track, [whole]);
    else if (choice.kind === 'notes') {
      if (track.id !== choice.trackId) continue;
      const notes = track.notes.filter((_, index) => choice.selection.has(index));
      spans.set(track, mergeSpans(notes.map(({ start, duration }) => ({ start, end: start + duration }))));
    } else if (choice.trackIds.includes(track.id)) {
      const inside = bars.filter(({ index }) => index >= choice.from && index <= choice.to);
      spans.set(track, mergeSpans(inside));
    }
  }
  return spans;
}

/**
 * The regions of a request, one a track and unbroken stretch, in the order of tracks and ticks. Locked bars are cut out of
 * them, in every track: a note that begins in a locked bar is never replaced.
 */
export function regionsToWrite(score: Score, choice: RegionChoice, lockedBars: Iterable<number>): Regions {
  const bars = barsOf(score);
  const lockedSet = new Set(lockedBars);
  const holes = bars.filter(({ index }) => lockedSet.has(index));
  const regions: ScoreRegion[] = [];
  const touched = new Set<number>();
  const left = new Set<number>();
  let notes = 0;
  let chosen = false;
  for (const [track, spans] of chosenSpans(score, bars, choice)) {
    chosen ||= spans.some(({ start, end }) => end > start);
    for (const bar of holes) if (spans.some((span) => overlaps(bar, span))) left.add(bar.index);
    for (const { start, end } of withoutSpans(spans, holes)) {
      regions.push({ trackId: track.id, start, end });
      notes += track.notes.filter((note) => beginsIn(note, { start, end })).length;
      for (const bar of bars) if (overlaps(bar, { start, end })) touched.add(bar.index);
    }
  }
  const rising = (set: ReadonlySet<number>): number[] => [...set].sort((a, b) => a - b);
  if (!chosen) return { state: 'nothing-chosen' };
  if (regions.length === 0) return { state: 'all-locked', locked: rising(left) };
  return { state: 'some', regions, bars: rising(touched), locked: rising(left), notes };
}

/** "bar 5", "bars 5–6", "bars 1, 3–4": bars from 0, named from 1. */
export function barsInWords(bars: readonly number[]): string {
  const runs: [number, number][] = [];
  for (const bar of bars) {
    const last = runs.at(-1);
    if (last !== undefined && bar === last[1] + 1) last[1] = bar;
    else runs.push([bar, bar]);
  }
  const names = runs.map(([from, to]) => (from === to ? String(from + 1) : `${String(from + 1)}–${String(to + 1)}`));
  return `${bars.length === 1 ? 'bar' : 'bars'} ${names.join(', ')}`;
}
