/** The outline of a sound at any zoom: lowest, highest and mean of each column, from blocks that were summed up once. */

const blockFrames = 256;

export class PeakTable {
  readonly #samples: Float32Array;
  /** [blocks] each. */
  readonly #lows: Float32Array;
  readonly #highs: Float32Array;
  readonly #squares: Float32Array;

  constructor(samples: Float32Array) {
    const blocks = Math.ceil(samples.length / blockFrames);
    this.#samples = samples;
    this.#lows = new Float32Array(blocks);
    this.#highs = new Float32Array(blocks);
    this.#squares = new Float32Array(blocks);
    for (let block = 0; block < blocks; block += 1) {
      const found = this.#measure(block * blockFrames, Math.min(samples.length, (block + 1) * blockFrames));
      this.#lows[block] = found.low;
      this.#highs[block] = found.high;
      this.#squares[block] = found.squares;
    }
  }

  #measure(from: number, to: number): { low: number; high: number; squares: number } {
    let low = Infinity;
    let high = -Infinity;
    let squares = 0;
    for (let index = from; index < to; index += 1) {
      const sample = this.#samples[index] ?? 0;
      if (sample < low) low = sample;
      if (sample > high) high = sample;
      squares += sample * sample;
    }
    return { low, high, squares };
  }

  /**
   * @param from,to frames, fractional; what lies outside of the sound is silence
   * @returns [columns * 3] lowest, highest, root mean square; a column holds one sample at least
   */
  columns(from: number, to: number, columns: number): Float32Array<ArrayBuffer> {
    const result = new Float32Array(columns * 3);
    const step = (to - from) / columns;
    for (let column = 0; column < columns; column += 1) {
      const start = Math.max(0, Math.floor(from + column * step));
      const end = Math.min(this.#samples.length, Math.max(start + 1, Math.floor(from + (column + 1) * step)));
      if (end <= start) continue;
      const { low, high, squares } = this.#between(start, end);
      result[column * 3] = low;
      result[column * 3 + 1] = high;
      result[column * 3 + 2] = Math.sqrt(squares / (end - start));
    }
    return result;
  }

  #between(start: number, end: number): { low: number; high: number; squares: number } {
    const firstBlock = Math.ceil(start / blockFrames);
    const lastBlock = Math.floor(end / blockFrames);
    if (lastBlock <= firstBlock) return this.#measure(start, end);
    const head = this.#measure(start, firstBlock * blockFrames);
    const tail = this.#measure(lastBlock * blockFrames, end);
    let low = Math.min(head.low, tail.low);
    let high = Math.max(head.high, tail.high);
    let squares = head.squares + tail.squares;
    for (let block = firstBlock; block < lastBlock; block += 1) {
      low = Math.min(low, this.#lows[block] ?? 0);
      high = Math.max(high, this.#highs[block] ?? 0);
      squares += this.#squares[block] ?? 0;
    }
    return { low, high, squares };
  }
}
