/** What the event models are told of a piece, as the training set counts it (models/training/score/music.py). */
import type { Key, Metre } from '../../../../shared/music/score.ts';
import type { Guidance } from '../../../components/score/event-decoder.ts';
import { tonalityOfKey } from '../../../../shared/music/harmony.ts';

/** Conditions that say "unknown", for each kind the value past the last. */
const unknownKey = 24;
export const unknownDensity = 5;

const metreNames = ['2/4', '3/4', '4/4', '6/8', '3/8', '9/8', '12/8', '2/2'];
const tempoBounds = [60, 76, 92, 108, 126, 152];
/** That many bars or more count as "more". */
const mostBarsLeft = 4;

/** 0..11 major from C upwards, 12..23 minor. */
export function keyCondition(key: Omit<Key, 'tick'> | null): number {
  if (key === null) return unknownKey;
  const { tonic, mode } = tonalityOfKey(key);
  return tonic + (mode === 'minor' ? 12 : 0);
}

/** 8: another metre. */
export function metreCondition({ numerator, denominator }: Omit<Metre, 'tick'>): number {
  const found = metreNames.indexOf(`${String(numerator)}/${String(denominator)}`);
  return found < 0 ? metreNames.length : found;
}

/** @param bpm quarters a minute */
export const tempoCondition = (bpm: number): number => tempoBounds.filter((bound) => bound <= bpm).length;

/** @param thresholds the vocabulary's upper bounds of the classes @param aBar what is counted, a bar */
export const densityCondition = (thresholds: readonly number[], aBar: number): number => thresholds.filter((bound) => bound <= aBar).length;

/** @param bar the bar that is being written @param bars of the piece */
export const barsLeftCondition = (bar: number, bars: number): number => Math.min(mostBarsLeft, Math.max(0, bars - 1 - bar));

/** @param always conditions that are told to the unguided model too */
export const guidanceOf = (weight: number | undefined, always: readonly number[]): Guidance | null =>
  weight === undefined || weight === 1 ? null : { weight, always };
