/** Masks as pictures: from files, and back from the crops that generations keep. */
import { greyPixels } from '../api/pixels.ts';
import { upload } from '../api/upload.ts';
import type { RawPixels } from '../canvas/canvas-api.ts';
import { containsRect, type Rect, type Size } from '../../shared/domain/geometry.ts';
import type { AssetHash } from '../../shared/domain/ids.ts';

/** White of the file is masked. @returns the mask in the canvas's size, and whether the file had another */
export async function readMaskFile(file: File, canvas: Size): Promise<{ mask: RawPixels; stretched: boolean }> {
  const picture = await upload({ purpose: 'image', name: file.name.slice(0, 300) }, file);
  const stretched = picture.width !== canvas.width || picture.height !== canvas.height;
  return { mask: await greyPixels(picture.image, canvas), stretched };
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
