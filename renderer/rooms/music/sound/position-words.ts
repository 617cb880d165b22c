/** Places in the music as people read them. */
import { secondsAt, ticksPerQuarter, type Bar, type Score } from '../../../../shared/music/score.ts';

/** "3:2" is the second beat of the third bar. What is counted is the metre's denominator. */
export function barAndBeat(bars: readonly Bar[], tick: number): string {
  const bar = bars.findLast(({ start }) => start <= tick + 1e-6);
  if (bar === undefined) return '1:1';
  const beat = (4 * ticksPerQuarter) / bar.metre.denominator;
  const length = bar.end - bar.start;
  const past = Math.floor((tick - bar.start) / length);
  const within = tick - bar.start - past * length;
  return `${String(bar.index + past + 1)}:${String(Math.floor((within + 1e-6) / beat) + 1)}`;
}

/** "1:07.4" */
export function clockTime(seconds: number): string {
  const tenths = Math.floor(Math.max(0, seconds) * 10 + 1e-6);
  const minutes = Math.floor(tenths / 600);
  const rest = tenths - minutes * 600;
  return `${String(minutes)}:${String(Math.floor(rest / 10)).padStart(2, '0')}.${String(rest % 10)}`;
}

export const tickTime = (score: Pick<Score, 'tempos'>, tick: number): string => clockTime(secondsAt(score, tick));
