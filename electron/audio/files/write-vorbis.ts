/** Ogg Vorbis, through libvorbis; its comment header is replaced by one that says what the sound is. */
import { createOggEncoder } from 'wasm-media-encoders';
import { AppError } from '../../../shared/contract/errors.ts';
import { concatBytes, type AudioSource, type ByteSink } from './audio-source.ts';
import { vorbisCommentBlock, type AudioTags } from './audio-tags.ts';
import { eachBlock, type EncodeRun } from './each-block.ts';
import { OggPacketReader, OggPageReader, OggPageWriter } from './ogg.ts';

const commentMagic = Buffer.from('\u0003vorbis', 'latin1');

function vendorOf(comment: Uint8Array): string {
  const bytes = Buffer.from(comment);
  return bytes.toString('utf8', 11, 11 + bytes.readUInt32LE(7));
}

/** @param quality -1 (worst) to 10 (best) */
export async function writeVorbis(
  source: AudioSource,
  { quality, serial }: { quality: number; serial: number },
  tags: AudioTags | null,
  sink: ByteSink,
  run: EncodeRun = {},
): Promise<void> {
  const encoder = await createOggEncoder();
  encoder.configure({ channels: source.channelCount, sampleRate: source.sampleRate, vbrQuality: quality });
  const pages = new OggPageReader();
  const packets = new OggPacketReader();
  const ogg = new OggPageWriter(sink, serial);
  let headers = 0;
  const pass = (bytes: Uint8Array): void => {
    for (const page of pages.read(bytes)) {
      if (headers === 3) {
        ogg.page(page);
        continue;
      }
      for (const packet of packets.read(page)) {
        headers += 1;
        const comment = headers === 2 ? concatBytes([commentMagic, vorbisCommentBlock(vendorOf(packet), tags), Uint8Array.of(1)]) : packet;
        ogg.packet(comment, 0n);
        // The identification stands alone on its page, and sound begins on a new one.
        if (headers !== 2) ogg.endPage();
      }
    }
  };
  await eachBlock(source.blocks(), source.frames, run, (block) => {
    pass(encoder.encode(block));
  });
  pass(encoder.finalize());
  if (headers !== 3 || pages.left > 0)
    throw new AppError('internal', 'The Ogg Vorbis encoder failed.', { action: 'Export as FLAC or WAV instead.' });
}
