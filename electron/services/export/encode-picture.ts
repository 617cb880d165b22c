/** One picture in one format and size. */
import sharp, { type Sharp } from 'sharp';
import type { ExportOptions } from '../../../shared/contract/calls/export-calls.ts';
import { AppError } from '../../../shared/contract/errors.ts';
import { embeddedMetadataKeyword, type EmbeddedMetadata } from '../../../shared/domain/embedded-metadata.ts';
import { maxImagePixels, type Rect, type Size } from '../../../shared/domain/geometry.ts';
import { xmpPacket } from '../images/embedded-metadata.ts';
import { withForeignMetadata } from '../images/foreign-metadata.ts';
import { withPngText } from '../images/png-text.ts';

export const fileTypes = {
  png: { extension: 'png', mediaType: 'image/png' },
  jpeg: { extension: 'jpg', mediaType: 'image/jpeg' },
  webp: { extension: 'webp', mediaType: 'image/webp' },
  avif: { extension: 'avif', mediaType: 'image/avif' },
  tiff: { extension: 'tif', mediaType: 'image/tiff' },
} as const;

export type EncodeOptions = Pick<ExportOptions, 'format' | 'quality' | 'lossless' | 'background'>;

/**
 * @param source a file's path, or its bytes
 * @param crop in pixels of the resized picture; the whole of it when absent
 * @returns the bytes of the file, with the parameters inside when `metadata` is given and nothing at all otherwise
 */
export async function encodePicture(
  source: string | Buffer,
  size: Size,
  options: EncodeOptions,
  metadata: EmbeddedMetadata | null,
  crop?: Rect,
): Promise<Buffer> {
  if (size.width * size.height > maxImagePixels) {
    throw new AppError('image-too-large', `${String(size.width)}×${String(size.height)} is more than 100 megapixels.`, {
      action: 'Choose a smaller size.',
    });
  }
  let picture = sharp(source, { limitInputPixels: maxImagePixels });
  const from = await picture.metadata();
  if (size.width !== from.width || size.height !== from.height) {
    picture = picture.resize(size.width, size.height, { fit: 'fill', kernel: 'lanczos3' });
  }
  if (crop !== undefined) picture = picture.extract({ left: crop.x, top: crop.y, width: crop.width, height: crop.height });
  if (options.format === 'jpeg') picture = picture.flatten({ background: options.background });
  if (metadata !== null) picture = picture.withXmp(xmpPacket(metadata));
  const encoded = await encode(picture, options);
  if (metadata === null) return encoded;
  const own = options.format === 'png' ? withPngText(encoded, embeddedMetadataKeyword, JSON.stringify(metadata)) : encoded;
  return withForeignMetadata(own, options.format, metadata);
}

function encode(picture: Sharp, { format, quality, lossless }: EncodeOptions): Promise<Buffer> {
  switch (format) {
    case 'png':
      return picture.png({ compressionLevel: 9 }).toBuffer();
    case 'jpeg':
      return picture.jpeg({ quality, mozjpeg: true, chromaSubsampling: quality >= 90 ? '4:4:4' : '4:2:0' }).toBuffer();
    case 'webp':
      return picture.webp({ quality, lossless }).toBuffer();
    case 'avif':
      return picture.avif({ quality, lossless, effort: 2 }).toBuffer();
    case 'tiff':
      return picture.tiff({ compression: 'deflate', predictor: 'horizontal' }).toBuffer();
  }
}
