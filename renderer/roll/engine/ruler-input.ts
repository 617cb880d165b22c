/** The ruler: its upper part holds the loop, its lower part moves the play head. */
import { ticksPerQuarter } from '../../../shared/music/score.ts';
import { barAt, snapped } from '../geometry/grid.ts';
import { tickAt, xOf } from '../geometry/viewport.ts';
import { rulerPx } from '../paint/paint-ruler.ts';
import type { TickRange } from '../roll-api.ts';
import type { RollEngine } from '../roll-engine.ts';

const edgePx = 6;
type Grip = 'new' | 'start' | 'end' | 'whole' | 'seek';

/** What a press at a place of the ruler takes hold of. */
export function gripAt(x: number, y: number, loop: TickRange | null, view: RollEngine['view']): Grip {
  const bandTop = rulerPx.chords;
  if (y < bandTop || y >= bandTop + rulerPx.loop) return 'seek';
  if (loop === null) return 'new';
  const [left, right] = [xOf(view, loop.start), xOf(view, loop.end)];
  if (Math.abs(x - right) <= edgePx) return 'end';
  if (Math.abs(x - left) <= edgePx) return 'start';
  return x > left && x < right ? 'whole' : 'new';
}

/** The loop that a drag from one tick to another makes; null: too short to be one. Ticks are on the grid already. */
export function draggedLoop(grip: Exclude<Grip, 'seek'>, loop: TickRange | null, from: number, to: number): TickRange | null {
  if (grip === 'new' || loop === null) return range(from, to);
  if (grip === 'start') return range(to, loop.end);
  if (grip === 'end') return range(loop.start, to);
  const by = Math.max(-loop.start, to - from);
  return { start: loop.start + by, end: loop.end + by };
}
function range(a: number, b: number): TickRange | null {
  return a === b ? null : { start: Math.min(a, b), end: Math.max(a, b) };
}

const cursors: Readonly<Record<Grip, string>> = { new: 'text', start: 'ew-resize', end: 'ew-resize', whole: 'grab', seek: 'pointer' };

export class RulerInput {
  readonly #engine: RollEngine;
  readonly #element: HTMLElement;
  #drag: { grip: Grip; from: number; loop: TickRange | null; moved: boolean } | null = null;

  constructor(engine: RollEngine, element: HTMLElement) {
    this.#engine = engine;
    this.#element = element;
  }

  listen(): () => void {
    const ends = new AbortController();
    const options = { signal: ends.signal };
    this.#element.addEventListener('pointerdown', (event) => this.#down(event), options);
    this.#element.addEventListener('pointermove', (event) => this.#move(event), options);
    this.#element.addEventListener('pointerup', () => this.#up(), options);
    this.#element.addEventListener('pointercancel', () => (this.#drag = null), options);
    this.#element.addEventListener('dblclick', (event) => this.#double(event), options);
    return () => ends.abort();
  }

  #place({ clientX, clientY }: MouseEvent): { x: number; y: number } {
    const box = this.#element.getBoundingClientRect();
    return { x: clientX - box.left, y: clientY - box.top };
  }

  /** Loops keep to beats, or to the grid where it is coarser. */
  #tick(x: number, free: boolean): number {
    const { view, content, grid } = this.#engine;
    const tick = Math.max(0, tickAt(view, x));
    if (free) return Math.round(tick);
    const { metre } = barAt(content.bars, tick);
    const beat = (4 * ticksPerQuarter) / metre.denominator;
    return snapped(tick, Math.max(beat, grid ?? 0), content.bars);
  }

  #down(event: PointerEvent): void {
    if (event.button !== 0) return;
    this.#element.setPointerCapture(event.pointerId);
    const { x, y } = this.#place(event);
    const { loop } = this.#engine.content;
    const grip = gripAt(x, y, loop, this.#engine.view);
    this.#drag = { grip, from: this.#tick(x, event.ctrlKey), loop, moved: false };
    if (grip === 'seek') this.#seek(x, event.ctrlKey);
  }

  #move(event: PointerEvent): void {
    const { x, y } = this.#place(event);
    if (this.#drag === null) {
      this.#element.style.cursor = cursors[gripAt(x, y, this.#engine.content.loop, this.#engine.view)];
      return;
    }
    const { grip, from, loop } = this.#drag;
    if (grip === 'seek') {
      this.#seek(x, event.ctrlKey);
      return;
    }
    const to = this.#tick(x, event.ctrlKey);
    if (to === from && !this.#drag.moved) return;
    this.#drag.moved = true;
    const next = draggedLoop(grip, loop, from, to);
    if (next !== null) this.#engine.host.setLoop(next);
  }

  /** A click beside the loop takes it away. */
  #up(): void {
    if (this.#drag?.grip === 'new' && !this.#drag.moved && this.#drag.loop !== null) this.#engine.host.setLoop(null);
    this.#drag = null;
  }

  /** A double click loops the bar. */
  #double(event: MouseEvent): void {
    const { x, y } = this.#place(event);
    const { view, content, host } = this.#engine;
    const grip = gripAt(x, y, content.loop, view);
    if (grip === 'seek') return;
    if (grip === 'whole') host.setLoop(null);
    else if (grip === 'new') {
      const { start, end } = barAt(content.bars, Math.max(0, tickAt(view, x)));
      host.setLoop({ start, end });
    }
  }

  #seek(x: number, free: boolean): void {
    const { view, content, grid, host } = this.#engine;
    const tick = tickAt(view, x);
    host.seek(Math.min(content.score.lengthTicks, snapped(tick, free ? null : grid, content.bars)));
  }
}
