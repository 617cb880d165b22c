/** A canvas that fills an element, in device pixels, and is painted again only when something on it changed. */
export class Layer {
  readonly #canvas: HTMLCanvasElement;
  readonly #context: CanvasRenderingContext2D | null;
  readonly #paint: (context: CanvasRenderingContext2D, size: { width: number; height: number }) => void;
  #size = { width: 0, height: 0 };
  dirty = true;

  constructor(parent: HTMLElement, paint: (context: CanvasRenderingContext2D, size: { width: number; height: number }) => void) {
    this.#paint = paint;
    this.#canvas = document.createElement('canvas');
    this.#canvas.setAttribute('aria-hidden', 'true');
    this.#canvas.style.cssText = 'position:absolute;inset:0;width:100%;height:100%;pointer-events:none';
    this.#context = this.#canvas.getContext('2d');
    parent.prepend(this.#canvas);
  }

  /** In CSS pixels. */
  resize(width: number, height: number): void {
    const scale = window.devicePixelRatio;
    const [wide, high] = [Math.max(1, Math.round(width * scale)), Math.max(1, Math.round(height * scale))];
    this.#size = { width, height };
    this.dirty = true;
    if (this.#canvas.width === wide && this.#canvas.height === high) return;
    this.#canvas.width = wide;
    this.#canvas.height = high;
  }

  paint(): void {
    this.dirty = false;
    if (this.#context === null || this.#size.width === 0) return;
    const scale = window.devicePixelRatio;
    this.#context.setTransform(scale, 0, 0, scale, 0, 0);
    this.#paint(this.#context, this.#size);
  }

  remove(): void {
    this.#canvas.remove();
  }
}
