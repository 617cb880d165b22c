import { describe, expect, it } from 'vitest';
import { encodeWav24 } from '../../audio/wav.ts';
import { checkedSound } from './check-sound.ts';

const check = (...channels: number[][]): { notes: string[]; channels: Float32Array[] } => {
  const notes: string[] = [];
  const sides = channels.map((values) => Float32Array.from(values));
  checkedSound(sides, (text) => void notes.push(text));
  return { notes, channels: sides };
};
const refused = expect.objectContaining({ code: 'model-output-invalid' }) as Error;

describe('what a model gave', () => {
  it('is refused when it is nothing, no number, or silent', () => {
    expect(() => check()).toThrow(refused);
    expect(() => check([])).toThrow(refused);
    expect(() => check([0.5, 0.5], [0.5])).toThrow(refused);
    expect(() => check([0.5, NaN])).toThrow(refused);
    expect(() => check([0.5, Infinity])).toThrow(refused);
    expect(() => check([1e-4, -1e-4])).toThrow(refused);
  });

  it('is brought back to full scale, with a remark when that is heard', () => {
    const { notes, channels } = check([0.5, 1.5, -2, 0]);
    expect(Array.from(channels[0] ?? [])).toEqual([0.5, 1, -1, 0]);
    expect(notes).toEqual([expect.stringMatching(/50\.0 % of the samples/)]);
    expect(check([0.5, -0.5]).notes).toEqual([]);
  });
});

describe('24-bit WAV', () => {
  it('has the header that the format asks for, and each sample to the nearest step', () => {
    const bytes = encodeWav24([Float32Array.of(0, 1, -1, 2), Float32Array.of(0.5, 2 ** -23, -(2 ** -23), -2)], 44_100);
    const view = new DataView(bytes.buffer);
    const tag = (at: number): string => String.fromCharCode(...bytes.subarray(at, at + 4));
    expect([tag(0), tag(8), tag(12), tag(60)]).toEqual(['RIFF', 'WAVE', 'fmt ', 'data']);
    expect(view.getUint32(4, true)).toBe(bytes.length - 8);
    expect([view.getUint16(20, true), view.getUint16(22, true), view.getUint32(24, true), view.getUint16(34, true)]).toEqual([
      0xfffe, 2, 44_100, 24,
    ]);
    expect([view.getUint32(28, true), view.getUint16(32, true), view.getUint32(64, true)]).toEqual([44_100 * 6, 6, 24]);
    const samples = Array.from({ length: 8 }, (_, at) => view.getInt32(68 + at * 3 - 1, true) >> 8);
    const most = 2 ** 23 - 1;
    expect(samples).toEqual([0, Math.round(most / 2), most, 1, -most, -1, most, -most]);
  });
});
