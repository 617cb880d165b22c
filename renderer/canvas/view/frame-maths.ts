/** Dragging the outpaint frame: pure arithmetic. */
import { maxImagePixels, type Rect, type Size } from '../../../shared/domain/geometry.ts';
import type { FloatPoint } from './viewport.ts';

export const handleNames = ['top-left', 'top', 'top-right', 'right', 'bottom-right', 'bottom', 'bottom-left', 'left'] as const;
export type HandleName = (typeof handleNames)[number];

export function handlePoint(frame: { x: number; y: number; width: number; height: number }, name: HandleName): FloatPoint {
  const x = name.includes('left') ? 0 : name.includes('right') ? 1 : 0.5;
  const y = name.includes('top') ? 0 : name.includes('bottom') ? 1 : 0.5;
  return { x: frame.x + frame.width * x, y: frame.y + frame.height * y };
}

/** Moves the edges a handle holds to a point; near the canvas's own edges they snap to them. */
export function dragEdges(frame: Rect, name: HandleName, to: FloatPoint, canvas: Size, snapPx: number): Rect {
  const snap = (value: number, edges: readonly number[]): number => {
    const near = edges.find((edge) => Math.abs(edge - value) <= snapPx);
    return near ?? Math.round(value);
  };
  let [left, top, right, bottom] = [frame.x, frame.y, frame.x + frame.width, frame.y + frame.height];
  if (name.includes('left')) left = Math.min(snap(to.x, [0, canvas.width]), right - 1);
  if (name.includes('right')) right = Math.max(snap(to.x, [0, canvas.width]), left + 1);
  if (name.includes('top')) top = Math.min(snap(to.y, [0, canvas.height]), bottom - 1);
  if (name.includes('bottom')) bottom = Math.max(snap(to.y, [0, canvas.height]), top + 1);
  const next = { x: left, y: top, width: right - left, height: bottom - top };
  return isAllowedCanvas(next) ? next : frame;
}

/** No canvas is larger than the largest image Kiln opens. */
export function isAllowedCanvas(size: Size): boolean {
  return size.width >= 1 && size.height >= 1 && size.width * size.height <= maxImagePixels;
}
