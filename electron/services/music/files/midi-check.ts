/**
 * Goes through a stranger's MIDI file before the library does: `midi-file` trusts every length it reads, and a negative one
 * would make it go in circles. What comes out is a file in which every event is whole and has the length its kind asks for.
 */
import { unreadable } from './music-file.ts';

export interface CheckedMidi {
  bytes: Uint8Array;
  ticksPerQuarter: number;
  format: 0 | 1;
  /** The file ends, or makes no sense, before a track does: what was read until there is kept. */
  damagedTracks: number;
}

/** Lengths of the metas that the library reads by field; others may have any. */
const metaLengths = new Map<number, readonly number[]>([
  [0x00, [2]],
  [0x20, [1]],
  [0x21, [1]],
  [0x2f, [0]],
  [0x51, [3]],
  [0x54, [5]],
  [0x58, [2, 4]],
  [0x59, [2]],
]);
const longestText = 10_000;
const skippedMeta = 0x7f;
const endOfTrack = [0x00, 0xff, 0x2f, 0x00];

/** Where the last whole event ends. Changes kinds of metas in place to one that is skipped. */
function wholeEvents(track: Uint8Array): number {
  let at = 0;
  let status = -1;
  /** -1 when there is none within four bytes, as the format demands. */
  const variable = (): number => {
    let value = 0;
    for (let count = 0; count < 4; count += 1) {
      const byte = track[at];
      if (byte === undefined) return -1;
      at += 1;
      value = value * 128 + (byte & 0x7f);
      if (byte < 0x80) return value;
    }
    return -1;
  };
  for (let whole = 0; ; whole = at) {
    if (at >= track.length || variable() < 0) return whole;
    const first = track[at];
    if (first === undefined) return whole;
    if (first === 0xff) {
      const kindAt = at + 1;
      const kind = track[kindAt] ?? 0;
      at += 2;
      const length = variable();
      if (length < 0 || at + length > track.length) return whole;
      const lengths = metaLengths.get(kind);
      const isText = kind >= 0x01 && kind <= 0x07;
      if ((lengths !== undefined && !lengths.includes(length)) || (isText && length > longestText)) track[kindAt] = skippedMeta;
      at += length;
      if (kind === 0x2f && length === 0) return at;
    } else if (first === 0xf0 || first === 0xf7) {
      at += 1;
      const length = variable();
      if (length < 0 || at + length > track.length) return whole;
      at += length;
    } else if (first > 0xf0) {
      return whole;
    } else {
      if (first >= 0x80) {
        status = first;
        at += 1;
      } else if (status < 0) return whole;
      const dataBytes = status >= 0xc0 && status < 0xe0 ? 1 : 2;
      for (let index = 0; index < dataBytes; index += 1) if ((track[at + index] ?? 0xff) > 0x7f) return whole;
      at += dataBytes;
    }
  }
}

const text = (bytes: Uint8Array, at: number): string => String.fromCharCode(...bytes.subarray(at, at + 4));

/** Throws AppError when this is no Standard MIDI file, or one of a kind that Kiln does not read. */
export function checkMidi(input: Uint8Array): CheckedMidi {
  // Windows players wrap MIDI files in RIFF.
  const bytes = text(input, 0) === 'RIFF' && text(input, 8) === 'RMID' ? input.subarray(20) : input;
  if (text(bytes, 0) !== 'MThd') throw unreadable('MIDI', 'it does not begin as a Standard MIDI file does.');
  if (bytes.length < 14) throw unreadable('MIDI', 'it ends within its header.');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const headerLength = view.getUint32(4);
  const format = view.getUint16(8);
  const division = view.getUint16(12);
  if (headerLength < 6 || headerLength > bytes.length - 8) throw unreadable('MIDI', 'its header has an impossible length.');
  if (format > 1) {
    throw unreadable(
      'MIDI',
      format === 2 ? 'it is of format 2, a collection of unrelated patterns.' : 'it is of a format that does not exist.',
    );
  }
  if ((division & 0x8000) !== 0) {
    throw unreadable(
      'MIDI',
      'its time is counted in film frames (SMPTE), not in beats, so it has no bars. Export it with ticks per quarter note.',
    );
  }
  if (division === 0) throw unreadable('MIDI', 'it has no ticks per quarter note.');
  const tracks: Uint8Array[] = [];
  let damagedTracks = 0;
  for (let at = 8 + headerLength; at + 8 <= bytes.length;) {
    const length = view.getUint32(at + 4);
    // Chunks of other kinds are to be passed over, says the format.
    if (text(bytes, at) === 'MTrk') {
      const copy = bytes.slice(at + 8, Math.min(at + 8 + length, bytes.length));
      const whole = wholeEvents(copy);
      const isEnded = whole >= 3 && copy[whole - 3] === 0xff && copy[whole - 2] === 0x2f && copy[whole - 1] === 0;
      if (at + 8 + length > bytes.length || (!isEnded && whole < copy.length)) damagedTracks += 1;
      tracks.push(
        isEnded ? copy.subarray(0, whole) : Uint8Array.from(Buffer.concat([copy.subarray(0, whole), Uint8Array.from(endOfTrack)])),
      );
    }
    at += 8 + length;
  }
  if (tracks.length === 0) throw unreadable('MIDI', 'it has no tracks; it is probably cut short.');
  if (tracks.length > 0xffff) throw unreadable('MIDI', 'it has too many tracks.');
  const size = tracks.reduce((sum, track) => sum + 8 + track.length, 14);
  const clean = new Uint8Array(size);
  const out = new DataView(clean.buffer);
  clean.set([0x4d, 0x54, 0x68, 0x64, 0, 0, 0, 6]);
  out.setUint16(8, format);
  out.setUint16(10, tracks.length);
  out.setUint16(12, division);
  let at = 14;
  for (const track of tracks) {
    clean.set([0x4d, 0x54, 0x72, 0x6b], at);
    out.setUint32(at + 4, track.length);
    clean.set(track, at + 8);
    at += 8 + track.length;
  }
  return { bytes: clean, ticksPerQuarter: division, format: format === 0 ? 0 : 1, damagedTracks };
}
