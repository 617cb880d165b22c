/** How well a piece is rounded off: of several that are written side by side the best is kept. */
import { AppError } from '../../../../shared/contract/errors.ts';
import { keyProfiles, tonalityOf, tonalityOfKey } from '../../../../shared/music/harmony.ts';
import type { Key, Note } from '../../../../shared/music/score.ts';

type Sounding = Pick<Note, 'start' | 'duration' | 'pitch'>;

const triads = { major: [0, 4, 7], minor: [0, 3, 7] } as const;
/** The last chord of a piece in minor may be major (the third of Picardy). */
const picardy = 4;

/**
 * Points for being in the key, for a last chord of the tonic on its root, and for the chord's coming in the last bar.
 * @param lastBar ticks where it begins
 * @returns 0..4
 */
export function roundedOff(notes: readonly Sounding[], key: Omit<Key, 'tick'> | null, lastBar: number): number {
  const end = notes.reduce((latest, { start, duration }) => Math.max(latest, start + duration), 0);
  const last = notes.filter(({ start, duration }) => start + duration === end);
  const [lowest] = last.toSorted((a, b) => a.pitch - b.pitch);
  const tonality = key === null ? tonalityOf(notes) : tonalityOfKey(key);
  if (lowest === undefined || tonality === null) return 0;
  const degree = ({ pitch }: Sounding): number => (pitch - tonality.tonic + 120) % 12;
  const tones: readonly number[] = [...triads[tonality.mode], picardy];
  const onTonic = degree(lowest) === 0 ? 1 : 0;
  const inChord = last.filter((note) => tones.includes(degree(note))).length / last.length;
  const inTime = last.some(({ start }) => start >= lastBar) ? 1 : 0;
  return keyFit(notes, tonality) + onTonic + inChord + inTime;
}

/** How much of what sounds lies on degrees that belong to the key, weighed by its profile: 0..1. */
function keyFit(notes: readonly Sounding[], { tonic, mode }: { tonic: number; mode: 'major' | 'minor' }): number {
  const profile = keyProfiles[mode];
  const heard = notes.reduce((sum, { duration }) => sum + duration, 0);
  const fitting = notes.reduce((sum, { pitch, duration }) => sum + duration * (profile[(pitch - tonic + 120) % 12] ?? 0), 0);
  return fitting / Math.max(1, heard * Math.max(...profile));
}

/** The one with the most points, the first of equals. */
export function bestOf<Item>(items: readonly Item[], points: (item: Item) => number): Item {
  const ranked = items.map((item) => ({ item, points: points(item) })).toSorted((a, b) => b.points - a.points);
  const [best] = ranked;
  if (best === undefined) throw new AppError('internal', 'There is nothing to choose from.');
  return best.item;
}
