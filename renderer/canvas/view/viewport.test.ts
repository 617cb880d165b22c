import { describe, expect, it } from 'vitest';
import { atLevel } from './compositor.ts';
import { dragEdges, handlePoint, isAllowedCanvas } from './frame-maths.ts';
import { deviceRect, deviceView, touchedDeviceRect } from './painter.ts';
import { fit, keepInSight, levelFor, resizeTo, toCanvas, toScreen, zoomAround, zoomStep, type Viewport } from './viewport.ts';

const viewport: Viewport = { zoom: 0.5, left: 100, top: 50, width: 1000, height: 600 };

describe('the viewport', () => {
  it('maps there and back', () => {
    const point = { x: 123.25, y: 77.5 };
    expect(toCanvas(viewport, toScreen(viewport, point))).toEqual(point);
  });

  it('zooms around a point that stays', () => {
    const around = { x: 320, y: 240 };
    const before = toCanvas(viewport, around);
    for (const zoom of [0.1, 1, 7, 1000, 0]) {
      const after = toCanvas(zoomAround(viewport, zoom, around), around);
      expect(after.x).toBeCloseTo(before.x, 6);
      expect(after.y).toBeCloseTo(before.y, 6);
    }
    expect(zoomAround(viewport, 1000, around).zoom).toBe(64);
  });

  it('fits all of a picture in the middle and never blows up a photo', () => {
    const wide = fit(viewport, { x: 0, y: 0, width: 4000, height: 1000 });
    expect(wide.zoom).toBeCloseTo(952 / 4000);
    expect(toScreen(wide, { x: 2000, y: 500 })).toEqual({ x: 500, y: 300 });
    expect(fit(viewport, { x: 0, y: 0, width: 300, height: 200 }).zoom).toBe(1);
  });

  it('walks a ladder that holds 50, 100 and 200 %', () => {
    expect(
      [zoomStep(1, 1), zoomStep(Math.SQRT2, 1), zoomStep(2, -1), zoomStep(0.9, 1), zoomStep(64, 1)].map((zoom) => Number(zoom.toFixed(4))),
    ).toEqual([1.4142, 2, 1.4142, 1, 64]);
    expect(zoomStep(0.5, 1)).toBeCloseTo(Math.SQRT1_2);
  });

  it('keeps the middle when the window is resized, and a strip of the canvas in sight', () => {
    const middle = toCanvas(viewport, { x: 500, y: 300 });
    const resized = resizeTo(viewport, { width: 700, height: 900 });
    expect(toCanvas(resized, { x: 350, y: 450 })).toEqual(middle);
    expect(keepInSight({ ...viewport, left: 5000 }, { width: 100, height: 100 }).left).toBe(952);
    expect(keepInSight({ ...viewport, left: -5000 }, { width: 100, height: 100 }).left).toBe(-2);
  });

  it('draws from the level that is never scaled below half', () => {
    expect([2, 1, 0.99, 0.5, 0.49, 0.25, 0.1, 0.0001].map(levelFor)).toEqual([0, 0, 0, 1, 1, 2, 3, 6]);
    expect(atLevel({ x: -3, y: 5, width: 4, height: 1 }, 1)).toEqual({ x: -2, y: 2, width: 3, height: 1 });
  });
});

describe('device pixels', () => {
  it('leave no gap between neighbours at any zoom', () => {
    for (const zoom of [0.013, 0.37, 1, 1.7, 9.3]) {
      const view = deviceView({ ...viewport, zoom, left: 3.3 }, 1.5);
      for (let column = 0; column < 40; column += 1) {
        const [a, b] = [column, column + 1].map((x) => deviceRect(view, { x: x * 256, y: 0, width: 256, height: 256 }));
        expect(a!.x + a!.width).toBe(b!.x);
      }
    }
  });

  it('say what a change touches, or that it is out of sight', () => {
    const view = deviceView(viewport, 1);
    expect(touchedDeviceRect(view, { x: 100, y: 100, width: 10, height: 10 })).toEqual({ x: 147, y: 97, width: 11, height: 11 });
    expect(touchedDeviceRect(view, { x: 5000, y: 0, width: 10, height: 10 })).toBeNull();
  });
});

describe('the outpaint frame', () => {
  const canvas = { width: 400, height: 300 };
  const frame = { x: 0, y: 0, ...canvas };

  it('follows its handles and snaps to the canvas', () => {
    expect(dragEdges(frame, 'left', { x: -120.4, y: 10 }, canvas, 4)).toEqual({ x: -120, y: 0, width: 520, height: 300 });
    expect(dragEdges(frame, 'bottom-right', { x: 500, y: 303 }, canvas, 4)).toEqual({ x: 0, y: 0, width: 500, height: 300 });
    expect(dragEdges(frame, 'top', { x: 0, y: 900 }, canvas, 4)).toEqual({ x: 0, y: 299, width: 400, height: 1 });
    expect(handlePoint(frame, 'bottom')).toEqual({ x: 200, y: 300 });
  });

  it('stops at the largest canvas', () => {
    expect(dragEdges(frame, 'right', { x: 1e9, y: 0 }, canvas, 4)).toBe(frame);
    expect(isAllowedCanvas({ width: 10_000, height: 10_000 })).toBe(true);
    expect(isAllowedCanvas({ width: 10_001, height: 10_000 })).toBe(false);
  });
});
