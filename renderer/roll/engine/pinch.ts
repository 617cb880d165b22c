import type { RollEngine } from '../roll-engine.ts';

interface Place {
  x: number;
  y: number;
}

/** Two fingers: their distance zooms time, their middle moves the view. */
export class Pinch {
  readonly #engine: RollEngine;
  readonly #fingers = new Map<number, Place>();

  constructor(engine: RollEngine) {
    this.#engine = engine;
  }

  /** @returns whether a pinch goes on now */
  down(id: number, { x, y }: Place): boolean {
    this.#fingers.set(id, { x, y });
    return this.#fingers.size === 2;
  }

  move(id: number, { x, y }: Place): boolean {
    if (!this.#fingers.has(id)) return false;
    if (this.#fingers.size !== 2) {
      this.#fingers.set(id, { x, y });
      return this.#fingers.size > 2;
    }
    const before = this.#shape();
    this.#fingers.set(id, { x, y });
    const after = this.#shape();
    this.#engine.scrollBy(before.middle.x - after.middle.x, before.middle.y - after.middle.y);
    this.#engine.zoomTime(after.distance / before.distance, after.middle.x);
    return true;
  }

  up(id: number): void {
    this.#fingers.delete(id);
  }

  #shape(): { middle: Place; distance: number } {
    const [a = { x: 0, y: 0 }, b = { x: 0, y: 0 }] = [...this.#fingers.values()];
    return { middle: { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 }, distance: Math.max(20, Math.hypot(a.x - b.x, a.y - b.y)) };
  }
}
