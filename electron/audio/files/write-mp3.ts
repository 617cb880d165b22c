/** MP3, through LAME; its tag and the frame that tells length and delay are ours. */
import { createMp3Encoder } from 'wasm-media-encoders';
import type { AudioSource, ByteSink } from './audio-source.ts';
import { id3Tag, type AudioTags } from './audio-tags.ts';
import { eachBlock, type EncodeRun } from './each-block.ts';
import { infoFrame, infoFrameBytes, Mp3FrameCounter } from './mp3-frames.ts';

export type Mp3Quality = { bitrate: 96 | 128 | 160 | 192 | 224 | 256 | 320 } | { vbrQuality: number };

/**
 * @param source at 32, 44.1 or 48 kHz
 * @param quality kilobits a second, or LAME's scale from 0 (best) to 9.999
 */
export async function writeMp3(
  source: AudioSource,
  quality: Mp3Quality,
  tags: AudioTags | null,
  sink: ByteSink,
  run: EncodeRun = {},
): Promise<void> {
  const rate = ([32_000, 44_100, 48_000] as const).find((one) => one === source.sampleRate);
  if (rate === undefined) throw new RangeError('MP3 is written at 32, 44.1 or 48 kHz.');
  const encoder = await createMp3Encoder();
  encoder.configure({ channels: source.channelCount, sampleRate: rate, outputSampleRate: rate, ...quality });
  const tag = tags === null ? new Uint8Array(0) : id3Tag(tags);
  sink.write(tag);
  sink.write(new Uint8Array(infoFrameBytes(rate)));
  const counter = new Mp3FrameCounter();
  const pass = (bytes: Uint8Array): void => {
    if (bytes.length === 0) return;
    counter.count(bytes);
    sink.write(bytes);
  };
  await eachBlock(source.blocks(), source.frames, run, (block) => {
    pass(encoder.encode(block));
  });
  pass(encoder.finalize());
  sink.patch(
    tag.length,
    infoFrame({
      sampleRate: rate,
      channelCount: source.channelCount,
      samples: source.frames,
      isVariable: 'vbrQuality' in quality,
      counter,
    }),
  );
}
