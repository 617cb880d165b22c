/**
 * A key's say in the choice of pitches. The song model hears the key it is told only faintly; the profiles of Krumhansl and Kessler
 * (1982), as a second expert whose opinion is multiplied with the model's, keep a piece where it was asked to be.
 */
import { keyProfiles, tonalityOfKey } from '../../../../shared/music/harmony.ts';
import type { Key } from '../../../../shared/music/score.ts';

/** 1: the profile's ratios as they are, so that a note of the scale is about twice as likely as one beside it. */
const strength = 1;

/**
 * @param pitches how many pitches the field has
 * @param lowest MIDI pitch of its first value
 * @returns nats, 0 on average
 */
export function keyBias(key: Omit<Key, 'tick'>, pitches: number, lowest: number): number[] {
  const { tonic, mode } = tonalityOfKey(key);
  const weights = keyProfiles[mode].map((weight) => strength * Math.log(weight));
  const mean = weights.reduce((sum, weight) => sum + weight, 0) / weights.length;
  return Array.from({ length: pitches }, (_, index) => (weights[(((lowest + index - tonic) % 12) + 12) % 12] ?? mean) - mean);
}
