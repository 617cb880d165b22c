/**
 * Seeded normal noise as torch draws it on the CPU (what ComfyUI and diffusers' CPU generators use): MT19937 (Matsumoto and
 * Nishimura 1998) seeded with the seed's low 32 bits, then Box and Muller in torch's two ways: blocks of sixteen for tensors of
 * 16 numbers or more, pairs in double precision for shorter ones.
 */

const STATE_LENGTH = 624;
const SHIFT_LENGTH = 397;
const BLOCK = 16;

class MersenneTwister {
  readonly #state = new Uint32Array(STATE_LENGTH);
  #next = STATE_LENGTH;

  constructor(seed: number) {
    this.#state[0] = seed;
    for (let index = 1; index < STATE_LENGTH; index += 1) {
      const before = this.#word(index - 1);
      this.#state[index] = Math.imul(1812433253, before ^ (before >>> 30)) + index;
    }
  }

  #word(index: number): number {
    return this.#state[index] ?? 0;
  }

  #refill(): void {
    for (let index = 0; index < STATE_LENGTH; index += 1) {
      const mixed = (this.#word(index) & 0x80000000) | (this.#word((index + 1) % STATE_LENGTH) & 0x7fffffff);
      const twist = (mixed >>> 1) ^ (mixed & 1 ? 0x9908b0df : 0);
      this.#state[index] = this.#word((index + SHIFT_LENGTH) % STATE_LENGTH) ^ twist;
    }
    this.#next = 0;
  }

  /** Unsigned 32 bits. */
  next(): number {
    if (this.#next === STATE_LENGTH) this.#refill();
    let word = this.#word(this.#next);
    this.#next += 1;
    word ^= word >>> 11;
    word ^= (word << 7) & 0x9d2c5680;
    word ^= (word << 15) & 0xefc60000;
    return (word ^ (word >>> 18)) >>> 0;
  }

  /** [0, 1) with 24 bits, torch's uniform float. */
  float(): number {
    return (this.next() & 0xffffff) * 2 ** -24;
  }

  /** [0, 1) with 53 bits, torch's uniform double: the low 53 of 64 bits, high word drawn first. */
  double(): number {
    const high = this.next() & 0x1fffff;
    return (high * 2 ** 32 + this.next()) * 2 ** -53;
  }
}

/** A stream of normal tensors: each {@link normal} is one `torch.randn` of a CPU generator with this seed. */
export class TorchCpuNoise {
  readonly #twister: MersenneTwister;
  /** The second number of the last double pair; torch keeps it for the next short tensor. */
  #spare: number | null = null;

  constructor(seed: bigint | number) {
    this.#twister = new MersenneTwister(Number(BigInt.asUintN(32, BigInt(seed))));
  }

  normal(length: number): Float32Array {
    if (length < BLOCK) return Float32Array.from({ length }, () => this.#single());
    const uniform = Float32Array.from({ length }, () => this.#twister.float());
    for (let start = 0; start + BLOCK <= length; start += BLOCK) transformBlock(uniform.subarray(start, start + BLOCK));
    if (length % BLOCK !== 0) {
      // The last sixteen are drawn anew, over what was there.
      const tail = uniform.subarray(length - BLOCK);
      tail.forEach((_, index) => (tail[index] = this.#twister.float()));
      transformBlock(tail);
    }
    return uniform;
  }

  #single(): number {
    if (this.#spare !== null) {
      const value = this.#spare;
      this.#spare = null;
      return value;
    }
    const angle = 2 * Math.PI * this.#twister.double();
    const radius = Math.sqrt(-2 * Math.log1p(-this.#twister.double()));
    this.#spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  }
}

/** Eight pairs (i, i + 8) of uniform numbers to sixteen normal ones, in place. */
function transformBlock(values: Float32Array): void {
  for (let index = 0; index < BLOCK / 2; index += 1) {
    const radius = Math.sqrt(-2 * Math.log(1 - (values[index] ?? 0)));
    const angle = 2 * Math.PI * (values[index + BLOCK / 2] ?? 0);
    values[index] = radius * Math.cos(angle);
    values[index + BLOCK / 2] = radius * Math.sin(angle);
  }
}
