/** How quickly bytes come, over the last seconds. */
const windowMs = 8000;

export class Speed {
  #marks: { atMs: number; bytes: number }[] = [];

  /** @param bytes received in all; a fall (a file started again) forgets what was measured */
  add(bytes: number, atMs: number): void {
    const last = this.#marks.at(-1);
    if (last !== undefined && bytes < last.bytes) this.#marks = [];
    this.#marks.push({ atMs, bytes });
    while (this.#marks.length > 2 && (this.#marks[0]?.atMs ?? 0) < atMs - windowMs) this.#marks.shift();
  }

  reset(): void {
    this.#marks = [];
  }

  /** Null until something can be said. */
  bytesPerSecond(): number | null {
    const [first, last] = [this.#marks[0], this.#marks.at(-1)];
    if (first === undefined || last === undefined || last.atMs - first.atMs < 500) return null;
    return ((last.bytes - first.bytes) / (last.atMs - first.atMs)) * 1000;
  }
}
