/** A mask as a small coloured picture. */
import type { RawPixels } from '../../canvas/canvas-api.ts';
import { shrunk } from '../../state/canvas-generate-input.ts';

const sidePx = 88;
/** Masks never change: each is drawn once a colour. */
const drawn = new WeakMap<Uint8Array, Map<string, string>>();

export function shapeUrl(mask: RawPixels, colour: string): string {
  const known = drawn.get(mask.data) ?? new Map<string, string>();
  drawn.set(mask.data, known);
  const url = known.get(colour) ?? draw(mask, colour);
  known.set(colour, url);
  return url;
}

function draw(mask: RawPixels, colour: string): string {
  const small = shrunk(mask, sidePx);
  const canvas = document.createElement('canvas');
  canvas.width = small.width;
  canvas.height = small.height;
  const context = canvas.getContext('2d');
  if (context === null) return '';
  context.fillStyle = colour;
  context.fillRect(0, 0, small.width, small.height);
  const pixels = context.getImageData(0, 0, small.width, small.height);
  for (let at = 0; at < small.data.length; at += 1) pixels.data[at * 4 + 3] = 40 + Math.round(((small.data[at] ?? 0) * 215) / 255);
  context.putImageData(pixels, 0, 0);
  return canvas.toDataURL('image/png');
}
