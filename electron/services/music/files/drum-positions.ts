/** Where drums stand in the staff, after Norman Weinberg's "Guide to Standardized Drumset Notation" (1998), and what they are in GM. */

/** GM's number, and the place in a staff with a treble clef's names. The first of a place is what the place alone means. */
const positions: readonly [gm: number, step: string, octave: number][] = [
  [36, 'F', 4],
  [35, 'F', 4],
  [44, 'D', 4],
  [41, 'G', 4],
  [43, 'A', 4],
  [45, 'B', 4],
  [38, 'C', 5],
  [37, 'C', 5],
  [40, 'C', 5],
  [39, 'C', 5],
  [47, 'D', 5],
  [48, 'D', 5],
  [50, 'E', 5],
  [51, 'F', 5],
  [53, 'F', 5],
  [59, 'F', 5],
  [42, 'G', 5],
  [46, 'G', 5],
  [49, 'A', 5],
  [57, 'A', 5],
  [55, 'B', 5],
  [52, 'B', 5],
  [56, 'E', 5],
  [54, 'E', 4],
];

export const drumAt = (step: string, octave: number): number | undefined =>
  positions.find(([, otherStep, otherOctave]) => otherStep === step && otherOctave === octave)?.[0];

/** Drums without a usual place stand in the middle. */
export function placeOfDrum(gm: number): { step: string; octave: number } {
  const [, step, octave] = positions.find(([one]) => one === gm) ?? [gm, 'B', 4];
  return { step, octave };
}
