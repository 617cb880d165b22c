/** Asset files to pixels and back. Assets are Kiln's own upright sRGB pictures, so nothing is rotated or converted here. */
import { open } from 'node:fs/promises';
import sharp from 'sharp';
import { AppError } from '../../shared/contract/errors.ts';
import { maxImagePixels } from '../../shared/domain/geometry.ts';
import type { PixelImage } from '../../models/pipeline.ts';

sharp.cache(false);

/** `mask` gives one channel; pictures come with three, or four when they have alpha. */
export async function decodeImage(file: string, role: string): Promise<PixelImage> {
  try {
    const source = sharp(file, { limitInputPixels: maxImagePixels });
    const pixels =
      role === 'mask' ? source.flatten({ background: '#000' }).toColourspace('b-w').extractChannel(0) : source.toColourspace('srgb');
    const { data, info } = await pixels.raw({ depth: 'uchar' }).toBuffer({ resolveWithObject: true });
    if (info.channels === 2) throw new AppError('image-unreadable', `The ${role} has an unexpected number of channels.`);
    return { width: info.width, height: info.height, channels: info.channels, data };
  } catch (error) {
    if (error instanceof AppError) throw error;
    throw new AppError('image-unreadable', `The ${role} could not be decoded.`, { action: 'Open the picture again.', cause: error });
  }
}

/** Writes a PNG and flushes it. */
export async function encodePng(image: PixelImage, file: string): Promise<void> {
  const bytes = await sharp(image.data, {
    raw: { width: image.width, height: image.height, channels: image.channels },
    limitInputPixels: false,
  })
    .toColourspace(image.channels === 1 ? 'b-w' : 'srgb')
    .png({ compressionLevel: 3, adaptiveFiltering: false })
    .toBuffer();
  const handle = await open(file, 'wx');
  try {
    await handle.writeFile(bytes);
    await handle.sync();
  } finally {
    await handle.close();
  }
}
