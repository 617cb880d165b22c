import { expect, it } from 'vitest';
import { drawMaskAction, maskFromRgba } from './mask-strokes.ts';

it('marks what is more than half covered, and says when nothing is', () => {
  expect(maskFromRgba(new Uint8ClampedArray([255, 0, 0, 128, 255, 0, 0, 127]))).toEqual(new Uint8Array([255, 0]));
  expect(maskFromRgba(new Uint8ClampedArray(8))).toBeNull();
});

it('draws a dot for a single click and erases with destination-out', () => {
  const calls: string[] = [];
  const context = {
    fillStyle: '',
    strokeStyle: '',
    globalCompositeOperation: 'source-over' as GlobalCompositeOperation,
    lineWidth: 0,
    lineCap: 'butt' as CanvasLineCap,
    lineJoin: 'miter' as CanvasLineJoin,
    beginPath: () => void calls.push('begin'),
    moveTo: (x: number, y: number) => void calls.push(`move ${String(x)},${String(y)}`),
    lineTo: (x: number, y: number) => void calls.push(`line ${String(x)},${String(y)}`),
    stroke: () => void calls.push(`stroke ${context.globalCompositeOperation} ${String(context.lineWidth)}`),
    fillRect: () => void calls.push('fill'),
    clearRect: () => void calls.push('clear'),
  };
  drawMaskAction(context, { kind: 'stroke', erase: true, sizePx: 9, points: [{ x: 3, y: 4 }] }, { width: 10, height: 10 }, '#f00');
  expect(calls).toEqual(['begin', 'move 3,4', 'line 3,4', 'stroke destination-out 9']);
  expect(context.globalCompositeOperation).toBe('source-over');
});
