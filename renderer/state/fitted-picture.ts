/** A result as large as the place it goes to: models make pictures of their own sizes. */
import type { Size } from '../../shared/domain/geometry.ts';

/** The middle of a picture with the proportions of a place, in its own pixels. */
export function coveringCrop(picture: Size, place: Size): { x: number; y: number; width: number; height: number } {
  const scale = Math.max(place.width / picture.width, place.height / picture.height);
  const width = Math.min(picture.width, Math.max(1, Math.round(place.width / scale)));
  const height = Math.min(picture.height, Math.max(1, Math.round(place.height / scale)));
  return { x: Math.floor((picture.width - width) / 2), y: Math.floor((picture.height - height) / 2), width, height };
}

/** The bitmap is used up: what comes back is it, or another of the size asked for. */
export async function fittedPicture(bitmap: ImageBitmap, place: Size): Promise<ImageBitmap> {
  if (bitmap.width === place.width && bitmap.height === place.height) return bitmap;
  const { x, y, width, height } = coveringCrop(bitmap, place);
  const fitted = await createImageBitmap(bitmap, x, y, width, height, {
    resizeWidth: place.width,
    resizeHeight: place.height,
    resizeQuality: 'high',
    colorSpaceConversion: 'none',
    premultiplyAlpha: 'none',
  });
  bitmap.close();
  return fitted;
}
