/** Moves the play head's element by transforms alone, and turns the page when it leaves the view. */
import { visibleTicks, xOf } from './geometry/viewport.ts';
import type { RollPlayer } from './roll-api.ts';
import type { RollEngine } from './roll-engine.ts';

/** Where the page is turned, and where the play head is then: shares of the width. */
const turnAt = 0.95;
const turnTo = 0.06;

export class PlayHead {
  readonly #engine: RollEngine;
  readonly #player: RollPlayer;
  readonly #element: HTMLElement;
  #frame = 0;
  #shown = true;
  /** Turns pages while it plays. */
  follows = true;

  constructor(engine: RollEngine, player: RollPlayer, element: HTMLElement) {
    this.#engine = engine;
    this.#player = player;
    this.#element = element;
  }

  /** Every frame, while it plays. */
  run(): void {
    if (this.#frame !== 0) return;
    const step = (): void => {
      this.place();
      this.#frame = requestAnimationFrame(step);
    };
    step();
  }
  rest(): void {
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
    this.place();
  }

  /** Where it is now. */
  place(): void {
    const tick = this.#player.positionTicks();
    if (this.follows && this.#player.playing && !this.#engine.busy) this.#turn(tick);
    const x = xOf(this.#engine.view, tick);
    const shown = x >= -1 && x <= this.#engine.view.widthPx;
    if (shown) this.#element.style.transform = `translateX(${x.toFixed(2)}px)`;
    if (shown === this.#shown) return;
    this.#shown = shown;
    this.#element.style.visibility = shown ? 'visible' : 'hidden';
  }

  #turn(tick: number): void {
    const { view } = this.#engine;
    const x = xOf(view, tick);
    if (x >= 0 && x <= view.widthPx * turnAt) return;
    this.#engine.scrollTo({ ticks: tick - visibleTicks(view) * turnTo });
  }
}
