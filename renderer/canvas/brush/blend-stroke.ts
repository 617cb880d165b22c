/** What a stroke's coverage does to the pixels beneath, on part of one tile. All values 0..255, alpha straight. */
import type { Rect } from '../../../shared/domain/geometry.ts';
import { tileSize } from '../document/tile.ts';

export type StrokeInk =
  { kind: 'mask-add' } | { kind: 'mask-erase' } | { kind: 'paint'; colour: readonly [number, number, number] } | { kind: 'erase' };

/**
 * @param base the tile before the stroke; null: blank
 * @param out the tile as shown and, at the end, kept
 * @param part in tile pixels
 */
export function blendStroke(
  base: Uint8Array | null,
  coverage: Uint8Array,
  out: Uint8Array,
  part: Rect,
  ink: StrokeInk,
  opacity: number,
): void {
  for (let y = part.y; y < part.y + part.height; y += 1) {
    const start = y * tileSize + part.x;
    const end = start + part.width;
    switch (ink.kind) {
      case 'mask-add':
        for (let at = start; at < end; at += 1) {
          const old = base === null ? 0 : (base[at] ?? 0);
          out[at] = old + (((255 - old) * (coverage[at] ?? 0) * opacity) / 255 + 0.5);
        }
        break;
      case 'mask-erase':
        for (let at = start; at < end; at += 1) {
          const old = base === null ? 0 : (base[at] ?? 0);
          out[at] = old - (((old * (coverage[at] ?? 0) * opacity) / 255 + 0.5) | 0);
        }
        break;
      case 'paint':
        paintRow(base, coverage, out, start, end, ink.colour, opacity / 255);
        break;
      case 'erase':
        eraseRow(base, coverage, out, start, end, opacity / 255);
        break;
    }
  }
}

function paintRow(
  base: Uint8Array | null,
  coverage: Uint8Array,
  out: Uint8Array,
  start: number,
  end: number,
  [red, green, blue]: readonly [number, number, number],
  strength: number,
): void {
  for (let pixel = start; pixel < end; pixel += 1) {
    const alpha = (coverage[pixel] ?? 0) * strength;
    const at = pixel * 4;
    const oldAlpha = base === null ? 0 : (base[at + 3] ?? 0) / 255;
    const under = oldAlpha * (1 - alpha);
    const total = alpha + under;
    if (alpha === 0 || total === 0) {
      for (let channel = 0; channel < 4; channel += 1) out[at + channel] = base === null ? 0 : (base[at + channel] ?? 0);
      continue;
    }
    const [fresh, kept] = [alpha / total, under / total];
    out[at] = red * fresh + (base === null ? 0 : (base[at] ?? 0)) * kept + 0.5;
    out[at + 1] = green * fresh + (base === null ? 0 : (base[at + 1] ?? 0)) * kept + 0.5;
    out[at + 2] = blue * fresh + (base === null ? 0 : (base[at + 2] ?? 0)) * kept + 0.5;
    out[at + 3] = total * 255 + 0.5;
  }
}

function eraseRow(base: Uint8Array | null, coverage: Uint8Array, out: Uint8Array, start: number, end: number, strength: number): void {
  if (base === null) return;
  for (let pixel = start; pixel < end; pixel += 1) {
    const at = pixel * 4;
    out[at] = base[at] ?? 0;
    out[at + 1] = base[at + 1] ?? 0;
    out[at + 2] = base[at + 2] ?? 0;
    out[at + 3] = (base[at + 3] ?? 0) * (1 - (coverage[pixel] ?? 0) * strength) + 0.5;
  }
}
