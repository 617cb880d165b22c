/** The computer's keyboard as a piano: the row from A on is white keys, the row above the black ones; Z and X are octaves. */

/** By the key's place (`KeyboardEvent.code`), so that it is the same on every layout: semitones above the octave's C. */
const semitones: Readonly<Record<string, number>> = {
  KeyA: 0,
  KeyW: 1,
  KeyS: 2,
  KeyE: 3,
  KeyD: 4,
  KeyF: 5,
  KeyT: 6,
  KeyG: 7,
  KeyY: 8,
  KeyH: 9,
  KeyU: 10,
  KeyJ: 11,
  KeyK: 12,
  KeyO: 13,
  KeyL: 14,
  KeyP: 15,
  Semicolon: 16,
};

/** Octave 4 is middle C's. */
export const lowestOctave = 0;
export const highestOctave = 8;

export type PianoKey = { kind: 'note'; pitch: number } | { kind: 'octave'; by: -1 | 1 };

/** @param code of a KeyboardEvent @returns null for keys that are no part of the piano, and for notes beyond MIDI's */
export function pianoKeyOf(code: string, octave: number): PianoKey | null {
  if (code === 'KeyZ') return { kind: 'octave', by: -1 };
  if (code === 'KeyX') return { kind: 'octave', by: 1 };
  const above = semitones[code];
  if (above === undefined) return null;
  const pitch = 12 * (octave + 1) + above;
  return pitch > 127 ? null : { kind: 'note', pitch };
}
