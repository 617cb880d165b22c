/** A rectangle or ellipse given by numbers, put into a mask. */
import type { MaskCombine, RawPixels } from '../canvas/canvas-api.ts';
import type { Rect } from '../../shared/domain/geometry.ts';

/** @param mask one byte a pixel; @returns a new mask. Ellipses have a one-pixel soft edge */
export function maskArea(mask: RawPixels, shape: 'rectangle' | 'ellipse', area: Rect, combine: MaskCombine): RawPixels {
  const data = new Uint8Array(mask.data.length);
  for (let y = 0; y < mask.height; y += 1) {
    for (let x = 0; x < mask.width; x += 1) {
      const at = y * mask.width + x;
      const inside = shape === 'rectangle' ? insideRectangle(x, y, area) : insideEllipse(x, y, area);
      data[at] = combined(mask.data[at] ?? 0, inside, combine);
    }
  }
  return { ...mask, data };
}

function insideRectangle(x: number, y: number, { x: left, y: top, width, height }: Rect): number {
  return x >= left && y >= top && x < left + width && y < top + height ? 255 : 0;
}

function insideEllipse(x: number, y: number, { x: left, y: top, width, height }: Rect): number {
  const across = (x + 0.5 - left - width / 2) / (width / 2);
  const down = (y + 0.5 - top - height / 2) / (height / 2);
  const beyond = (Math.hypot(across, down) - 1) * (Math.min(width, height) / 2);
  return Math.round(255 * Math.min(1, Math.max(0, 0.5 - beyond)));
}

function combined(old: number, inside: number, combine: MaskCombine): number {
  switch (combine) {
    case 'replace':
      return inside;
    case 'add':
      return Math.max(old, inside);
    case 'subtract':
      return Math.min(old, 255 - inside);
    case 'intersect':
      return Math.min(old, inside);
  }
}
