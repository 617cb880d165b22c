/** From floating point to whole numbers of 16 or 24 bits. */

/** Numbers from 0 to 1, the same every time: a file is the same bytes whenever it is written. */
class Noise {
  #state = 0x9e37_79b9;

  next(): number {
    this.#state ^= this.#state << 13;
    this.#state ^= this.#state >>> 17;
    this.#state ^= this.#state << 5;
    return (this.#state >>> 0) / 2 ** 32;
  }
}

/**
 * Rounds samples to whole numbers. To 16 bits with triangular dither of ±1 step (Lipshitz, Wannamaker and Vanderkooy,
 * "Quantization and Dither", 1992), so that fades end in even noise, not in distortion; 24 bits lie below any converter's noise
 * and get none. What is over full scale is clipped; what is no number is silence.
 */
export class Quantiser {
  readonly #noise = new Noise();
  readonly #scale: number;
  readonly #dithers: boolean;

  constructor(bits: 16 | 24, dither = bits === 16) {
    this.#scale = 2 ** (bits - 1);
    this.#dithers = dither;
  }

  /** Interleaves too. */
  interleaved(block: readonly Float32Array[]): Int32Array<ArrayBuffer> {
    const count = block.length;
    const out = new Int32Array((block[0]?.length ?? 0) * count);
    // Frame by frame, so that the noise does not depend on how the sound is cut into blocks.
    for (let index = 0, at = 0; at < out.length; index += 1) {
      for (const samples of block) {
        const sample = samples[index] ?? 0;
        const noise = this.#dithers ? this.#noise.next() - this.#noise.next() : 0;
        const value = Number.isFinite(sample) ? Math.round(sample * this.#scale + noise) : 0;
        out[at] = Math.max(-this.#scale, Math.min(this.#scale - 1, value));
        at += 1;
      }
    }
    return out;
  }
}

/** Little-endian bytes of whole samples. */
export function packed(samples: Int32Array, bits: 16 | 24): Uint8Array {
  const size = bits / 8;
  const bytes = new Uint8Array(samples.length * size);
  let at = 0;
  for (const sample of samples) {
    bytes[at] = sample;
    bytes[at + 1] = sample >> 8;
    if (size === 3) bytes[at + 2] = sample >> 16;
    at += size;
  }
  return bytes;
}
