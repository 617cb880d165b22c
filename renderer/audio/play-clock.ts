/**
 * Where the music is now, for the eye: the audio thread tells of its place some thirty times a second, this counts on in between. Time
 * is the audio clock's, so that the play head stands where the listener hears the music, however late the device is.
 */
import { secondsAt, tickAt, type Score } from '../../shared/music/score.ts';

export interface ClockAnchor {
  /** The audio clock's time, in seconds, at which the music is at `positionS`. */
  timeS: number;
  positionS: number;
  playing: boolean;
  /** Seconds until the music moves: what is left of a count-in. */
  waitS: number;
}

/** Over a second of reports: what is told now may be heard much later, as with wireless headphones. */
const mostAnchors = 40;

export class PlayClock {
  #anchors: ClockAnchor[] = [{ timeS: 0, positionS: 0, playing: false, waitS: 0 }];
  #loop: { startS: number; endS: number } | null = null;

  /** From now on only this holds. */
  reset(anchor: ClockAnchor): void {
    this.#anchors = [anchor];
  }

  /** Holds from its time on. */
  add(anchor: ClockAnchor): void {
    this.#anchors.push(anchor);
    if (this.#anchors.length > mostAnchors) this.#anchors.shift();
  }

  /** In seconds of the score; shorter than a millisecond is none. */
  setLoop(loop: { startS: number; endS: number } | null): void {
    this.#loop = loop !== null && loop.endS - loop.startS > 0.001 ? loop : null;
  }

  /** @param timeS of the audio clock @returns seconds of the score, 0 or more */
  secondsAt(timeS: number): number {
    const anchor = this.#anchors.findLast((one) => one.timeS <= timeS) ?? this.#anchors[0];
    if (anchor === undefined) return 0;
    const { timeS: from, positionS, playing, waitS } = anchor;
    if (!playing) return positionS;
    const position = positionS + Math.max(0, timeS - from - waitS);
    const loop = this.#loop;
    if (loop === null || positionS >= loop.endS || position < loop.endS) return position;
    return loop.startS + ((position - loop.startS) % (loop.endS - loop.startS));
  }
}

/** Ticks at a place in seconds, whole ticks kept whole. */
export function ticksAtSeconds(score: Pick<Score, 'tempos'>, seconds: number): number {
  const ticks = tickAt(score, seconds);
  const whole = Math.round(ticks);
  return Math.abs(ticks - whole) < 1e-6 ? whole : ticks;
}

export const loopSeconds = (
  score: Pick<Score, 'tempos'>,
  range: { start: number; end: number } | null,
): { startS: number; endS: number } | null =>
  range === null ? null : { startS: secondsAt(score, range.start), endS: secondsAt(score, range.end) };
