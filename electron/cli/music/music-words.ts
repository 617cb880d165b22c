/** What musicians write on a command line: keys, metres, bars and tracks. */
import { AppError } from '../../../shared/contract/errors.ts';
import { barsOf, metreSchema, type Key, type Metre, type Score, type Track } from '../../../shared/music/score.ts';
import type { ScoreRegion } from '../../../shared/pipelines/score.ts';

const wrong = (message: string, action?: string): AppError =>
  new AppError('invalid-request', message, action === undefined ? {} : { action });

/** Places on the circle of fifths, as major keys. */
const fifthsOfLetter: Readonly<Record<string, number>> = { F: -1, C: 0, G: 1, D: 2, A: 3, E: 4, B: 5 };

/** "D minor", "Bb", "f#m", "E♭ major". */
export function keyOf(text: string): Omit<Key, 'tick'> {
  const refused = wrong(`"${text}" is no key.`, 'Write it like "D minor", "Bb major" or "F#m".');
  const found = /^([a-g])\s*(#|♯|sharp|b|♭|flat)?\s*(major|maj|dur|minor|min|moll|m)?$/i.exec(text.trim());
  const [, letter = '', sign = '', modeText = ''] = found ?? [];
  const natural = fifthsOfLetter[letter.toUpperCase()];
  if (natural === undefined) throw refused;
  const accidental = sign === '' ? 0 : /^(?:#|♯|sharp)$/i.test(sign) ? 7 : -7;
  // "M" is major, "m" minor.
  const mode = modeText === 'm' || /^(?:minor|min|moll)$/i.test(modeText) ? 'minor' : 'major';
  const fifths = natural + accidental - (mode === 'minor' ? 3 : 0);
  if (fifths < -7 || fifths > 7) throw wrong(`"${text}" would have more than seven accidentals.`, 'Use its enharmonic key.');
  return { fifths, mode };
}

/** "3/4" */
export function metreOf(text: string): Omit<Metre, 'tick'> {
  const [, numerator, denominator] = /^\s*(\d+)\s*\/\s*(\d+)\s*$/.exec(text) ?? [];
  const metre = metreSchema.omit({ tick: true }).safeParse({ numerator: Number(numerator), denominator: Number(denominator) });
  if (!metre.success) throw wrong(`"${text}" is no metre.`, 'Write it like 3/4 or 6/8: up to 32 counts of 1, 2, 4, 8, 16 or 32.');
  return metre.data;
}

/** "5-6", "1,3,7-8": bars as they are counted, from 1. @returns from 0, rising, each once */
export function barsOfText(text: string, count: number): number[] {
  const bars = new Set<number>();
  for (const part of text.split(',')) {
    const [, first, last = first] = /^\s*(\d+)\s*(?:-\s*(\d+)\s*)?$/.exec(part) ?? [];
    if (first === undefined) throw wrong(`"${part.trim()}" in --bars is no bar.`, 'Write --bars like 5-6 or 1,3,7-8.');
    const [from, to] = [Number(first), Number(last)];
    if (from < 1 || to < from || to > count) {
      throw wrong(`--bars ${part.trim()} is not in the piece, which has ${count === 1 ? 'one bar' : `bars 1 to ${String(count)}`}.`);
    }
    for (let bar = from; bar <= to; bar += 1) bars.add(bar - 1);
  }
  return [...bars].toSorted((a, b) => a - b);
}

/** By number (from 1), or by name in any case. */
export function trackOf(text: string, { tracks }: Pick<Score, 'tracks'>): Track {
  const name = text.trim().toLocaleLowerCase();
  const byNumber = /^\d+$/.test(name) ? tracks[Number(name) - 1] : undefined;
  const exact = tracks.filter((track) => track.name.trim().toLocaleLowerCase() === name);
  const found = exact.length > 0 ? exact : tracks.filter((track) => track.name.toLocaleLowerCase().includes(name));
  if (found.length === 1 && found[0] !== undefined) return found[0];
  if (found.length === 0 && byNumber !== undefined) return byNumber;
  const names = tracks.map((track, index) => `${String(index + 1)} “${track.name}”`).join(', ');
  throw wrong(
    found.length === 0 ? `The piece has no track "${text}".` : `"${text}" could be ${String(found.length)} tracks.`,
    `Its tracks are ${names}.`,
  );
}

/** Bars (from 0) of tracks as regions; neighbouring bars are one. */
export function regionsOf(score: Score, bars: readonly number[], tracks: readonly Track[]): ScoreRegion[] {
  const all = barsOf(score);
  const spans: { start: number; end: number }[] = [];
  for (const index of bars) {
    const bar = all[index];
    if (bar === undefined) continue;
    const last = spans.at(-1);
    if (last?.end === bar.start) last.end = bar.end;
    else spans.push({ start: bar.start, end: bar.end });
  }
  return tracks.flatMap(({ id }) => spans.map((span) => ({ trackId: id, ...span })));
}
