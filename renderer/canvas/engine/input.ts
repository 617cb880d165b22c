/** Pointer, wheel and touch events into tool gestures, panning and zooming. Samples wait for the frame: events cost nothing. */
import type { Tool, ToolHost, ToolPointer } from '../tools/tool.ts';
import { HandTool } from '../tools/view-tools.ts';
import { keepInSight, pan, toCanvas, zoomAround, type FloatPoint, type Viewport } from '../view/viewport.ts';

export interface InputHost extends ToolHost {
  /** The tool for a gesture that starts now. */
  toolFor(pointer: ToolPointer): Tool | null;
  /** True where a Konva handle lies: it handles its own dragging. */
  isHandleAt(point: FloatPoint): boolean;
  pointerMoved(pointer: ToolPointer | null): void;
  gestureBegins(): void;
  requestFrame(): void;
  /** The kind of cursor changed: Space is held, a drag pans. */
  panningChanged(panning: boolean): void;
}

const wheelZoomPerPx = 1 / 600;
const pinchZoomPerPx = 1 / 120;
const linePx = 16;

export class Input {
  readonly #host: InputHost;
  readonly #container: HTMLElement;
  readonly #abort = new AbortController();
  readonly #hand: HandTool;
  #bounds: DOMRect;
  #gesture: { tool: Tool; pointerId: number } | null = null;
  #samples: ToolPointer[] = [];
  #pressure = 0;
  readonly #touches = new Map<number, FloatPoint>();
  #spaceHeld = false;
  #inside = false;

