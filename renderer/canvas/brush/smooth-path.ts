/**
 * Rounds the path between samples: quadratic curves from the middle of one segment to the middle of the next, the sample
 * between as their control point. A mouse that is asked 125 times a second draws curves, not polygons; straight lines
 * stay what they are. The path lags half a segment behind until it ends.
 */
import type { PointerSample } from './brush-path.ts';

const mostPieces = 12;

export class SmoothPath {
  #before: PointerSample | null = null;
  #last: PointerSample | null = null;

  /** The points that can be drawn now that `sample` is known. */
  add(sample: PointerSample): PointerSample[] {
    const [before, last] = [this.#before, this.#last];
    this.#before = last;
    this.#last = sample;
    if (last === null) return [sample];
    const to = between(last, sample, 0.5);
    if (before === null) return [to];
    const from = between(before, last, 0.5);
    const bend = Math.hypot(last.x - (from.x + to.x) / 2, last.y - (from.y + to.y) / 2);
    const pieces = Math.min(mostPieces, Math.max(1, Math.ceil(Math.sqrt(bend) * 1.5)));
    return Array.from({ length: pieces }, (_, piece) => {
      const t = (piece + 1) / pieces;
      return between(between(from, last, t), between(last, to, t), t);
    });
  }

  /** What is left to draw: up to the last sample. */
  end(): PointerSample[] {
    return this.#last === null ? [] : [this.#last];
  }
}

function between(a: PointerSample, b: PointerSample, t: number): PointerSample {
  return {
    x: a.x + (b.x - a.x) * t,
    y: a.y + (b.y - a.y) * t,
    pressure: a.pressure + (b.pressure - a.pressure) * t,
    pen: b.pen,
  };
}
