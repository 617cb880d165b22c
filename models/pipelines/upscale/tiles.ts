/** Which part of the picture each run sees, and which part of the result it is for. */
import type { Rect, Size } from '../../../shared/domain/geometry.ts';
import type { UpscaleConvention } from '../../../shared/domain/pack-manifest.ts';

/** Longest side at the output of graphs nothing is known of: at 64 channels a buffer then stays below WebGPU's 128 MiB. */
const unknownGraphOutputSide = 640;

export interface Tile {
  /** The part of the input this tile answers for. */
  inner: Rect;
  /** The part of the result it fills; the parts of all tiles meet without overlap. */
  target: Rect;
}

/**
 * Tiles of about equal size over the picture.
 * @param side longest side of an inner part, in input pixels
 */
export function planTiles(source: Size, target: Size, side: Size): Tile[] {
  const across = cuts(source.width, target.width, side.width);
  const down = cuts(source.height, target.height, side.height);
  return down.flatMap((row) =>
    across.map((column) => ({
      inner: { x: column.from, y: row.from, width: column.length, height: row.length },
      target: { x: column.targetFrom, y: row.targetFrom, width: column.targetLength, height: row.targetLength },
    })),
  );
}

function cuts(
  length: number,
  targetLength: number,
  side: number,
): { from: number; length: number; targetFrom: number; targetLength: number }[] {
  const count = Math.ceil(length / side);
  const at = (index: number): number => Math.round((index * length) / count);
  const targetAt = (index: number): number => Math.round((at(index) * targetLength) / length);
  return Array.from({ length: count }, (_, index) => ({
    from: at(index),
    length: at(index + 1) - at(index),
    targetFrom: targetAt(index),
    targetLength: targetAt(index + 1) - targetAt(index),
  }));
}

/** The longest inner sides: what the user asked for, the pack says, or a guess; less for graphs of a fixed size. */
export function tileSides(convention: UpscaleConvention, asked: number, context: number): Size {
  const { fixedSize, tileSize, factor } = convention;
  if (fixedSize !== null) {
    return { width: Math.max(1, fixedSize.width - 2 * context), height: Math.max(1, fixedSize.height - 2 * context) };
  }
  const side = asked > 0 ? Math.max(16, asked) : (tileSize ?? Math.floor(unknownGraphOutputSide / factor));
  return { width: side, height: side };
}

/**
 * What a run for `inner` must see: its context, as far as there is picture (and pre-padding). May reach beyond the picture
 * where the graph wants a fixed size or a multiple; what lies outside is reflected.
 */
export function windowFor(inner: Rect, source: Size, convention: UpscaleConvention, context: number): Rect {
  const { fixedSize, sizeMultiple, prePad } = convention;
  const across = span(inner.x, inner.width, source.width, context, prePad, sizeMultiple, fixedSize?.width ?? null);
  const down = span(inner.y, inner.height, source.height, context, prePad, sizeMultiple, fixedSize?.height ?? null);
  return { x: across.from, y: down.from, width: across.length, height: down.length };
}

function span(
  from: number,
  length: number,
  size: number,
  context: number,
  prePad: number,
  multiple: number,
  fixed: number | null,
): { from: number; length: number } {
  const low = -prePad;
  const high = size + prePad;
  if (fixed !== null) return { from: Math.max(low, Math.min(from - context, high - fixed)), length: fixed };
  // Counted from the first pixel, so that a graph which folds pixels into channels folds the same ones in every tile.
  const start = low + Math.floor((Math.max(low, from - context) - low) / multiple) * multiple;
  const end = Math.min(high, from + length + context);
  return { from: start, length: Math.ceil((end - start) / multiple) * multiple };
}
