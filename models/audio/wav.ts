/** WAV (RIFF) with 24-bit linear PCM, as WAVE_FORMAT_EXTENSIBLE asks for beyond 16 bits; no dither is needed at -144 dB. */

const bytesPerSample = 3;
const most = 2 ** 23 - 1;
/** KSDATAFORMAT_SUBTYPE_PCM. */
const pcm = [0x01, 0, 0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xaa, 0, 0x38, 0x9b, 0x71];
const headerBytes = 68;
/** Front centre; front left and right. */
const speakers: readonly number[] = [0, 4, 3];

/**
 * @param channels one or more of equal lengths, -1..1; what is over is clipped
 * @returns the whole file
 */
export function encodeWav24(channels: readonly Float32Array[], sampleRate: number): Uint8Array {
  const frames = channels[0]?.length ?? 0;
  const frameBytes = channels.length * bytesPerSample;
  const dataBytes = frames * frameBytes;
  const bytes = new Uint8Array(headerBytes + dataBytes + (dataBytes % 2));
  const view = new DataView(bytes.buffer);
  const tag = (at: number, text: string): void =>
    bytes.set(
      Array.from(text, (letter) => letter.charCodeAt(0)),
      at,
    );
  tag(0, 'RIFF');
  view.setUint32(4, bytes.length - 8, true);
  tag(8, 'WAVEfmt ');
  view.setUint32(16, 40, true);
  view.setUint16(20, 0xfffe, true);
  view.setUint16(22, channels.length, true);
  view.setUint32(24, sampleRate, true);
  view.setUint32(28, sampleRate * frameBytes, true);
  view.setUint16(32, frameBytes, true);
  view.setUint16(34, bytesPerSample * 8, true);
  view.setUint16(36, 22, true);
  view.setUint16(38, bytesPerSample * 8, true);
  view.setUint32(40, speakers[channels.length] ?? 0, true);
  bytes.set(pcm, 44);
  tag(60, 'data');
  view.setUint32(64, dataBytes, true);
  for (const [channel, samples] of channels.entries()) {
    let at = headerBytes + channel * bytesPerSample;
    for (const sample of samples) {
      const value = Math.round(Math.min(1, Math.max(-1, sample)) * most);
      bytes[at] = value & 0xff;
      bytes[at + 1] = (value >> 8) & 0xff;
      bytes[at + 2] = (value >> 16) & 0xff;
      at += frameBytes;
    }
  }
  return bytes;
}
