/**
 * Where the canvas lies on the screen: pure arithmetic. Screen coordinates are CSS pixels from the container's corner,
 * zoom is CSS pixels per canvas pixel.
 */
import type { Rect, Size } from '../../../shared/domain/geometry.ts';

export interface FloatPoint {
  x: number;
  y: number;
}

export interface Viewport {
  readonly zoom: number;
  /** Screen position of the canvas's corner. */
  readonly left: number;
  readonly top: number;
  /** Size of the container in CSS pixels. */
  readonly width: number;
  readonly height: number;
}

export const leastZoom = 0.01;
export const mostZoom = 64;
/** 64 canvas pixels to one of the level's. */
export const coarsestLevel = 6;
const fitMarginPx = 24;

export function clampZoom(zoom: number): number {
  return Math.min(mostZoom, Math.max(leastZoom, zoom));
}

export function toScreen(viewport: Viewport, point: FloatPoint): FloatPoint {
  return { x: viewport.left + point.x * viewport.zoom, y: viewport.top + point.y * viewport.zoom };
}

export function toCanvas(viewport: Viewport, point: FloatPoint): FloatPoint {
  return { x: (point.x - viewport.left) / viewport.zoom, y: (point.y - viewport.top) / viewport.zoom };
}

/** Changes the zoom so that the canvas point under `around` (screen) stays there. */
export function zoomAround(viewport: Viewport, zoom: number, around: FloatPoint): Viewport {
  const next = clampZoom(zoom);
  const ratio = next / viewport.zoom;
  return {
    ...viewport,
    zoom: next,
    left: around.x - (around.x - viewport.left) * ratio,
    top: around.y - (around.y - viewport.top) * ratio,
  };
}

export function pan(viewport: Viewport, byX: number, byY: number): Viewport {
  return { ...viewport, left: viewport.left + byX, top: viewport.top + byY };
}

/** Shows the whole rectangle, centred, never larger than 100 % unless it is tiny. */
export function fit(viewport: Viewport, rect: Rect): Viewport {
  const across = Math.max(1, viewport.width - 2 * fitMarginPx) / rect.width;
  const down = Math.max(1, viewport.height - 2 * fitMarginPx) / rect.height;
  const zoom = clampZoom(Math.min(across, down, Math.max(rect.width, rect.height) < 128 ? 8 : 1));
  return centreOn({ ...viewport, zoom }, { x: rect.x + rect.width / 2, y: rect.y + rect.height / 2 });
}

export function centreOn(viewport: Viewport, point: FloatPoint): Viewport {
  return { ...viewport, left: viewport.width / 2 - point.x * viewport.zoom, top: viewport.height / 2 - point.y * viewport.zoom };
}

/** The container got another size: what was in the middle stays in the middle. */
export function resizeTo(viewport: Viewport, { width, height }: Size): Viewport {
  return {
    ...viewport,
    width,
    height,
    left: viewport.left + (width - viewport.width) / 2,
    top: viewport.top + (height - viewport.height) / 2,
  };
}

/** Keeps a strip of the canvas in sight, so that it cannot be lost. */
export function keepInSight(viewport: Viewport, canvas: Size): Viewport {
  const strip = 48;
  const [width, height] = [canvas.width * viewport.zoom, canvas.height * viewport.zoom];
  return {
    ...viewport,
    left: Math.min(viewport.width - strip, Math.max(strip - width, viewport.left)),
    top: Math.min(viewport.height - strip, Math.max(strip - height, viewport.top)),
  };
}

/** The next stop of the ladder ... 50 %, 70.7 %, 100 %, 141 %, 200 % ... in a direction. */
export function zoomStep(zoom: number, direction: 1 | -1): number {
  const rung = Math.log2(zoom) * 2;
  const next = direction > 0 ? Math.floor(rung + 1e-6) + 1 : Math.ceil(rung - 1e-6) - 1;
  return clampZoom(2 ** (next / 2));
}

/** How many times the pixels are halved before they are drawn: the picture drawn is never scaled below half. */
export function levelFor(devicePixelsPerCanvasPixel: number): number {
  return Math.max(0, Math.min(coarsestLevel, Math.floor(Math.log2(1 / devicePixelsPerCanvasPixel) + 1e-9)));
}

/** Smallest rectangle of whole pixels around one in floating point. */
export function outward(rect: { x: number; y: number; width: number; height: number }): Rect {
  const x = Math.floor(rect.x);
  const y = Math.floor(rect.y);
  return { x, y, width: Math.max(1, Math.ceil(rect.x + rect.width) - x), height: Math.max(1, Math.ceil(rect.y + rect.height) - y) };
}
