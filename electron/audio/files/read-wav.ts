/** Users' WAV files: whole numbers of 8 to 32 bits and floating point, also in the extensible form. */
import { AppError } from '../../../shared/contract/errors.ts';
import type { PlanarAudio } from './audio-source.ts';

/** An hour of stereo at 48 kHz in floating point; it is held whole. */
export const mostWavSamples = 3600 * 48_000 * 2;
const mostChannels = 32;

const unreadable = (why: string): AppError =>
  new AppError('invalid-request', `This WAV file cannot be read: ${why}`, {
    action: 'Export it anew as WAV with 16 or 24 bits, or download it again.',
  });

interface WavFormat {
  kind: 'pcm' | 'float';
  channels: number;
  sampleRate: number;
  bytes: number;
}

function readFormat(view: DataView): WavFormat {
  if (view.byteLength < 16) throw unreadable('its description is cut short.');
  const tag = view.getUint16(0, true);
  const channels = view.getUint16(2, true);
  const sampleRate = view.getUint32(4, true);
  const blockBytes = view.getUint16(12, true);
  const bits = view.getUint16(14, true);
  const format = tag === 0xfffe ? (view.byteLength >= 40 ? view.getUint16(24, true) : 0) : tag;
  if (format !== 1 && format !== 3) {
    throw new AppError('unsupported', `This WAV file is compressed (format ${String(format)}), which Kiln does not read.`, {
      action: 'Convert it to plain PCM, for example with Audacity or sox.',
    });
  }
  if (channels === 0 || channels > mostChannels) throw unreadable(`it claims ${String(channels)} channels.`);
  if (sampleRate < 1000 || sampleRate > 768_000) throw unreadable(`it claims a sample rate of ${String(sampleRate)} Hz.`);
  const bytes = blockBytes / channels;
  const possible = format === 3 ? [4, 8] : [1, 2, 3, 4];
  if (!possible.includes(bytes) || bits === 0 || bits > bytes * 8)
    throw unreadable(`it claims ${String(bits)} bits in blocks of ${String(blockBytes)} bytes.`);
  return { kind: format === 3 ? 'float' : 'pcm', channels, sampleRate, bytes };
}

function reader(view: DataView, { kind, bytes }: WavFormat): (offset: number) => number {
  if (kind === 'float') return bytes === 4 ? (at) => view.getFloat32(at, true) : (at) => view.getFloat64(at, true);
  switch (bytes) {
    case 1:
      return (at) => (view.getUint8(at) - 128) / 128;
    case 2:
      return (at) => view.getInt16(at, true) / 2 ** 15;
    case 3:
      return (at) => ((view.getInt8(at + 2) << 16) | view.getUint16(at, true)) / 2 ** 23;
    default:
      return (at) => view.getInt32(at, true) / 2 ** 31;
  }
}

/**
 * Reads a WAV file whole. A file that ends early gives what is there, since recorders that lost power leave such files.
 * @returns any number of channels up to 32, samples from -1 to 1; values that are no numbers become silence
 * @throws AppError invalid-request, unsupported for compressed sound, or too-large beyond an hour of stereo
 */
export function readWav(bytes: Uint8Array): PlanarAudio {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const id = (at: number): string => String.fromCharCode(...bytes.subarray(at, at + 4));
  if (bytes.length < 12 || id(0) !== 'RIFF' || id(8) !== 'WAVE') throw unreadable('it does not begin as a WAV file does.');
  let format: WavFormat | null = null;
  for (let at = 12; at + 8 <= bytes.length;) {
    const length = view.getUint32(at + 4, true);
    const start = at + 8;
    const end = Math.min(start + length, bytes.length);
    if (id(at) === 'fmt ' && format === null) format = readFormat(new DataView(bytes.buffer, bytes.byteOffset + start, end - start));
    if (id(at) === 'data') {
      if (format === null) throw unreadable('its sound comes before its description.');
      return samples(new DataView(bytes.buffer, bytes.byteOffset + start, end - start), format);
    }
    // Chunks begin at even places.
    at = start + length + (length % 2);
  }
  throw unreadable(format === null ? 'it has no description of its sound.' : 'it has no sound.');
}

function samples(view: DataView, format: WavFormat): PlanarAudio {
  const block = format.bytes * format.channels;
  const frames = Math.floor(view.byteLength / block);
  if (frames === 0) throw unreadable('it has no sound.');
  if (frames * format.channels > mostWavSamples) {
    throw new AppError('too-large', 'This WAV file is longer than an hour of stereo, the most that Kiln opens.', {
      action: 'Cut it into parts.',
    });
  }
  const read = reader(view, format);
  const channels = Array.from({ length: format.channels }, (_, channel) => {
    const out = new Float32Array(frames);
    for (let index = 0; index < frames; index += 1) {
      const value = read(index * block + channel * format.bytes);
      out[index] = Number.isFinite(value) ? value : 0;
    }
    return out;
  });
  return { sampleRate: format.sampleRate, channels };
}
