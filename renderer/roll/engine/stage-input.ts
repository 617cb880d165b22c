/** Pointers over the notes and over the velocity lane: tools, panning with the middle button, pinching with two fingers. */
import { noteAt } from '../geometry/hit-test.ts';
import { pitchAt } from '../geometry/viewport.ts';
import type { RollEngine } from '../roll-engine.ts';
import type { Gesture, PointerSample } from '../tools/gesture.ts';
import { cursorAt, press } from '../tools/press.ts';
import { ShapeVelocity } from '../tools/shape-velocity.ts';
import { Pinch } from './pinch.ts';

/** Where the pointer is and what is held with it. */
type Held = Omit<PointerSample, 'view'>;

const edgePx = 18;
const edgeSpeed = 0.35;
const doubleClickMs = 380;
const doubleClickPx = 5;

export class StageInput {
  readonly #engine: RollEngine;
  readonly #element: HTMLElement;
  readonly #area: 'notes' | 'velocity';
  readonly #pinch: Pinch;
  #gesture: Gesture | null = null;
  #pointer: number | null = null;
  #pan: { x: number; y: number } | null = null;
  #last: Held | null = null;
  #lastPress = { at: -Infinity, x: 0, y: 0, clicks: 0 };
  #scrolling = 0;

  constructor(engine: RollEngine, element: HTMLElement, area: 'notes' | 'velocity') {
    this.#engine = engine;
    this.#element = element;
    this.#area = area;
    this.#pinch = new Pinch(engine);
  }

