/** IEEE 754 half precision, as raw bits, to and from single precision. Rounds to nearest, ties to even. */
const scratch = new Float32Array(1);
const scratchBits = new Uint32Array(scratch.buffer);

export function toHalfBits(value: number): number {
  scratch[0] = value;
  const bits = scratchBits[0] ?? 0;
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = bits & 0x7fff_ffff;
  if (magnitude > 0x7f80_0000) return sign | 0x7e00;
  if (magnitude >= 0x4780_0000) return sign | 0x7c00;
  if (magnitude < 0x3880_0000) {
    // Subnormal: steps of 2^-24. Math.round rounds halves up, so ties are taken back to even.
    const steps = Math.abs(value) * 16_777_216;
    const rounded = Math.round(steps);
    return sign | (rounded - steps === 0.5 && rounded % 2 === 1 ? rounded - 1 : rounded);
  }
  const rounded = magnitude + 0xfff + ((magnitude >>> 13) & 1);
  return sign | ((rounded - 0x3800_0000) >>> 13);
}

export function fromHalfBits(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >>> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

let singles: Float32Array | null = null;

/** Every half's value, by its bits. Made on first use: 256 kB. */
function tableOfSingles(): Float32Array {
  singles ??= Float32Array.from({ length: 65_536 }, (_value, bits) => fromHalfBits(bits));
  return singles;
}

/** In bulk: as `toHalfBits` for each value, in integers throughout. */
export function toHalf(values: Float32Array): Uint16Array {
  const result = new Uint16Array(values.length);
  const all = new Uint32Array(values.buffer, values.byteOffset, values.length);
  for (let index = 0; index < all.length; index += 1) {
    const bits = all[index] ?? 0;
    const magnitude = bits & 0x7fff_ffff;
    let half: number;
    if (magnitude >= 0x3880_0000 && magnitude < 0x4780_0000) {
      half = (magnitude + 0xfff + ((magnitude >>> 13) & 1) - 0x3800_0000) >>> 13;
    } else if (magnitude >= 0x4780_0000) {
      half = magnitude > 0x7f80_0000 ? 0x7e00 : 0x7c00;
    } else if (magnitude <= 0x3300_0000) {
      half = 0; // 2^-25 and less: halfway to the smallest subnormal, ties to even
    } else {
      const shift = 126 - (magnitude >>> 23);
      const mantissa = (magnitude & 0x7f_ffff) | 0x80_0000;
      half = mantissa >>> shift;
      const rest = mantissa & ((1 << shift) - 1);
      const middle = 1 << (shift - 1);
      if (rest > middle || (rest === middle && (half & 1) === 1)) half += 1;
    }
    result[index] = ((bits >>> 16) & 0x8000) | half;
  }
  return result;
}

/** In bulk, by table. */
export function fromHalf(bits: Uint16Array): Float32Array {
  const table = tableOfSingles();
  const result = new Float32Array(bits.length);
  for (let index = 0; index < bits.length; index += 1) result[index] = table[bits[index] ?? 0] ?? 0;
  return result;
}