  constructor(container: HTMLElement, host: InputHost) {
    this.#host = host;
    this.#container = container;
    this.#hand = new HandTool(host);
    this.#bounds = container.getBoundingClientRect();
    container.style.touchAction = 'none';
    const { signal } = this.#abort;
    container.addEventListener('pointerdown', (event) => this.#down(event), { signal });
    container.addEventListener('pointermove', (event) => this.#move(event), { signal });
    container.addEventListener('pointerup', (event) => this.#up(event), { signal });
    container.addEventListener('pointercancel', (event) => this.#lost(event), { signal });
    container.addEventListener('lostpointercapture', (event) => this.#lost(event), { signal });
    container.addEventListener('pointerenter', () => this.#enter(), { signal });
    container.addEventListener('pointerleave', () => this.#leave(), { signal });
    container.addEventListener('wheel', (event) => this.#wheel(event), { signal, passive: false });
    container.addEventListener('contextmenu', (event) => event.preventDefault(), { signal });
    window.addEventListener('keydown', (event) => this.#keyDown(event), { signal, capture: true });
    window.addEventListener('keyup', (event) => this.#keyUp(event), { signal });
    window.addEventListener('blur', () => this.#setSpace(false), { signal });
  }

  get panning(): boolean {
    return this.#spaceHeld || this.#gesture?.tool === this.#hand;
  }

  get gestureUnderWay(): boolean {
    return this.#gesture !== null;
  }

  /** Hands waiting samples to the tool; called at the start of a frame. */
  flush(): void {
    if (this.#gesture === null || this.#samples.length === 0) return;
    const samples = this.#samples;
    this.#samples = [];
    this.#gesture.tool.move(samples);
  }

  /** Finishes what is being drawn: another command needs the document settled. */
  finish(): void {
    this.#endGesture(this.#samples);
  }

  cancel(): void {
    const gesture = this.#gesture;
    this.#gesture = null;
    this.#samples = [];
    gesture?.tool.cancel();
    if (gesture?.tool === this.#hand) this.#host.panningChanged(this.panning);
  }

  dispose(): void {
    this.cancel();
    this.#abort.abort();
  }

  #down(event: PointerEvent): void {
    this.#bounds = this.#container.getBoundingClientRect();
    const pointer = this.#pointer(event);
    if (event.pointerType === 'touch') {
      this.#touches.set(event.pointerId, { x: pointer.screenX, y: pointer.screenY });
      if (this.#touches.size === 2) {
        // A second finger turns drawing into pinching.
        this.cancel();
        return;
      }
    }
    if (this.#gesture !== null || this.#touches.size > 1) return;
    if (event.button !== 0 && event.button !== 1) return;
    const pans = event.button === 1 || this.#spaceHeld;
    if (!pans && this.#host.isHandleAt({ x: pointer.screenX, y: pointer.screenY })) return;
    if (event.button === 1) event.preventDefault();
    this.#host.gestureBegins();
    const tool = pans ? this.#hand : this.#host.toolFor(pointer);
    if (tool?.begin(pointer) !== true) return;
    this.#gesture = { tool, pointerId: event.pointerId };
    this.#pressure = pointer.pressure;
    this.#samples = [];
    this.#container.setPointerCapture(event.pointerId);
    if (pans) this.#host.panningChanged(true);
    this.#host.requestFrame();
  }

  #move(event: PointerEvent): void {
    if (this.#touches.has(event.pointerId) && this.#touches.size === 2) {
      this.#pinch(event);
      return;
    }
    const pointer = this.#pointer(event);
    if (this.#gesture?.pointerId === event.pointerId) {
      const coalesced = event.getCoalescedEvents();
      for (const each of coalesced.length === 0 ? [event] : coalesced) this.#samples.push(this.#pointer(each));
      this.#pressure = pointer.pressure;
    }
    this.#host.pointerMoved(pointer);
    this.#host.requestFrame();
  }

  #up(event: PointerEvent): void {
    this.#touches.delete(event.pointerId);
    if (this.#gesture?.pointerId !== event.pointerId) return;
    const pointer = this.#pointer(event);
    // A pen that is lifted reports no pressure: the stroke ends with what it had.
    this.#endGesture([...this.#samples, { ...pointer, pressure: pointer.pen ? this.#pressure : pointer.pressure }]);
  }

  #endGesture(samples: ToolPointer[]): void {
    const gesture = this.#gesture;
    if (gesture === null) return;
    this.#gesture = null;
    this.#samples = [];
    gesture.tool.end(samples);
    if (gesture.tool === this.#hand) this.#host.panningChanged(this.panning);
    this.#host.requestFrame();
  }

  #lost(event: PointerEvent): void {
    this.#touches.delete(event.pointerId);
    if (this.#gesture?.pointerId === event.pointerId) this.cancel();
  }

  #enter(): void {
    this.#bounds = this.#container.getBoundingClientRect();
    this.#inside = true;
  }

  #leave(): void {
    this.#inside = false;
    if (this.#gesture === null) this.#host.pointerMoved(null);
  }

  #pinch(event: PointerEvent): void {
    const others = [...this.#touches].filter(([id]) => id !== event.pointerId);
    const before = this.#touches.get(event.pointerId);
    const other = others[0]?.[1];
    const now = { x: event.clientX - this.#bounds.left, y: event.clientY - this.#bounds.top };
    if (before === undefined || other === undefined) return;
    this.#touches.set(event.pointerId, now);
    const ratio = Math.hypot(now.x - other.x, now.y - other.y) / Math.max(1, Math.hypot(before.x - other.x, before.y - other.y));
    const middle = { x: (now.x + other.x) / 2, y: (now.y + other.y) / 2 };
    const moved = pan(this.#host.viewport, (now.x - before.x) / 2, (now.y - before.y) / 2);
    this.#show(zoomAround(moved, moved.zoom * ratio, middle));
  }

  #wheel(event: WheelEvent): void {
    event.preventDefault();
    this.#bounds = this.#container.getBoundingClientRect();
    const unit = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? linePx : 1;
    const { viewport } = this.#host;
    if (event.shiftKey && !event.ctrlKey) {
      // Browsers turn the axis for Shift already on some systems.
      this.#show(pan(viewport, -(event.deltaX === 0 ? event.deltaY : event.deltaX) * unit, 0));
      return;
    }
    // A pinch on a touchpad comes as a wheel with Ctrl.
    const perPx = event.ctrlKey ? pinchZoomPerPx : wheelZoomPerPx;
    const around = { x: event.clientX - this.#bounds.left, y: event.clientY - this.#bounds.top };
    const factor = Math.min(2, Math.max(0.5, 2 ** (-event.deltaY * unit * perPx * 2)));
    this.#show(zoomAround(viewport, viewport.zoom * factor, around));
  }

  #show(viewport: Viewport): void {
    const canvas = this.#host.store.document?.canvas;
    if (canvas !== undefined) this.#host.setViewport(keepInSight(viewport, canvas));
  }

  #keyDown(event: KeyboardEvent): void {
    if (event.key === 'Escape' && this.#gesture !== null) {
      this.cancel();
      event.preventDefault();
      event.stopImmediatePropagation();
      return;
    }
    if (event.code !== 'Space' || event.ctrlKey || event.metaKey || event.altKey || isTypingIn(event.target, this.#inside)) return;
    // Or the page would scroll.
    event.preventDefault();
    this.#setSpace(true);
  }

  #keyUp(event: KeyboardEvent): void {
    if (event.code === 'Space') this.#setSpace(false);
  }

  #setSpace(held: boolean): void {
    if (this.#spaceHeld === held) return;
    this.#spaceHeld = held;
    this.#host.panningChanged(this.panning);
  }

  #pointer(event: PointerEvent): ToolPointer {
    const screenX = event.clientX - this.#bounds.left;
    const screenY = event.clientY - this.#bounds.top;
    const { x, y } = toCanvas(this.#host.viewport, { x: screenX, y: screenY });
    const { pressure, pointerType, shiftKey, altKey } = event;
    return { x, y, screenX, screenY, pressure, pen: pointerType === 'pen', shift: shiftKey, alt: altKey };
  }
}

/** Space belongs to text fields always, to buttons and the like unless the pointer is over the canvas. */
function isTypingIn(target: EventTarget | null, pointerInside: boolean): boolean {
  if (!(target instanceof Element)) return false;
  if (target.closest('input:not([type=range],[type=checkbox],[type=radio],[type=color]), textarea, select, [contenteditable]') !== null)
    return true;
  return !pointerInside && target.closest('button, input, summary, a, [role=button], [role=slider], [role=tab], [role=menuitem]') !== null;
}
