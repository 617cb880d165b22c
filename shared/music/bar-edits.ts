/** Changes of a score's bars: time put in and taken out for all tracks at once, and bars that are kept from a model's hand. */
import { replaceSpan } from './edits.ts';
import { barsOf, endOfNotes, ticksOfBar, type Note, type Score } from './score.ts';

interface Placed {
  tick: number;
}

/** Longer by whole bars of the last metre, where notes sound beyond the end. */
export function withRoomForNotes(score: Score): Score {
  const end = endOfNotes(score);
  const metre = score.metres.at(-1);
  if (end <= score.lengthTicks || metre === undefined) return score;
  const bar = ticksOfBar(metre);
  return { ...score, lengthTicks: metre.tick + Math.ceil((end - metre.tick) / bar) * bar };
}

/** The length in whole bars: the same, or longer by the part of a bar that was missing. */
const wholeLength = (score: Score): number => barsOf(score).at(-1)?.end ?? score.lengthTicks;

/**
 * Puts empty bars before bar `at` (the number of bars: at the end). They are in the metre of the bar before them. Notes that
 * sound across the place go on sounding into the new bars.
 */
export function insertBars(score: Score, at: number, count: number): Score {
  const bars = barsOf(score);
  const place = Math.max(0, Math.min(bars.length, at));
  const metre = bars[Math.max(0, place - 1)]?.metre ?? score.metres[0];
  if (metre === undefined || count < 1) return score;
  const by = ticksOfBar(metre) * count;
  const from = bars[place]?.start ?? wholeLength(score);
  // What stands at tick 0 holds for bars put before it too.
  const moved = <Item extends Placed>(items: readonly Item[]): Item[] =>
    items.map((item) => (item.tick > 0 && item.tick >= from ? { ...item, tick: item.tick + by } : item));
  return {
    ...score,
    tempos: moved(score.tempos),
    metres: moved(score.metres),
    keys: moved(score.keys),
    lengthTicks: wholeLength(score) + by,
    tracks: score.tracks.map((track) => ({
      ...track,
      notes: track.notes.map((note) => (note.start >= from ? { ...note, start: note.start + by } : note)),
    })),
  };
}

/** Signatures without those inside a span; what held at its end holds from its start. */
function closed<Item extends Placed>(items: readonly Item[], start: number, end: number): Item[] {
  const before = items.filter(({ tick }) => tick < start);
  const holds = items.filter(({ tick }) => tick <= end).at(-1);
  const after = items.filter(({ tick }) => tick > end).map((item) => ({ ...item, tick: item.tick - (end - start) }));
  const resumed = holds !== undefined && holds.tick >= start ? [{ ...holds, tick: start }] : [];
  return [...before, ...resumed, ...after];
}

/**
 * Takes bars out. Notes that begin in them go with them; longer ones that reach in lose the part that is taken out. A score
 * keeps a bar at least: without any, one empty bar is left.
 */
export function deleteBars(score: Score, first: number, count: number): Score {
  const bars = barsOf(score);
  const gone = bars.slice(Math.max(0, first), Math.max(0, first) + Math.max(0, count));
  const start = gone[0]?.start;
  const end = gone.at(-1)?.end;
  const metre = gone[0]?.metre;
  if (start === undefined || end === undefined || metre === undefined) return score;
  const by = end - start;
  const left = wholeLength(score) - by;
  const lengthTicks = left > 0 ? left : ticksOfBar(metre);
  const rest = <Item extends Placed>(items: readonly Item[]): Item[] =>
    closed(items, start, end).filter(({ tick }) => tick === 0 || tick < lengthTicks);
  return {
    ...score,
    tempos: rest(score.tempos),
    metres: rest(score.metres),
    keys: rest(score.keys),
    lengthTicks,
    tracks: score.tracks.map((track) => ({ ...track, notes: track.notes.flatMap((note) => without(note, start, end)) })),
  };
}

function without(note: Note, start: number, end: number): Note[] {
  const noteEnd = note.start + note.duration;
  if (noteEnd <= start) return [note];
  if (note.start >= end) return [{ ...note, start: note.start - (end - start) }];
  if (note.start >= start) return [];
  return [{ ...note, duration: noteEnd > end ? note.duration - (end - start) : start - note.start }];
}

/** Where numbered bars went when bars were put in before bar `at`. */
export const barsAfterInsert = (bars: Iterable<number>, at: number, count: number): Set<number> =>
  new Set([...bars].map((bar) => (bar >= at ? bar + count : bar)));

/** Where numbered bars went when bars were taken out. */
export const barsAfterDelete = (bars: Iterable<number>, first: number, count: number): Set<number> =>
  new Set([...bars].flatMap((bar) => (bar < first ? [bar] : bar < first + count ? [] : [bar - count])));

/**
 * A model's new version of a score with some bars as they were: their notes come back in every track that both have (by id),
 * whatever the model wrote there. Both scores need the same bars.
 */
export function keepBars(before: Score, after: Score, kept: ReadonlySet<number>): Score {
  const spans = barsOf(before).filter(({ index }) => kept.has(index));
  if (spans.length === 0) return after;
  return {
    ...after,
    tracks: after.tracks.map((track) => {
      const old = before.tracks.find(({ id }) => id === track.id);
      if (old === undefined) return track;
      return spans.reduce(
        (result, { start, end }) =>
          replaceSpan(
            result,
            start,
            end,
            old.notes.filter((note) => note.start >= start && note.start < end),
          ),
        track,
      );
    }),
  };
}
