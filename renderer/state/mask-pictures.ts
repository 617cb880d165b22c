/** Masks as pictures: from files, and back from the crops that generations keep. */
import { greyPixels, uploadPixels } from '../api/pixels.ts';
import { upload } from '../api/upload.ts';
import type { CanvasEngine, RawPixels } from '../canvas/canvas-api.ts';
import { containsRect, type Rect, type Size } from '../../shared/domain/geometry.ts';
import type { AssetHash } from '../../shared/domain/ids.ts';
import { nothingMasked, nothingOpen } from './workspace-errors.ts';

/**
 * Takes a picture file as the mask: white is repainted.
 * @returns whether the file had another size and was stretched to the canvas
 */
export async function importMaskFile(engine: CanvasEngine, file: File): Promise<{ stretched: boolean }> {
  const { canvas } = engine.view;
  if (canvas === null) throw nothingOpen();
  const picture = await upload({ purpose: 'image', name: file.name.slice(0, 300) }, file);
  engine.importMask(await greyPixels(picture.image, canvas));
  return { stretched: picture.width !== canvas.width || picture.height !== canvas.height };
}

/** The mask as a grey PNG of the library. */
export async function storeMask(engine: CanvasEngine): Promise<AssetHash> {
  const pixels = engine.maskPixels();
  if (pixels === null || engine.view.maskBounds === null) throw nothingMasked();
  return uploadPixels(pixels);
}

/** A generation's mask on the canvas it came from; null when its region is not inside that any more. */
export async function placedMask(hash: AssetHash, region: Rect, canvas: Size): Promise<RawPixels | null> {
  if (!containsRect({ x: 0, y: 0, ...canvas }, region)) return null;
  return placeMask(await greyPixels(hash, region), region, canvas);
}

export function placeMask(crop: RawPixels, region: Rect, canvas: Size): RawPixels {
  const data = new Uint8Array(canvas.width * canvas.height);
  for (let row = 0; row < region.height; row += 1) {
    const from = row * region.width;
    data.set(crop.data.subarray(from, from + region.width), (region.y + row) * canvas.width + region.x);
  }
  return { width: canvas.width, height: canvas.height, channels: 1, data };
}

/** What is masked beyond a crop's mask; null when nothing is. */
export function without(mask: RawPixels, crop: RawPixels, region: Rect): RawPixels | null {
  const data = mask.data.slice();
  for (let row = 0; row < region.height; row += 1) {
    for (let column = 0; column < region.width; column += 1) {
      if ((crop.data[row * region.width + column] ?? 0) === 0) continue;
      data[(region.y + row) * mask.width + region.x + column] = 0;
    }
  }
  return data.some((level) => level > 127) ? { ...mask, data } : null;
}
