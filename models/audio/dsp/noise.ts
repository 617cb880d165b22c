/** Noise that is the same for the same seed, on every machine. */

/** Mixes whole numbers into one 32-bit seed (the finaliser of MurmurHash3 after each). */
export function mixSeeds(...values: readonly number[]): number {
  let hash = 0x9e37_79b9;
  for (const value of values) {
    hash = Math.imul(hash ^ (value >>> 0), 0x85eb_ca6b);
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2_ae35);
    hash ^= hash >>> 16;
  }
  return hash >>> 0;
}

/** White noise by xorshift32 (Marsaglia 2003): a few operations a sample. */
export class Noise {
  #state: number;

  constructor(seed: number) {
    const mixed = mixSeeds(seed);
    this.#state = mixed === 0 ? 1 : mixed;
  }

  /** Even in -1..1; variance 1/3. */
  white(): number {
    let state = this.#state;
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    this.#state = state;
    return state * 4.656_612_873_077_393e-10;
  }

  /** Even in low..high. */
  between(low: number, high: number): number {
    return low + (high - low) * (this.white() * 0.5 + 0.5);
  }

  /** Nearly normal, variance 1: the sum of four even numbers, scaled. */
  normal(): number {
    return (this.white() + this.white() + this.white() + this.white()) * 0.866_025_4;
  }
}
