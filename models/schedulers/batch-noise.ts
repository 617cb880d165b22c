import type { NoiseSource } from './types.ts';

/**
 * One source per item of a batch, so that each item is the picture its own seed makes alone (diffusers' list of generators).
 * A tensor's length must divide by the number of sources.
 */
export class BatchNoise implements NoiseSource {
  readonly #sources: readonly NoiseSource[];

  constructor(sources: readonly NoiseSource[]) {
    this.#sources = sources;
  }

  normal(length: number): Float32Array {
    const itemLength = length / this.#sources.length;
    if (!Number.isInteger(itemLength)) throw new RangeError(`${length} numbers do not divide among ${this.#sources.length} sources`);
    const result = new Float32Array(length);
    this.#sources.forEach((source, item) => result.set(source.normal(itemLength), item * itemLength));
    return result;
  }
}
