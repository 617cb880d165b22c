/** Flat shapes with smooth edges on an RGBA picture. Places are in pixels and may lie between them. */
import type { Rgb } from '../../../../shared/colour/srgb.ts';
import type { PixelImage } from '../../../pipeline.ts';

const clamp01 = (value: number): number => Math.min(1, Math.max(0, value));

export class Painter {
  readonly width: number;
  readonly height: number;
  readonly #data: Uint8Array;

  constructor(width: number, height: number, ground: Rgb) {
    this.width = width;
    this.height = height;
    this.#data = new Uint8Array(width * height * 4);
    this.#data.fill(255);
    this.rectangle(0, 0, width, height, ground);
  }

  /** @param opacity 0..1 @param radius of the corners */
  rectangle(left: number, top: number, right: number, bottom: number, colour: Rgb, opacity = 1, radius = 0): void {
    const round = Math.min(radius, (right - left) / 2, (bottom - top) / 2);
    const [middleX, middleY] = [(left + right) / 2, (top + bottom) / 2];
    for (let y = Math.max(0, Math.floor(top)); y < Math.min(this.height, Math.ceil(bottom)); y += 1) {
      const coverY = clamp01(Math.min(bottom, y + 1) - Math.max(top, y));
      for (let x = Math.max(0, Math.floor(left)); x < Math.min(this.width, Math.ceil(right)); x += 1) {
        let cover = coverY * clamp01(Math.min(right, x + 1) - Math.max(left, x));
        if (round > 0.5) {
          // Signed distance to the rounded outline; inside is negative.
          const outX = Math.max(0, Math.abs(x + 0.5 - middleX) - (right - left) / 2 + round);
          const outY = Math.max(0, Math.abs(y + 0.5 - middleY) - (bottom - top) / 2 + round);
          if (outX > 0 && outY > 0) cover = Math.min(cover, clamp01(round - Math.hypot(outX, outY) + 0.5));
        }
        this.#mix(x, y, colour, opacity * cover);
      }
    }
  }

  #mix(x: number, y: number, colour: Rgb, share: number): void {
    if (share <= 0) return;
    const at = (y * this.width + x) * 4;
    const data = this.#data;
    for (let channel = 0; channel < 3; channel += 1) {
      const before = data[at + channel] ?? 0;
      data[at + channel] = before + ((colour[channel] ?? 0) - before) * share + 0.5;
    }
  }

  picture(): PixelImage {
    return { width: this.width, height: this.height, channels: 4, data: this.#data };
  }
}
