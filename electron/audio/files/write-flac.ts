/** FLAC of 16 or 24 bits, through libFLAC; the header is ours, so that it can carry comments. */
import { AppError } from '../../../shared/contract/errors.ts';
import { concatBytes, type AudioSource, type ByteSink } from './audio-source.ts';
import { vorbisCommentBlock, type AudioTags } from './audio-tags.ts';
import { eachBlock, type EncodeRun } from './each-block.ts';
import { flacLibrary } from './flac-library.ts';
import { Quantiser } from './quantise.ts';

const vendor = 'reference libFLAC 1.3.4 20220220';
const compressionLevel = 5;
const framesPerBlock = 4096;
const streamInfoBytes = 34;
const lastBlock = 0x80;
const commentBlock = 4;

const blockHeader = (kind: number, length: number): Uint8Array => Uint8Array.from([kind, length >> 16, length >> 8, length]);

interface StreamFacts {
  min_framesize: number;
  max_framesize: number;
  md5sum: string;
}

/** Section 8.2 of RFC 9639. */
function streamInfo({ sampleRate, channelCount, frames }: AudioSource, bits: number, facts: StreamFacts): Uint8Array {
  const info = Buffer.alloc(streamInfoBytes);
  info.writeUInt16BE(framesPerBlock, 0);
  info.writeUInt16BE(framesPerBlock, 2);
  info.writeUIntBE(facts.min_framesize, 4, 3);
  info.writeUIntBE(facts.max_framesize, 7, 3);
  const head = (BigInt(sampleRate) << 44n) | (BigInt(channelCount - 1) << 41n) | (BigInt(bits - 1) << 36n) | BigInt(frames);
  info.writeBigUInt64BE(head, 10);
  info.set(Buffer.from(facts.md5sum, 'hex'), 18);
  return info;
}

/** @throws AppError internal when the library refuses, cancelled */
export async function writeFlac(
  source: AudioSource,
  bits: 16 | 24,
  tags: AudioTags | null,
  sink: ByteSink,
  run: EncodeRun = {},
): Promise<void> {
  const flac = await flacLibrary();
  const failed = (): AppError => new AppError('internal', 'The FLAC encoder failed.', { action: 'Export as WAV instead.' });
  const comments = vorbisCommentBlock(vendor, tags);
  const headerStart = Buffer.from('fLaC', 'latin1');
  const noFacts: StreamFacts = { min_framesize: 0, max_framesize: 0, md5sum: '00'.repeat(16) };
  sink.write(
    concatBytes([
      ...[headerStart, blockHeader(0, streamInfoBytes), streamInfo(source, bits, noFacts)],
      ...[blockHeader(lastBlock | commentBlock, comments.length), comments],
    ]),
  );
  const encoder = flac.create_libflac_encoder(
    source.sampleRate,
    source.channelCount,
    bits,
    compressionLevel,
    source.frames,
    false,
    framesPerBlock,
  );
  if (encoder === 0) throw failed();
  let facts = noFacts;
  try {
    const state: number = flac.init_encoder_stream(
      encoder,
      // Its own header comes with no samples.
      (data, _bytes, samples) => {
        if (samples > 0) sink.write(data);
      },
      (metadata) => {
        if (metadata !== undefined) facts = metadata;
      },
    );
    if (state !== 0) throw failed();
    const quantiser = new Quantiser(bits);
    await eachBlock(source.blocks(), source.frames, run, (block) => {
      const samples = quantiser.interleaved(block);
      if (!flac.FLAC__stream_encoder_process_interleaved(encoder, samples, samples.length / source.channelCount)) throw failed();
    });
    if (!flac.FLAC__stream_encoder_finish(encoder)) throw failed();
  } finally {
    flac.FLAC__stream_encoder_delete(encoder);
  }
  sink.patch(headerStart.length + 4, streamInfo(source, bits, facts));
}
