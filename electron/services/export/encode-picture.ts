/** One picture in one format and size. */
import sharp from 'sharp';
import type { ExportOptions } from '../../../shared/contract/calls/export-calls.ts';
import { AppError } from '../../../shared/contract/errors.ts';
import { embeddedMetadataKeyword, type EmbeddedMetadata } from '../../../shared/domain/embedded-metadata.ts';
import { maxImagePixels, type Size } from '../../../shared/domain/geometry.ts';
import { xmpPacket } from '../images/embedded-metadata.ts';
import { withPngText } from '../images/png-text.ts';

export const fileTypes = {
  png: { extension: 'png', mediaType: 'image/png' },
  jpeg: { extension: 'jpg', mediaType: 'image/jpeg' },
  webp: { extension: 'webp', mediaType: 'image/webp' },
  avif: { extension: 'avif', mediaType: 'image/avif' },
  tiff: { extension: 'tif', mediaType: 'image/tiff' },
} as const;

export type EncodeOptions = Pick<ExportOptions, 'format' | 'quality' | 'lossless' | 'background'>;

/** A tile of the picture only, for estimates. */
export interface Sample {
  left: number;
  top: number;
  width: number;
  height: number;
}

/** @returns the bytes of the file, with the parameters inside when `metadata` is given and nothing at all otherwise */
export async function encodePicture(
  file: string,
  size: Size,
  options: EncodeOptions,
  metadata: EmbeddedMetadata | null,
  sample?: Sample,
): Promise<Buffer> {
  if (size.width * size.height > maxImagePixels) {
    throw new AppError('image-too-large', `${String(size.width)}×${String(size.height)} is more than 100 megapixels.`, {
      action: 'Choose a smaller size.',
    });
  }
  let picture = sharp(file, { limitInputPixels: maxImagePixels });
  const from = await picture.metadata();
  if (sample !== undefined) picture = picture.extract(sample);
  const target = sample === undefined ? size : scaled(sample, size.width / from.width);
  if (sample !== undefined || size.width !== from.width || size.height !== from.height) {
    picture = picture.resize(target.width, target.height, { fit: 'fill', kernel: 'lanczos3' });
  }
  if (options.format === 'jpeg') picture = picture.flatten({ background: options.background });
  if (metadata !== null) picture = picture.withXmp(xmpPacket(metadata));
  const { quality, lossless } = options;
  switch (options.format) {
    case 'png': {
      const png = await picture.png({ compressionLevel: 9 }).toBuffer();
      return metadata === null ? png : withPngText(png, embeddedMetadataKeyword, JSON.stringify(metadata));
    }
    case 'jpeg':
      return picture.jpeg({ quality, mozjpeg: true, chromaSubsampling: quality >= 90 ? '4:4:4' : '4:2:0' }).toBuffer();
    case 'webp':
      return picture.webp({ quality, lossless }).toBuffer();
    case 'avif':
      return picture.avif({ quality, lossless, effort: 4 }).toBuffer();
    case 'tiff':
      return picture.tiff({ compression: 'deflate', predictor: 'horizontal' }).toBuffer();
  }
}

function scaled(sample: Sample, factor: number): Size {
  return { width: Math.max(1, Math.round(sample.width * factor)), height: Math.max(1, Math.round(sample.height * factor)) };
}
