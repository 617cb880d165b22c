/** Which of the four voices, from high to low, each line takes, and by how many octaves the music is moved into their registers. */

export interface PitchRange {
  low: number;
  high: number;
}

/** MIDI pitches: the middle of what sopranos, altos, tenors and basses sing in the chorales, and how far they reach. */
export const voiceCentres = [70, 65, 60, 51] as const;
export const voiceRanges: readonly PitchRange[] = [
  { low: 59, high: 81 },
  { low: 52, high: 75 },
  { low: 47, high: 71 },
  { low: 36, high: 64 },
];

export interface VoiceWish {
  /** Mean pitch; null: nothing is written yet. */
  mean: number | null;
  /** The voice that the caller wants it to be, 0..3. */
  voice: number | null;
}

/**
 * @param wishes at most four, in the score's order
 * @returns the voice of each, all different, and semitones (whole octaves) to add before the model hears it
 */
export function assignVoices(wishes: readonly VoiceWish[], shifts = true): { voices: number[]; shift: number } {
  let best: { voices: number[]; shift: number; cost: number } = { voices: [], shift: 0, cost: Infinity };
  for (const voices of injections(wishes.length, voiceCentres.length)) {
    for (const shift of shifts ? [0, -12, 12, -24, 24] : [0]) {
      const cost = costOf(wishes, voices, shift);
      if (cost < best.cost) best = { voices, shift, cost };
    }
  }
  return { voices: best.voices, shift: best.shift };
}

function costOf(wishes: readonly VoiceWish[], voices: readonly number[], shift: number): number {
  // Other registers than the singers' are allowed for a while: an octave is moved only for a good reason.
  let cost = shift === 0 ? 0 : 14;
  for (const [index, { mean, voice }] of wishes.entries()) {
    const own = voices[index] ?? 0;
    if (voice !== null && voice !== own) cost += 1000;
    // Empty lines keep the order of the tracks.
    cost += mean === null ? 0.01 * own * (wishes.length - index) : Math.abs(mean + shift - (voiceCentres[own] ?? 60));
    for (const [other, wish] of wishes.entries()) {
      const upsideDown = (voices[other] ?? 0) > own && mean !== null && wish.mean !== null && wish.mean > mean;
      if (upsideDown) cost += 100;
    }
  }
  return cost;
}

/** All ways to give `count` things different ones of `places`. */
function injections(count: number, places: number): number[][] {
  if (count === 0) return [[]];
  return injections(count - 1, places).flatMap((taken) =>
    Array.from({ length: places }, (_, place) => place)
      .filter((place) => !taken.includes(place))
      .map((place) => [...taken, place]),
  );
}
