import { pitchAt } from '../geometry/viewport.ts';
import type { RollEngine } from '../roll-engine.ts';

/** The keys at the left sound while they are pressed; gliding over them plays them one after the other. */
export class KeyboardInput {
  readonly #engine: RollEngine;
  readonly #element: HTMLElement;
  #held: number | null = null;

  constructor(engine: RollEngine, element: HTMLElement) {
    this.#engine = engine;
    this.#element = element;
  }

  listen(): () => void {
    const ends = new AbortController();
    const options = { signal: ends.signal };
    this.#element.addEventListener(
      'pointerdown',
      (event) => {
        if (event.button !== 0) return;
        this.#element.setPointerCapture(event.pointerId);
        this.#hold(this.#pitch(event));
      },
      options,
    );
    this.#element.addEventListener(
      'pointermove',
      (event) => {
        const pitch = this.#pitch(event);
        this.#engine.pointAt(pitch);
        if (this.#held !== null) this.#hold(pitch);
      },
      options,
    );
    for (const name of ['pointerup', 'pointercancel'] as const) this.#element.addEventListener(name, () => this.#hold(null), options);
    this.#element.addEventListener('pointerleave', () => this.#engine.pointAt(null), options);
    return () => {
      this.#hold(null);
      ends.abort();
    };
  }

  #pitch({ clientY }: PointerEvent): number | null {
    const pitch = pitchAt(this.#engine.view, clientY - this.#element.getBoundingClientRect().top);
    return pitch >= 0 && pitch <= 127 ? pitch : null;
  }

  #hold(pitch: number | null): void {
    if (pitch === this.#held) return;
    if (this.#held !== null) this.#engine.host.keyUp(this.#held);
    if (pitch !== null) this.#engine.host.keyDown(pitch);
    this.#held = pitch;
  }
}
