/** Opus in Ogg (RFC 6716, RFC 7845), through libopus. */
import OpusScript from 'opusscript';
import { concatBytes, type AudioSource, type ByteSink } from './audio-source.ts';
import { vorbisCommentBlock, type AudioTags } from './audio-tags.ts';
import { eachBlock, type EncodeRun } from './each-block.ts';
import { OggPageWriter } from './ogg.ts';
import { packed, Quantiser } from './quantise.ts';
import { blocksOf } from './resample.ts';

export const opusRate = 48_000;
/** 20 ms. */
const frameSamples = 960;
/** How far libopus' answer lies behind what it is given, for its "audio" application at 48 kHz. */
export const opusPreSkip = 312;
const packetsPerPage = 50;
const vendor = 'libopus';

function header({ channelCount }: AudioSource, originalRate: number): Uint8Array {
  const head = Buffer.alloc(19);
  head.write('OpusHead', 'latin1');
  head[8] = 1;
  head[9] = channelCount;
  head.writeUInt16LE(opusPreSkip, 10);
  head.writeUInt32LE(originalRate, 12);
  return head;
}

function* padded(source: AudioSource): Generator<readonly Float32Array[]> {
  yield* source.blocks();
  // The encoder's delay is to come out too.
  yield Array.from({ length: source.channelCount }, () => new Float32Array(opusPreSkip));
}

/**
 * @param source at 48 kHz
 * @param bitrate bits a second, 6,000 to 510,000; the rate varies around it
 */
export async function writeOpus(
  source: AudioSource,
  { bitrate, originalRate, serial }: { bitrate: number; originalRate: number; serial: number },
  tags: AudioTags | null,
  sink: ByteSink,
  run: EncodeRun = {},
): Promise<void> {
  if (source.sampleRate !== opusRate) throw new RangeError('Opus is written at 48 kHz.');
  const encoder = new OpusScript(opusRate, source.channelCount, OpusScript.Application.AUDIO);
  const ogg = new OggPageWriter(sink, serial);
  try {
    encoder.setBitrate(bitrate);
    ogg.packet(header(source, originalRate), 0n);
    ogg.endPage();
    ogg.packet(concatBytes([Buffer.from('OpusTags', 'latin1'), vorbisCommentBlock(vendor, tags)]), 0n);
    ogg.endPage();
    const quantiser = new Quantiser(16, true);
    const total = source.frames + opusPreSkip;
    let given = 0;
    const blocks = blocksOf({ ...source, frames: total, blocks: () => padded(source) }, frameSamples);
    await eachBlock(blocks, total, run, (block) => {
      const bytes = encoder.encode(Buffer.from(packed(quantiser.interleaved(block), 16)), frameSamples);
      given += frameSamples;
      // The last page says where the sound ends, which is within its last packet.
      ogg.packet(bytes, BigInt(Math.min(given, total)));
      if (given < total && ogg.packetsInPage >= packetsPerPage) ogg.endPage();
    });
    ogg.endPage(true);
  } finally {
    encoder.delete();
  }
}
