/** Measures an exported mask. */
import type { Page } from '@playwright/test';

export interface MaskFigures {
  width: number;
  height: number;
  /** Masked part of the picture, 0..1; soft edges count by their level. */
  coverage: number;
  /** Around everything that is masked at all; null when nothing is. */
  bounds: { x: number; y: number; width: number; height: number } | null;
}

/** @param page any page of the studio: it decodes @param bytes a grey PNG */
export function measureMask(page: Page, bytes: Buffer): Promise<MaskFigures> {
  return page.evaluate(async (encoded) => {
    const file = new Blob([Uint8Array.from(atob(encoded), (letter) => letter.charCodeAt(0))], { type: 'image/png' });
    const bitmap = await createImageBitmap(file);
    const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext('2d');
    if (context === null) throw new Error('The page gives no canvas.');
    context.drawImage(bitmap, 0, 0);
    const { data, width, height } = context.getImageData(0, 0, bitmap.width, bitmap.height);
    let [left, top, right, bottom, sum] = [width, height, -1, -1, 0];
    for (let at = 0; at < width * height; at += 1) {
      const level = data[at * 4] ?? 0;
      if (level === 0) continue;
      sum += level;
      left = Math.min(left, at % width);
      right = Math.max(right, at % width);
      top = Math.min(top, Math.floor(at / width));
      bottom = Math.max(bottom, Math.floor(at / width));
    }
    const bounds = right < 0 ? null : { x: left, y: top, width: right - left + 1, height: bottom - top + 1 };
    return { width, height, coverage: sum / 255 / (width * height), bounds };
  }, bytes.toString('base64'));
}
