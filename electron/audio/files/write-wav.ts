/** WAV: 16 and 24 bits, and 32-bit floating point. */
import { AppError } from '../../../shared/contract/errors.ts';
import type { AudioSource, ByteSink } from './audio-source.ts';
import { eachBlock, type EncodeRun } from './each-block.ts';
import { infoChunk, type AudioTags } from './audio-tags.ts';
import { packed, Quantiser } from './quantise.ts';

export type WavDepth = 16 | 24 | '32f';

/** `KSDATAFORMAT_SUBTYPE_PCM` after its first two bytes, which are the format. */
const subtypeTail = [0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xaa, 0, 0x38, 0x9b, 0x71];
const pcm = 1;
const floating = 3;
const extensible = 0xfffe;

function formatChunk({ sampleRate, channelCount }: AudioSource, depth: WavDepth): Buffer {
  const bits = depth === '32f' ? 32 : depth;
  // More than 16 bits are to be told in the long form.
  const body = Buffer.alloc(depth === 24 ? 40 : depth === '32f' ? 18 : 16);
  body.writeUInt16LE(depth === 24 ? extensible : depth === '32f' ? floating : pcm, 0);
  body.writeUInt16LE(channelCount, 2);
  body.writeUInt32LE(sampleRate, 4);
  body.writeUInt32LE((sampleRate * channelCount * bits) / 8, 8);
  body.writeUInt16LE((channelCount * bits) / 8, 12);
  body.writeUInt16LE(bits, 14);
  if (depth === 24) {
    body.writeUInt16LE(22, 16);
    body.writeUInt16LE(bits, 18);
    // Front centre, or front left and right.
    body.writeUInt32LE(channelCount === 1 ? 4 : 3, 20);
    body.writeUInt16LE(pcm, 24);
    body.set(subtypeTail, 26);
  }
  return body;
}

function chunkHeader(id: string, length: number): Buffer {
  const header = Buffer.alloc(8);
  header.write(id, 'latin1');
  header.writeUInt32LE(length, 4);
  return header;
}

/** @throws AppError too-large when the file would pass 4 GiB, which WAV cannot count */
export async function writeWav(
  source: AudioSource,
  depth: WavDepth,
  tags: AudioTags | null,
  sink: ByteSink,
  run: EncodeRun = {},
): Promise<void> {
  const sampleBytes = depth === '32f' ? 4 : depth / 8;
  const dataBytes = source.frames * source.channelCount * sampleBytes;
  const format = formatChunk(source, depth);
  const fact = Buffer.alloc(4);
  fact.writeUInt32LE(source.frames % 2 ** 32);
  const parts = [
    ...[chunkHeader('fmt ', format.length), format],
    ...(depth === 16 ? [] : [chunkHeader('fact', 4), fact]),
    ...(tags === null ? [] : [infoChunk(tags)]),
  ];
  const padding = dataBytes % 2;
  const riffBytes = 4 + parts.reduce((sum, { length }) => sum + length, 0) + 8 + dataBytes + padding;
  if (riffBytes > 2 ** 32 - 1) {
    throw new AppError('too-large', 'The sound is too long for a WAV file, which ends at 4 GiB.', {
      action: 'Export it as FLAC, or in parts.',
    });
  }
  sink.write(chunkHeader('RIFF', riffBytes));
  sink.write(Buffer.from('WAVE', 'latin1'));
  for (const part of parts) sink.write(part);
  sink.write(chunkHeader('data', dataBytes));
  const quantiser = depth === '32f' ? null : new Quantiser(depth);
  await eachBlock(source.blocks(), source.frames, run, (block) => {
    sink.write(quantiser === null || depth === '32f' ? floats(block) : packed(quantiser.interleaved(block), depth));
  });
  if (padding > 0) sink.write(new Uint8Array(1));
}

function floats(block: readonly Float32Array[]): Uint8Array {
  const count = block.length;
  const bytes = new Uint8Array((block[0]?.length ?? 0) * count * 4);
  const view = new DataView(bytes.buffer);
  for (const [channel, samples] of block.entries()) {
    for (let index = 0; index < samples.length; index += 1) view.setFloat32((index * count + channel) * 4, samples[index] ?? 0, true);
  }
  return bytes;
}