  listen(): () => void {
    const ends = new AbortController();
    const options = { signal: ends.signal };
    this.#element.addEventListener('pointerdown', (event) => this.#down(event), options);
    this.#element.addEventListener('pointermove', (event) => this.#move(event), options);
    this.#element.addEventListener('pointerup', (event) => this.#up(event), options);
    this.#element.addEventListener('pointercancel', (event) => this.#cancelPointer(event), options);
    this.#element.addEventListener('pointerleave', () => this.#engine.pointAt(null), options);
    // The second button erases.
    this.#element.addEventListener('contextmenu', (event) => event.preventDefault(), options);
    window.addEventListener('keydown', (event) => this.#key(event), { ...options, capture: true });
    window.addEventListener('keyup', (event) => this.#modifiers(event), options);
    window.addEventListener('blur', () => this.#drop(), options);
    return () => {
      this.#drop();
      ends.abort();
    };
  }

  #at(event: PointerEvent): Held {
    const box = this.#element.getBoundingClientRect();
    return {
      x: event.clientX - box.left,
      y: event.clientY - box.top,
      shift: event.shiftKey,
      alt: event.altKey,
      ctrl: event.ctrlKey || event.metaKey,
    };
  }
  #sample(at: Held): PointerSample {
    return { ...at, view: this.#engine.view };
  }

  #down(event: PointerEvent): void {
    const at = this.#at(event);
    if (event.pointerType === 'touch' && this.#pinch.down(event.pointerId, at)) {
      this.#drop();
      return;
    }
    if (this.#gesture !== null || this.#pan !== null) return;
    this.#element.setPointerCapture(event.pointerId);
    this.#pointer = event.pointerId;
    if (event.button === 1) {
      event.preventDefault();
      this.#pan = at;
      this.#element.style.cursor = 'grabbing';
      return;
    }
    const context = this.#engine.gestureContext();
    if (context === null) return;
    const sample = this.#sample(at);
    const clicks = this.#clicks(event, at);
    this.#gesture =
      this.#area === 'velocity'
        ? new ShapeVelocity(context, sample)
        : press(this.#engine.tool, context, sample, { button: event.button, clicks });
    this.#last = at;
    this.#engine.show(this.#gesture.preview);
    this.#element.style.cursor = this.#gesture.cursor;
  }

  /** Pointer events do not count clicks. */
  #clicks(event: PointerEvent, { x, y }: { x: number; y: number }): number {
    const last = this.#lastPress;
    const again = event.timeStamp - last.at < doubleClickMs && Math.hypot(x - last.x, y - last.y) < doubleClickPx && event.button === 0;
    this.#lastPress = { at: event.timeStamp, x, y, clicks: again ? last.clicks + 1 : 1 };
    return this.#lastPress.clicks;
  }

  #move(event: PointerEvent): void {
    const at = this.#at(event);
    if (event.pointerType === 'touch' && this.#pinch.move(event.pointerId, at)) return;
    if (this.#pan !== null) {
      this.#engine.scrollBy(this.#pan.x - at.x, this.#area === 'notes' ? this.#pan.y - at.y : 0);
      this.#pan = at;
      return;
    }
    if (this.#area === 'notes') this.#engine.pointAt(pitchAt(this.#engine.view, at.y));
    if (this.#gesture === null) {
      this.#hover(at);
      return;
    }
    if (event.pointerId !== this.#pointer) return;
    this.#last = at;
    this.#advance();
    this.#scrollAtEdges();
  }

  #hover(at: { x: number; y: number }): void {
    if (this.#area === 'velocity') {
      this.#element.style.cursor = 'ns-resize';
      return;
    }
    const notes = this.#engine.gestureContext()?.track.notes ?? [];
    this.#element.style.cursor = cursorAt(this.#engine.tool, noteAt(this.#engine.view, notes, at));
  }

  #advance(): void {
    if (this.#gesture === null || this.#last === null) return;
    this.#gesture.move(this.#sample(this.#last));
    this.#engine.show(this.#gesture.preview);
    this.#element.style.cursor = this.#gesture.cursor;
  }

  /** Goes on scrolling while the pointer is held at an edge. */
  #scrollAtEdges(): void {
    if (this.#scrolling !== 0) return;
    const step = (): void => {
      this.#scrolling = 0;
      if (this.#gesture === null || this.#last === null) return;
      const { widthPx, heightPx } = this.#engine.view;
      const beyond = (at: number, size: number): number => (at < edgePx ? at - edgePx : at > size - edgePx ? at - size + edgePx : 0);
      const x = beyond(this.#last.x, widthPx) * edgeSpeed;
      const y = this.#area === 'notes' ? beyond(this.#last.y, heightPx) * edgeSpeed : 0;
      if (x === 0 && y === 0) return;
      this.#engine.scrollBy(x, y);
      this.#advance();
      this.#scrolling = requestAnimationFrame(step);
    };
    this.#scrolling = requestAnimationFrame(step);
  }

  #up(event: PointerEvent): void {
    if (event.pointerType === 'touch') this.#pinch.up(event.pointerId);
    if (event.pointerId !== this.#pointer) return;
    const outcome = this.#gesture?.end() ?? null;
    this.#drop();
    if (outcome !== null) this.#engine.finish(outcome);
    this.#hover(this.#at(event));
  }

  #cancelPointer(event: PointerEvent): void {
    this.#pinch.up(event.pointerId);
    if (event.pointerId === this.#pointer) this.#drop();
  }

  /** Ends what goes on without a trace. */
  #drop(): void {
    cancelAnimationFrame(this.#scrolling);
    this.#scrolling = 0;
    const had = this.#gesture !== null;
    this.#gesture = null;
    this.#pan = null;
    this.#pointer = null;
    this.#last = null;
    this.#element.style.cursor = '';
    if (had) this.#engine.show(null);
  }

  #key(event: KeyboardEvent): void {
    if (this.#gesture === null) return;
    if (event.key === 'Escape') {
      event.preventDefault();
      event.stopPropagation();
      this.#drop();
    } else this.#modifiers(event);
  }
  /** Keys that change what a gesture does take effect at once. */
  #modifiers(event: KeyboardEvent): void {
    if (this.#last === null || !['Shift', 'Alt', 'Control', 'Meta'].includes(event.key)) return;
    this.#last = { ...this.#last, shift: event.shiftKey, alt: event.altKey, ctrl: event.ctrlKey || event.metaKey };
    this.#advance();
  }
}
