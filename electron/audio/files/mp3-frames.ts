/**
 * The frame that LAME writes before the others (Xing's header with LAME's extension): how many frames and bytes there are, where
 * each hundredth begins, and how many samples at both ends are the encoder's. Players need it to tell the length of files with
 * variable bit rate, and to play without gaps.
 */

const bitrates = [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 0];
const rates = [44_100, 48_000, 32_000, 0];
export const samplesPerFrame = 1152;
/** LAME's own; decoders add 529 of theirs. */
const encoderDelay = 576;
/** 128 kbit/s: long enough for all that is in it at every rate. */
const infoBitrate = 9;

const frameBytes = (bitrate: number, rate: number, padding: number): number => Math.floor((144_000 * bitrate) / rate) + padding;

export const infoFrameBytes = (sampleRate: number): number => frameBytes(bitrates[infoBitrate] ?? 0, sampleRate, 0);

/** The CRC of LAME's tag: polynomial 0x8005, reflected. */
function crc16(bytes: Uint8Array, start = 0): number {
  let value = start;
  for (const byte of bytes) {
    value ^= byte;
    for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? (value >>> 1) ^ 0xa001 : value >>> 1;
  }
  return value;
}

/** Length of the frame of MPEG-1 layer III that a header begins; 0 when it is none. */
export function frameLength(header: Uint8Array): number {
  const [a = 0, b = 0, c = 0] = header;
  if (a !== 0xff || (b & 0xfe) !== 0xfa) return 0;
  const [bitrate = 0, rate = 0] = [bitrates[c >> 4], rates[(c >> 2) & 3]];
  return bitrate === 0 || rate === 0 ? 0 : frameBytes(bitrate, rate, (c >> 1) & 1);
}

/** Counts the frames of a stream that comes in pieces. */
export class Mp3FrameCounter {
  /** Where each begins. */
  readonly starts: number[] = [];
  bytes = 0;
  musicCrc = 0;
  #next = 0;
  #held: number[] = [];

  /** Throws RangeError when a frame does not begin where the one before ends. */
  count(bytes: Uint8Array): void {
    this.musicCrc = crc16(bytes, this.musicCrc);
    const heldFrom = this.bytes - this.#held.length;
    const all = this.#held.length === 0 ? bytes : Uint8Array.from([...this.#held, ...bytes]);
    this.bytes += bytes.length;
    while (this.#next + 4 <= this.bytes) {
      const length = frameLength(all.subarray(this.#next - heldFrom, this.#next - heldFrom + 4));
      if (length === 0) throw new RangeError('The MP3 encoder lost its frames.');
      this.starts.push(this.#next);
      this.#next += length;
    }
    this.#held = this.#next < this.bytes ? [...all.subarray(this.#next - heldFrom)] : [];
  }
}

interface InfoOptions {
  sampleRate: number;
  channelCount: number;
  samples: number;
  isVariable: boolean;
  counter: Mp3FrameCounter;
}

export function infoFrame({ sampleRate, channelCount, samples, isVariable, counter }: InfoOptions): Uint8Array {
  const frame = Buffer.alloc(infoFrameBytes(sampleRate));
  frame.set([0xff, 0xfb, (infoBitrate << 4) | (rates.indexOf(sampleRate) << 2), channelCount === 1 ? 0xc0 : 0x00]);
  const tag = 4 + (channelCount === 1 ? 17 : 32);
  frame.write(isVariable ? 'Xing' : 'Info', tag, 'latin1');
  // Frames, bytes, table of contents and quality follow.
  frame.writeUInt32BE(0xf, tag + 4);
  const frames = counter.starts.length;
  const bytes = frame.length + counter.bytes;
  frame.writeUInt32BE(frames, tag + 8);
  frame.writeUInt32BE(bytes, tag + 12);
  for (let index = 0; index < 100; index += 1) {
    const start = frame.length + (counter.starts[Math.floor((index * frames) / 100)] ?? 0);
    frame[tag + 16 + index] = Math.min(255, Math.floor((start * 256) / bytes));
  }
  frame.writeUInt32BE(isVariable ? 80 : 50, tag + 116);
  const lame = tag + 120;
  frame.write('LAME3.100', lame, 'latin1');
  // Revision 0; method 1 is constant, 4 variable (mtrh).
  frame[lame + 9] = isVariable ? 4 : 1;
  const padding = Math.max(0, Math.min(4095, frames * samplesPerFrame - encoderDelay - samples));
  frame.set([encoderDelay >> 4, ((encoderDelay & 15) << 4) | (padding >> 8), padding & 255], lame + 21);
  frame.writeUInt32BE(bytes, lame + 28);
  frame.writeUInt16BE(counter.musicCrc, lame + 32);
  frame.writeUInt16BE(crc16(frame.subarray(0, lame + 34)), lame + 34);
  return frame;
}
