/** Sizes are named for the space they live in: canvas (document pixels), working (the crop a pipeline reads), model (what a graph runs at), output. */
import { z } from 'zod';

export const sizeSchema = z.object({ width: z.int().min(1), height: z.int().min(1) });
export const pointSchema = z.object({ x: z.int(), y: z.int() });
/** Whole pixels; x and y may be negative in document space. */
export const rectSchema = z.object({ x: z.int(), y: z.int(), width: z.int().min(1), height: z.int().min(1) });

export type Size = z.infer<typeof sizeSchema>;
export type Point = z.infer<typeof pointSchema>;
export type Rect = z.infer<typeof rectSchema>;

/** Largest image Kiln opens: refused before decoding above this. */
export const maxImagePixels = 100_000_000;

export function rectRight(rect: Rect): number {
  return rect.x + rect.width;
}

export function rectBottom(rect: Rect): number {
  return rect.y + rect.height;
}

/** The common area, or null when the rectangles do not overlap. */
export function intersectRects(a: Rect, b: Rect): Rect | null {
  const x = Math.max(a.x, b.x);
  const y = Math.max(a.y, b.y);
  const width = Math.min(rectRight(a), rectRight(b)) - x;
  const height = Math.min(rectBottom(a), rectBottom(b)) - y;
  return width > 0 && height > 0 ? { x, y, width, height } : null;
}

export function uniteRects(a: Rect, b: Rect): Rect {
  const x = Math.min(a.x, b.x);
  const y = Math.min(a.y, b.y);
  return {
    x,
    y,
    width: Math.max(rectRight(a), rectRight(b)) - x,
    height: Math.max(rectBottom(a), rectBottom(b)) - y,
  };
}

/** Grows (or, negative, shrinks) a rectangle on every side; sides never fall below one pixel. */
export function growRect(rect: Rect, by: number): Rect {
  return {
    x: rect.x - by,
    y: rect.y - by,
    width: Math.max(1, rect.width + 2 * by),
    height: Math.max(1, rect.height + 2 * by),
  };
}

export function containsRect(outer: Rect, inner: Rect): boolean {
  return inner.x >= outer.x && inner.y >= outer.y && rectRight(inner) <= rectRight(outer) && rectBottom(inner) <= rectBottom(outer);
}
