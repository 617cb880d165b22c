/** Draws parts of the viewport onto a 2D context in device pixels. Stateless: what is drawn comes in as arguments. */
import { intersectRects, rectBottom, rectRight, type Rect, type Size } from '../../../shared/domain/geometry.ts';
import { tileSize } from '../document/tile.ts';
import type { Compositor } from './compositor.ts';
import { levelFor, type Viewport } from './viewport.ts';

export interface DeviceView {
  /** Device position of the canvas's corner, in floating point. */
  left: number;
  top: number;
  /** Device pixels per canvas pixel. */
  scale: number;
  width: number;
  height: number;
}

export function deviceView(viewport: Viewport, ratio: number): DeviceView {
  const { left, top, zoom, width, height } = viewport;
  return {
    left: left * ratio,
    top: top * ratio,
    scale: zoom * ratio,
    width: Math.round(width * ratio),
    height: Math.round(height * ratio),
  };
}

/** Canvas pixels to whole device pixels; edges shared by neighbours round alike, so there are no gaps. */
export function deviceRect(view: DeviceView, rect: { x: number; y: number; width: number; height: number }): Rect {
  const x = Math.round(view.left + rect.x * view.scale);
  const y = Math.round(view.top + rect.y * view.scale);
  const right = Math.round(view.left + (rect.x + rect.width) * view.scale);
  const bottom = Math.round(view.top + (rect.y + rect.height) * view.scale);
  return { x, y, width: Math.max(1, right - x), height: Math.max(1, bottom - y) };
}

/** Device pixels that a change of `rect` may touch, scaling filters included. */
export function touchedDeviceRect(view: DeviceView, rect: Rect): Rect | null {
  const margin = Math.ceil(view.scale) + 2;
  const touched = deviceRect(view, rect);
  return intersectRects(
    { x: touched.x - margin, y: touched.y - margin, width: touched.width + 2 * margin, height: touched.height + 2 * margin },
    { x: 0, y: 0, width: Math.max(1, view.width), height: Math.max(1, view.height) },
  );
}

/** @returns false when some tiles were left for the next frame */
export function paintTiles(
  context: CanvasRenderingContext2D,
  clip: Rect,
  view: DeviceView,
  canvas: Size,
  compositor: Compositor,
  mayDraw: () => boolean,
): boolean {
  const shown = intersectRects(clip, deviceRect(view, { x: 0, y: 0, ...canvas }));
  if (shown === null) return true;
  context.save();
  context.beginPath();
  context.rect(shown.x, shown.y, shown.width, shown.height);
  context.clip();
  context.imageSmoothingEnabled = view.scale < 1;
  context.imageSmoothingQuality = 'low';
  const level = levelFor(view.scale);
  const side = tileSize * 2 ** level;
  let complete = true;
  const first = (device: number, corner: number): number => Math.max(0, Math.floor((device - 1 - corner) / view.scale / side));
  const end = (device: number, corner: number, limit: number): number =>
    Math.min(Math.ceil(limit / side), Math.ceil((device + 1 - corner) / view.scale / side));
  const endRow = end(rectBottom(shown), view.top, canvas.height);
  const endColumn = end(rectRight(shown), view.left, canvas.width);
  for (let row = first(shown.y, view.top); row < endRow; row += 1) {
    for (let column = first(shown.x, view.left); column < endColumn; column += 1) {
      if (!compositor.hasPixels(level, column, row)) continue;
      const picture = compositor.tile(level, column, row, mayDraw);
      if (picture === null || compositor.isStale(level, column, row)) complete = false;
      const to = deviceRect(view, { x: column * side, y: row * side, width: side, height: side });
      if (picture !== null) {
        context.drawImage(picture, to.x, to.y, to.width, to.height);
        continue;
      }
      const coarse = compositor.placeholder(level, column, row);
      if (coarse === null) continue;
      context.drawImage(coarse.picture, coarse.x, coarse.y, coarse.side, coarse.side, to.x, to.y, to.width, to.height);
    }
  }
  context.restore();
  return complete;
}

export function paintPicture(context: CanvasRenderingContext2D, clip: Rect, view: DeviceView, picture: ImageBitmap, bounds: Rect): void {
  const to = deviceRect(view, bounds);
  if (intersectRects(clip, to) === null) return;
  context.save();
  context.beginPath();
  context.rect(clip.x, clip.y, clip.width, clip.height);
  context.clip();
  context.imageSmoothingEnabled = view.scale < 1;
  context.imageSmoothingQuality = 'medium';
  context.drawImage(picture, to.x, to.y, to.width, to.height);
  context.restore();
}

/** One line at every pixel's edge. */
export function paintPixelGrid(context: CanvasRenderingContext2D, clip: Rect, view: DeviceView, canvas: Size): void {
  const shown = intersectRects(clip, deviceRect(view, { x: 0, y: 0, ...canvas }));
  if (shown === null) return;
  context.fillStyle = 'rgb(128 128 128 / 40%)';
  const firstX = Math.ceil((shown.x - view.left) / view.scale);
  for (let x = firstX; x <= (rectRight(shown) - view.left) / view.scale; x += 1) {
    context.fillRect(Math.round(view.left + x * view.scale), shown.y, 1, shown.height);
  }
  const firstY = Math.ceil((shown.y - view.top) / view.scale);
  for (let y = firstY; y <= (rectBottom(shown) - view.top) / view.scale; y += 1) {
    context.fillRect(shown.x, Math.round(view.top + y * view.scale), shown.width, 1);
  }
}

/** What shows through transparent pixels. */
export function checkerboard(theme: 'light' | 'dark', ratio: number): OffscreenCanvas {
  const square = Math.round(8 * ratio);
  const canvas = new OffscreenCanvas(square * 2, square * 2);
  const context = canvas.getContext('2d');
  if (context !== null) {
    const [even, odd] = theme === 'light' ? ['#ffffff', '#dcdcdc'] : ['#3a3a3a', '#2c2c2c'];
    context.fillStyle = even;
    context.fillRect(0, 0, square * 2, square * 2);
    context.fillStyle = odd;
    context.fillRect(0, 0, square, square);
    context.fillRect(square, square, square, square);
  }
  return canvas;
}
