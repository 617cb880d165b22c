import { describe, expect, it } from 'vitest';
import { fromHalf, fromHalfBits, toHalf, toHalfBits } from './float16.ts';

describe('half precision in bulk', () => {
  it('is the conversion of single values, at every half and around every boundary between two', () => {
    const values = new Float32Array(65_536 * 3);
    for (let bits = 0; bits < 65_536; bits += 1) {
      const value = fromHalfBits(bits);
      const next = fromHalfBits(bits + 1);
      values.set([value, (value + next) / 2, (value + next) / 2 + (next - value) / 1000], bits * 3);
    }
    expect(toHalf(values)).toEqual(Uint16Array.from(values, toHalfBits));
    const bits = Uint16Array.from({ length: 65_536 }, (_value, index) => index);
    expect(fromHalf(bits)).toEqual(Float32Array.from(bits, fromHalfBits));
  });

  it('reads views that begin inside a buffer', () => {
    const inside = new Float32Array(Float32Array.of(9, 1.5, -2, 1e-7, 70_000).buffer, 4, 4);
    expect([...toHalf(inside)]).toEqual([0x3e00, 0xc000, 2, 0x7c00]);
  });
});
