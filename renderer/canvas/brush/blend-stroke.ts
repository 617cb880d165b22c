/** What a stroke's coverage does to the pixels beneath, on part of one tile. All values 0..255, alpha straight. */
import type { Rect } from '../../../shared/domain/geometry.ts';
import { tileSize } from '../document/tile.ts';

export type StrokeInk =
  { kind: 'mask-add' } | { kind: 'mask-erase' } | { kind: 'paint'; colour: readonly [number, number, number] } | { kind: 'erase' };

/**
 * Coverage only ever rises within a stroke, so `out` is right already where it is zero.
 * @param base the tile before the stroke; null: blank
 * @param out starts as a copy of `base`; the tile as shown and, at the end, kept
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
  const strength = opacity / 255;
  for (let y = part.y; y < part.y + part.height; y += 1) {
    const start = y * tileSize + part.x;
    const end = start + part.width;
    switch (ink.kind) {
      case 'mask-add':
        maskRow(base, coverage, out, start, end, strength);
        break;
      case 'mask-erase':
        unmaskRow(base, coverage, out, start, end, strength);
        break;
      case 'paint':
        paintRow(base ?? blank, coverage, out, start, end, ink.colour, strength);
        break;
      case 'erase':
        eraseRow(base ?? blank, coverage, out, start, end, strength);
        break;
    }
  }
}

const blank = new Uint8Array(tileSize * tileSize * 4);

function maskRow(base: Uint8Array | null, coverage: Uint8Array, out: Uint8Array, start: number, end: number, strength: number): void {
  for (let at = start; at < end; at += 1) {
    const covered = coverage[at] ?? 0;
    if (covered === 0) continue;
    const old = base === null ? 0 : (base[at] ?? 0);
    out[at] = old + (255 - old) * covered * strength + 0.5;
  }
}

function unmaskRow(base: Uint8Array | null, coverage: Uint8Array, out: Uint8Array, start: number, end: number, strength: number): void {
  if (base === null) return;
  for (let at = start; at < end; at += 1) out[at] = (base[at] ?? 0) * (1 - (coverage[at] ?? 0) * strength) + 0.5;
}

function paintRow(
  base: Uint8Array,
  coverage: Uint8Array,
  out: Uint8Array,
  start: number,
  end: number,
  [red, green, blue]: readonly [number, number, number],
  strength: number,
): void {
  for (let pixel = start; pixel < end; pixel += 1) {
    const covered = coverage[pixel] ?? 0;
    if (covered === 0) continue;
    const alpha = covered * strength;
    const at = pixel * 4;
    const oldAlpha = base[at + 3] ?? 0;
    // Opaque pixels stay opaque: no division, and most pixels of most pictures.
    let fresh = alpha;
    if (oldAlpha !== 255) {
      const total = alpha + (oldAlpha / 255) * (1 - alpha);
      if (total === 0) continue;
      fresh = alpha / total;
      out[at + 3] = total * 255 + 0.5;
    }
    const oldRed = base[at] ?? 0;
    const oldGreen = base[at + 1] ?? 0;
    const oldBlue = base[at + 2] ?? 0;
    out[at] = oldRed + (red - oldRed) * fresh + 0.5;
    out[at + 1] = oldGreen + (green - oldGreen) * fresh + 0.5;
    out[at + 2] = oldBlue + (blue - oldBlue) * fresh + 0.5;
  }
}

function eraseRow(base: Uint8Array, coverage: Uint8Array, out: Uint8Array, start: number, end: number, strength: number): void {
  for (let pixel = start; pixel < end; pixel += 1) {
    const covered = coverage[pixel] ?? 0;
    if (covered !== 0) out[pixel * 4 + 3] = (base[pixel * 4 + 3] ?? 0) * (1 - covered * strength) + 0.5;
  }
}
