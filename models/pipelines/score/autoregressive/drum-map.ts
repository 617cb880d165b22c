/** The nine drums of the drum models, as the Groove MIDI Dataset's paper reduces them (arXiv:1905.06118), and General MIDI's pitches. */

/** Kick, snare, closed and open hi-hat, low, mid and high tom, crash, ride: what each is written as. */
export const drumPitches = [36, 38, 42, 46, 43, 47, 50, 49, 51] as const;

/** In the same order: all pitches that are heard as one, hand percussion with the drum whose part it plays. */
const heardAs: readonly (readonly number[])[] = [
  [36, 35],
  [38, 40, 37, 39],
  [42, 22, 44, 54, 69, 70, 82],
  [46, 26],
  [43, 58, 41],
  [47, 45],
  [50, 48],
  [49, 55, 57, 52],
  [51, 59, 53, 56],
];
const drumByPitch = new Map(heardAs.flatMap((pitches, drum) => pitches.map((pitch): [number, number] => [pitch, drum])));

/** 0..8; null for percussion that is none of the nine. */
export const drumOfPitch = (pitch: number): number | null => drumByPitch.get(pitch) ?? null;
