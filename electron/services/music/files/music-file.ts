/** What all readers of music files share: their result, their limits, and how loose parts become a whole score. */
import { AppError } from '../../../../shared/contract/errors.ts';
import type { MusicTags } from '../../../../shared/music/tags.ts';
import {
  endOfNotes,
  longestTicks,
  mostNotes,
  scoreFormatVersion,
  sortedNotes,
  ticksOfBar,
  type Key,
  type Metre,
  type Score,
  type Tempo,
  type Track,
} from '../../../../shared/music/score.ts';

export interface FileTags extends MusicTags {
  /** How the piece came about, in a sentence. */
  comment?: string;
}

export interface ReadMusic {
  score: Score;
  tags: MusicTags;
  /** What could not be kept, in sentences for the user; empty when all was. */
  remarks: string[];
}

/** Bytes: more than 200,000 notes need in any of the formats that are read whole. */
export const largestMusicFileBytes = 32 * 1024 ** 2;

export function unreadable(kind: string, why: string, cause?: unknown): AppError {
  return new AppError('invalid-request', `This ${kind} file cannot be read: ${why}`, {
    action: 'Export the piece anew from the program it was made in, or download it again.',
    ...(cause === undefined ? {} : { cause }),
  });
}

export function checkFileSize(kind: string, sizeBytes: number): void {
  if (sizeBytes === 0) throw unreadable(kind, 'it is empty.');
  if (sizeBytes > largestMusicFileBytes) {
    throw new AppError('too-large', `This ${kind} file has ${String(Math.round(sizeBytes / 1024 ** 2))} MiB; Kiln reads up to 32 MiB.`, {
      action: 'Split the piece into several files.',
    });
  }
}

export function checkNoteCount(count: number): void {
  if (count > mostNotes) {
    throw new AppError('too-large', `The piece has more than ${mostNotes.toLocaleString('en-GB')} notes, the most that Kiln can open.`, {
      action: 'Split the piece into several files, or remove tracks.',
    });
  }
}

export function checkTick(tick: number): void {
  if (tick > longestTicks) {
    throw new AppError('too-large', 'The piece is longer than about 10,000 bars, the most that Kiln can open.', {
      action: 'Look for a stray event far behind the end, or split the piece.',
    });
  }
}

/** Says a thing once with a number, however often it came up. */
export class Remarks {
  readonly #counts = new Map<string, { count: number; words: (count: number) => string }>();

  add(key: string, words: (count: number) => string): void {
    const entry = this.#counts.get(key) ?? { count: 0, words };
    entry.count += 1;
    this.#counts.set(key, entry);
  }

  list(): string[] {
    return [...this.#counts.values()].map(({ count, words }) => words(count));
  }
}

export const counted = (count: number, one: string, many = `${one}s`): string =>
  `${count.toLocaleString('en-GB')} ${count === 1 ? one : many}`;

const mostChanges = 10_000;

/** Sorted, one a tick (the last given wins), without repetitions of the same value. */
function changes<Item extends { tick: number }>(items: readonly Item[], same: (a: Item, b: Item) => boolean): Item[] {
  const byTick = new Map<number, Item>();
  for (const item of items) byTick.set(item.tick, item);
  const kept: Item[] = [];
  for (const item of [...byTick.values()].toSorted((a, b) => a.tick - b.tick)) {
    const last = kept.at(-1);
    if (last === undefined || !same(last, item)) kept.push(item);
  }
  return kept;
}

export interface ScoreParts {
  title: string;
  tempos: readonly Tempo[];
  /** A metre that repeats the one before starts a new bar there. */
  metres: readonly Metre[];
  keys: readonly Key[];
  tracks: readonly Track[];
  /** Where the file says that it ends; whole bars up to there are kept, though they be silent. */
  endTick: number;
}

/** A valid score: defaults at tick 0 (120 bpm, 4/4), sorted lists, and a length of whole bars. */
export function assembleScore(parts: ScoreParts, remarks: Remarks): Score {
  const limited = <Item>(items: Item[], name: string): Item[] => {
    if (items.length > mostChanges) remarks.add(`many-${name}`, () => `Only the first 10,000 changes of ${name} were kept.`);
    return items.slice(0, mostChanges);
  };
  const tempos = limited(
    changes([{ tick: 0, bpm: 120 }, ...parts.tempos], (a, b) => a.bpm === b.bpm),
    'tempo',
  );
  // A repeated metre matters only where it cuts a bar short.
  const metres: Metre[] = [];
  for (const metre of changes<Metre>([{ tick: 0, numerator: 4, denominator: 4 }, ...parts.metres], () => false)) {
    const last = metres.at(-1);
    const repeats = last?.numerator === metre.numerator && last.denominator === metre.denominator;
    if (last !== undefined && repeats && (metre.tick - last.tick) % ticksOfBar(last) === 0) continue;
    metres.push(metre);
  }
  const keys = limited(
    changes(parts.keys, (a, b) => a.fifths === b.fifths && a.mode === b.mode),
    'key',
  );
  const keptMetres = limited(metres, 'metre');
  const tracks = parts.tracks.map((track) => ({ ...track, notes: sortedNotes(track.notes) }));
  const notesEnd = endOfNotes({ tracks });
  checkTick(notesEnd);
  const last = keptMetres.at(-1) ?? { tick: 0, numerator: 4, denominator: 4 };
  const bar = ticksOfBar(last);
  const wholeBars = (ticks: number, round: (bars: number) => number): number => last.tick + round((ticks - last.tick) / bar) * bar;
  const lengthTicks = Math.max(bar, wholeBars(notesEnd, Math.ceil), wholeBars(Math.min(parts.endTick, longestTicks), Math.floor));
  checkTick(lengthTicks);
  return {
    formatVersion: scoreFormatVersion,
    title: parts.title.slice(0, 300),
    tempos,
    metres: keptMetres,
    // A signature that comes later says nothing of the start.
    keys: keys.length > 0 && keys[0]?.tick !== 0 ? [{ tick: 0, fifths: 0, mode: 'major' }, ...keys] : keys,
    tracks,
    lengthTicks,
  };
}
