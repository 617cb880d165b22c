import { describe, expect, it } from 'vitest';
import { AppError } from '../../../shared/contract/errors.ts';
import { readWav } from './read-wav.ts';

describe('WAV of others', () => {
  const chunk = (id: string, body: Uint8Array): Buffer => {
    const header = Buffer.alloc(8);
    header.write(id, 'latin1');
    header.writeUInt32LE(body.length, 4);
    return Buffer.concat([header, body, Buffer.alloc(body.length % 2)]);
  };
  const format = (tag: number, channels: number, rate: number, blockBytes: number, bits: number): Buffer => {
    const body = Buffer.alloc(16);
    body.writeUInt16LE(tag, 0);
    body.writeUInt16LE(channels, 2);
    body.writeUInt32LE(rate, 4);
    body.writeUInt16LE(blockBytes, 12);
    body.writeUInt16LE(bits, 14);
    return chunk('fmt ', body);
  };
  const wav = (...parts: Buffer[]): Uint8Array => Uint8Array.from(Buffer.concat([Buffer.from('RIFF\0\0\0\0WAVE', 'latin1'), ...parts]));

  it('reads 8 and 32 bits, doubles, and files that end early', () => {
    expect([
      ...readWav(wav(chunk('junk', Buffer.alloc(3)), format(1, 1, 8000, 1, 8), chunk('data', Buffer.from([0, 128, 192])))).channels[0]!,
    ]).toEqual([-1, 0, 0.5]);
    const wide = Buffer.alloc(8);
    wide.writeInt32LE(-(2 ** 30), 0);
    wide.writeInt32LE(2 ** 30, 4);
    expect(readWav(wav(format(1, 2, 44_100, 8, 32), chunk('data', wide))).channels.map(([value]) => value)).toEqual([-0.5, 0.5]);
    const double = Buffer.alloc(8);
    double.writeDoubleLE(0.25);
    expect(readWav(wav(format(3, 1, 44_100, 8, 64), chunk('data', double))).channels[0]?.[0]).toBe(0.25);
    const short = wav(format(1, 1, 8000, 2, 16), chunk('data', Buffer.alloc(100)));
    expect(readWav(short.subarray(0, short.length - 51)).channels[0]).toHaveLength(24);
  });

  it('refuses hostile headers in words', () => {
    const data = chunk('data', Buffer.alloc(8));
    const cases: [Uint8Array, RegExp][] = [
      [new Uint8Array(), /does not begin/],
      [wav(data), /before its description/],
      [wav(format(1, 1, 8000, 2, 16)), /no sound/],
      [wav(format(1, 0, 8000, 2, 16), data), /0 channels/],
      [wav(format(1, 65_535, 8000, 2, 16), data), /65535 channels/],
      [wav(format(1, 1, 0, 2, 16), data), /sample rate/],
      [wav(format(1, 1, 4_000_000_000, 2, 16), data), /sample rate/],
      [wav(format(1, 2, 8000, 0, 16), data), /blocks of 0/],
      [wav(format(1, 1, 8000, 2, 24), data), /24 bits/],
      [wav(format(0x55, 1, 8000, 2, 16), data), /compressed/],
      [wav(format(0xfffe, 1, 8000, 2, 16), data), /compressed/],
      [wav(chunk('fmt ', Buffer.alloc(4)), data), /cut short/],
      [wav(format(1, 1, 8000, 2, 16), chunk('data', Buffer.alloc(0))), /no sound/],
    ];
    for (const [bytes, words] of cases) {
      expect(() => readWav(bytes)).toThrow(words);
      expect(() => readWav(bytes)).toThrow(AppError);
    }
    for (let seed = 1; seed < 300; seed += 1) {
      const bytes = wav(format(1, 2, 44_100, 4, 16), chunk('data', Buffer.alloc(64)));
      for (let index = 0; index < 4; index += 1)
        bytes[(Math.imul(seed + index * 97, 2_654_435_761) >>> 0) % 52] = (seed * (index + 7)) % 256;
      try {
        readWav(bytes);
      } catch (error) {
        expect(error).toBeInstanceOf(AppError);
      }
    }
  });
});
