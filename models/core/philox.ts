/**
 * Seeded normal noise as CUDA torch draws it, so that a seed means here what it means in other programs.
 *
 * Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011) with torch's use of it: the key is the
 * 64-bit seed (low word, high word); the counter of element `i` of call `c` is (c, 0, i, 0); the first two output words make
 * one normal number by Box and Muller: u = w0 * 2^-32 + 2^-33, v = (w1 * 2^-32 + 2^-33) * 2 pi, z = sqrt(-2 ln u) * sin v.
 * The same as AUTOMATIC1111's rng_philox.py, whose published values for seed 0 are the test. A GPU gives an element a thread of its own
 * only up to its grid (some 100,000 threads, more than the latents of a 1024-pixel picture); beyond that its numbers depend on the GPU.
 */

const MULTIPLIER_0 = 0xd2511f53;
const MULTIPLIER_1 = 0xcd9e8d57;
const WEYL_0 = 0x9e3779b9;
const WEYL_1 = 0xbb67ae85;
const TWO_POW_MINUS_32 = 2 ** -32;
const ROUNDS = 10;

/** Four unsigned 32-bit words. */
export type Words = [number, number, number, number];

/** High 32 bits of the unsigned product: in 16-bit halves, because a double holds only 53 bits. */
function multiplyHigh(a: number, b: number): number {
  const aLow = a & 0xffff;
  const aHigh = a >>> 16;
  const bLow = b & 0xffff;
  const bHigh = b >>> 16;
  const low = aLow * bLow;
  const middle = aHigh * bLow + (low >>> 16);
  const middleLow = (middle & 0xffff) + aLow * bHigh;
  return (aHigh * bHigh + Math.floor(middle / 0x10000) + Math.floor(middleLow / 0x10000)) >>> 0;
}

/** One block of Philox4x32-10. Counter and key are unsigned 32-bit words, low word first. */
export function philox4x32(counter: Readonly<Words>, keyLow: number, keyHigh: number): Words {
  let [word0, word1, word2, word3] = counter;
  let key0 = keyLow >>> 0;
  let key1 = keyHigh >>> 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    const high0 = multiplyHigh(MULTIPLIER_0, word0);
    const low0 = Math.imul(MULTIPLIER_0, word0) >>> 0;
    const high1 = multiplyHigh(MULTIPLIER_1, word2);
    const low1 = Math.imul(MULTIPLIER_1, word2) >>> 0;
    word0 = (high1 ^ word1 ^ key0) >>> 0;
    word1 = low1;
    word2 = (high0 ^ word3 ^ key1) >>> 0;
    word3 = low0;
    key0 = (key0 + WEYL_0) >>> 0;
    key1 = (key1 + WEYL_1) >>> 0;
  }
  return [word0, word1, word2, word3];
}

/** The seed as two unsigned words, low first: any integer, taken modulo 2^64 as torch does (-1 is 2^64 - 1). */
export function seedWords(seed: bigint | number): [number, number] {
  if (typeof seed === 'number' && !Number.isSafeInteger(seed)) throw new RangeError(`A seed must be a whole number, not ${seed}`);
  const bits = BigInt.asUintN(64, BigInt(seed));
  return [Number(bits & 0xffff_ffffn), Number(bits >> 32n)];
}

/**
 * A stream of normal tensors. Each call of {@link normal} is one `torch.randn`: it restarts the element counter and uses the
 * next call index, so the third tensor of a run does not depend on the sizes of the first two.
 */
export class PhiloxNoise {
  readonly #keyLow: number;
  readonly #keyHigh: number;
  #callIndex: number;

  /** @param callIndex how many tensors were drawn before, to go on where a run was interrupted */
  constructor(seed: bigint | number, callIndex = 0) {
    [this.#keyLow, this.#keyHigh] = seedWords(seed);
    this.#callIndex = callIndex;
  }

  /** How many tensors have been drawn: what a later run passes to the constructor to go on. */
  get callIndex(): number {
    return this.#callIndex;
  }

  /** @returns `length` standard normal numbers in the order of a contiguous tensor */
  normal(length: number): Float32Array {
    const result = new Float32Array(length);
    for (let element = 0; element < length; element += 1) {
      const [word0, word1] = philox4x32([this.#callIndex, 0, element, 0], this.#keyLow, this.#keyHigh);
      const u = word0 * TWO_POW_MINUS_32 + TWO_POW_MINUS_32 / 2;
      const v = (word1 * TWO_POW_MINUS_32 + TWO_POW_MINUS_32 / 2) * 2 * Math.PI;
      result[element] = Math.sqrt(-2 * Math.log(u)) * Math.sin(v);
    }
    this.#callIndex += 1;
    return result;
  }
}
