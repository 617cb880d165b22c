/** What a MIDI keyboard sends, as far as we play it (MIDI 1.0, "Summary of MIDI messages"). */

export type KeyMessage =
  | { kind: 'note-on'; pitch: number; velocity: number }
  | { kind: 'note-off'; pitch: number }
  | { kind: 'pedal'; down: boolean }
  /** "All notes off" and "all sound off". */
  | { kind: 'all-off' };

const sustain = 64;
const allSoundOff = 120;
const allNotesOff = 123;

/** Any channel. Null: something else, or what is no message at all. */
export function readMidiMessage(data: Uint8Array): KeyMessage | null {
  const [status = 0, first = 0, second = 0] = data;
  if (data.length < 3 || first > 127 || second > 127) return null;
  switch (status & 0xf0) {
    case 0x90:
      // Many keyboards send a key that goes up as one of no velocity.
      return second === 0 ? { kind: 'note-off', pitch: first } : { kind: 'note-on', pitch: first, velocity: second };
    case 0x80:
      return { kind: 'note-off', pitch: first };
    case 0xb0:
      if (first === sustain) return { kind: 'pedal', down: second >= 64 };
      return first === allSoundOff || first === allNotesOff ? { kind: 'all-off' } : null;
    default:
      return null;
  }
}
