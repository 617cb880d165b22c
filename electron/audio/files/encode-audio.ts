/** One door to all formats of sound files. */
import { resample } from './resample.ts';
import { sourceOf, type AudioSource, type ByteSink, type PlanarAudio } from './audio-source.ts';
import type { AudioTags } from './audio-tags.ts';
import type { EncodeRun } from './each-block.ts';
import { writeFlac } from './write-flac.ts';
import { writeMp3, type Mp3Quality } from './write-mp3.ts';
import { opusRate, writeOpus } from './write-opus.ts';
import { writeVorbis } from './write-vorbis.ts';
import { writeWav, type WavDepth } from './write-wav.ts';

export type AudioFormat =
  | { kind: 'wav'; depth: WavDepth; sampleRate: 44_100 | 48_000 }
  | { kind: 'flac'; bits: 16 | 24; sampleRate: 44_100 | 48_000 }
  | { kind: 'mp3'; quality: Mp3Quality; sampleRate: 44_100 | 48_000 }
  /** Quality from -1 to 10; 6 is about 192 kbit/s. */
  | { kind: 'vorbis'; quality: number; sampleRate: 44_100 | 48_000 }
  /** Bits a second. Opus is always at 48 kHz. */
  | { kind: 'opus'; bitrate: number };

export const audioFileTypes = {
  wav: { extension: 'wav', mime: 'audio/wav' },
  flac: { extension: 'flac', mime: 'audio/flac' },
  mp3: { extension: 'mp3', mime: 'audio/mpeg' },
  vorbis: { extension: 'ogg', mime: 'audio/ogg' },
  opus: { extension: 'opus', mime: 'audio/ogg' },
} as const satisfies Record<AudioFormat['kind'], { extension: string; mime: string }>;

/** Ogg streams are told apart by a number; a file has one stream, and the same sound gives the same bytes. */
const serial = 0x4b49_4c4e;

/**
 * Writes a whole file to `sink`. The same sound, format and tags give the same bytes.
 * @throws AppError invalid-request, too-large, cancelled
 */
export async function encodeAudio(
  audio: PlanarAudio,
  format: AudioFormat,
  tags: AudioTags | null,
  sink: ByteSink,
  run: EncodeRun = {},
): Promise<void> {
  return encodeSource(sourceOf(audio), format, tags, sink, run);
}

/** {@link encodeAudio} of sound that comes in blocks. */
export async function encodeSource(
  source: AudioSource,
  format: AudioFormat,
  tags: AudioTags | null,
  sink: ByteSink,
  run: EncodeRun = {},
): Promise<void> {
  switch (format.kind) {
    case 'wav':
      return writeWav(resample(source, format.sampleRate), format.depth, tags, sink, run);
    case 'flac':
      return writeFlac(resample(source, format.sampleRate), format.bits, tags, sink, run);
    case 'mp3':
      return writeMp3(resample(source, format.sampleRate), format.quality, tags, sink, run);
    case 'vorbis':
      return writeVorbis(resample(source, format.sampleRate), { quality: format.quality, serial }, tags, sink, run);
    case 'opus':
      return writeOpus(resample(source, opusRate), { bitrate: format.bitrate, originalRate: source.sampleRate, serial }, tags, sink, run);
  }
}
