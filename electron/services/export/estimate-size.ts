/** What an exported file would weigh, without making all of it. */
import sharp, { type OverlayOptions } from 'sharp';
import type { EmbeddedMetadata } from '../../../shared/domain/embedded-metadata.ts';
import { maxImagePixels, type Size } from '../../../shared/domain/geometry.ts';
import { encodePicture, type EncodeOptions } from './encode-picture.ts';

/** Pictures up to this size are encoded whole. */
const exactPixels = 600_000;
const gridSide = 4;
const tileSide = 192;

/**
 * Larger pictures are judged by a mosaic of sixteen tiles spread evenly over them, encoded once: tiles of detail and tiles
 * of sky come in the share they have in the picture. Tiles are cut after resizing, since an enlarged picture is smoother.
 * @returns bytes of the file; exact when the whole picture was encoded
 */
export async function estimateSize(
  file: string,
  own: Size,
  size: Size,
  options: EncodeOptions,
  metadata: EmbeddedMetadata | null,
): Promise<{ sizeBytes: number; exact: boolean }> {
  if (size.width * size.height <= exactPixels) {
    return { sizeBytes: (await encodePicture(file, size, options, metadata)).length, exact: true };
  }
  // Source pixels of a tile, no larger than its place in the grid, so that tiles never overlap.
  const factor = size.width / own.width;
  const width = Math.max(1, Math.min(Math.round(tileSide / factor), Math.floor(own.width / gridSide)));
  const height = Math.max(1, Math.min(Math.round(tileSide / factor), Math.floor(own.height / gridSide)));
  const tile: Size = { width: Math.max(1, Math.round(width * factor)), height: Math.max(1, Math.round(height * factor)) };
  const tiles: OverlayOptions[] = [];
  const decoded = await sharp(file, { limitInputPixels: maxImagePixels }).ensureAlpha().raw().toBuffer({ resolveWithObject: true });
  for (let row = 0; row < gridSide; row += 1) {
    for (let column = 0; column < gridSide; column += 1) {
      const left = Math.floor(((own.width - width) * column) / (gridSide - 1));
      const top = Math.floor(((own.height - height) * row) / (gridSide - 1));
      const raw = { width: decoded.info.width, height: decoded.info.height, channels: 4 as const };
      const input = await sharp(decoded.data, { raw, limitInputPixels: maxImagePixels })
        .extract({ left, top, width, height })
        .resize(tile.width, tile.height, { fit: 'fill', kernel: 'lanczos3' })
        .png({ compressionLevel: 0 })
        .toBuffer();
      tiles.push({ input, left: column * tile.width, top: row * tile.height });
    }
  }
  const mosaic: Size = { width: tile.width * gridSide, height: tile.height * gridSide };
  const canvas = sharp({ create: { ...mosaic, channels: 4, background: { r: 0, g: 0, b: 0, alpha: 0 } } });
  const whole = await canvas.composite(tiles).png({ compressionLevel: 0 }).toBuffer();
  const { hasAlpha } = await sharp(file).metadata();
  const picture = hasAlpha ? whole : await sharp(whole).removeAlpha().png({ compressionLevel: 0 }).toBuffer();
  const encoded = (await encodePicture(picture, mosaic, options, null)).length;
  const share = (size.width * size.height) / (mosaic.width * mosaic.height);
  return { sizeBytes: Math.round(encoded * share) + (metadata === null ? 0 : 2 * JSON.stringify(metadata).length), exact: false };
}
