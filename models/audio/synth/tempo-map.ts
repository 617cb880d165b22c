/** Ticks to seconds with the tempo's sums kept, for scores of many notes and tempos; the same as `secondsAt`. */
import { ticksPerQuarter, type Score } from '../../../shared/music/score.ts';

export class TempoMap {
  readonly #ticks: number[] = [];
  readonly #seconds: number[] = [];
  readonly #secondsPerTick: number[] = [];

  constructor(tempos: Score['tempos']) {
    let seconds = 0;
    for (const [index, { tick, bpm }] of tempos.entries()) {
      this.#ticks.push(tick);
      this.#seconds.push(seconds);
      const perTick = 60 / bpm / ticksPerQuarter;
      this.#secondsPerTick.push(perTick);
      const next = tempos[index + 1];
      if (next !== undefined) seconds += (next.tick - tick) * perTick;
    }
  }

  secondsAt(tick: number): number {
    let low = 0;
    let high = this.#ticks.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#ticks[middle] ?? 0) <= tick) low = middle;
      else high = middle - 1;
    }
    return (this.#seconds[low] ?? 0) + Math.max(0, tick - (this.#ticks[low] ?? 0)) * (this.#secondsPerTick[low] ?? 0);
  }
}
