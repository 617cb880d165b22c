/**
 * The audio clock as the page's clock sees it. Devices tell of their time in leaps of some milliseconds; what moves on the screen needs
 * it smooth.
 */

/** The device jumped (it slept, or was changed): followed at once. */
const leapS = 0.12;
/** Seconds in which a difference shrinks to a third. */
const settleS = 0.4;

export class HeardClock {
  /** Audio time minus page time, in seconds; null: not known yet. */
  #offsetS: number | null = null;
  #atMs = 0;

  /**
   * @param sampledS the audio clock's time that was heard at `sampledMs` of the page's clock
   * @param atMs of the page's clock: when is asked for
   * @returns seconds of the audio clock
   */
  timeS(sampledS: number, sampledMs: number, atMs: number): number {
    const told = sampledS - sampledMs / 1000;
    if (this.#offsetS === null || Math.abs(told - this.#offsetS) > leapS) this.#offsetS = told;
    else this.#offsetS += (told - this.#offsetS) * (1 - Math.exp(-Math.max(0, atMs - this.#atMs) / 1000 / settleS));
    this.#atMs = Math.max(this.#atMs, atMs);
    return this.#offsetS + atMs / 1000;
  }

  /** The device stopped: the next sample is taken as it is. */
  reset(): void {
    this.#offsetS = null;
  }
}
