/** sharp behind one door: users' files to upright sRGB pictures, pixels to PNG, thumbnails. */
import { existsSync, mkdirSync } from 'node:fs';
import { open, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { randomUUID } from 'node:crypto';
import sharp, { type Metadata, type Sharp } from 'sharp';
import { AppError } from '../../../shared/contract/errors.ts';
import { maxImagePixels } from '../../../shared/domain/geometry.ts';
import { guardStorageAsync, storageError } from '../database/storage-error.ts';
import type { AssetStore, ImageService } from '../service-types.ts';
import { readEmbedded } from './embedded-metadata.ts';
import { foreignIn } from './foreign-metadata.ts';

sharp.cache({ memory: 64, files: 0, items: 50 });

const mediaTypes: Record<string, string> = {
  png: 'image/png',
  jpeg: 'image/jpeg',
  webp: 'image/webp',
  avif: 'image/avif',
  tiff: 'image/tiff',
  gif: 'image/gif',
};
/** Files larger than this are searched for parameters only in their first part. */
const metadataBytes = 64 * 1024 * 1024;

function unreadable(name: string, cause?: unknown): AppError {
  return new AppError('image-unreadable', `"${name}" is damaged or is not a picture.`, {
    action: 'Kiln opens PNG, JPEG, WebP, AVIF and TIFF.',
    cause,
  });
}

function notOpened(name: string, format: string): AppError {
  return new AppError('unsupported', `"${name}" is in the ${format} format, which Kiln does not open.`, {
    action: 'Save it as PNG, JPEG, WebP, AVIF or TIFF.',
  });
}

/** What the decoder does not know but people have: told from the first bytes, never from the name. */
async function foreignFormat(file: string): Promise<string | null> {
  const start = Buffer.alloc(16);
  const handle = await open(file, 'r').catch(() => null);
  if (handle === null) return null;
  await handle.read(start, 0, start.length, 0).finally(() => handle.close());
  const text = start.toString('latin1');
  if (/^.{4}ftyp(?:hei[cxms]|hev[cx]|mif1|msf1)/s.test(text)) return 'HEIC';
  if (/^.{4}ftyp/s.test(text)) return 'video';
  if (text.startsWith('%PDF-')) return 'PDF';
  if (text.startsWith('8BPS')) return 'Photoshop';
  if (text.startsWith('BM')) return 'BMP';
  if (text.startsWith('\xff\x0a') || text.startsWith('\0\0\0\x0cJXL ')) return 'JPEG XL';
  return null;
}

async function metadataOf(file: string, name: string): Promise<{ metadata: Metadata; mediaType: string }> {
  let metadata: Metadata;
  try {
    // No pixel limit here: only the header is read, so that a huge picture can be refused in plain words.
    metadata = await sharp(file, { limitInputPixels: false, failOn: 'error' }).metadata();
  } catch (error) {
    const foreign = await foreignFormat(file);
    throw foreign === null ? unreadable(name, error) : notOpened(name, foreign);
  }
  const format = metadata.format === 'heif' && metadata.compression === 'av1' ? 'avif' : metadata.format;
  const mediaType = mediaTypes[format];
  if (mediaType === undefined) {
    throw notOpened(name, format === 'heif' ? 'HEIC' : format.toUpperCase());
  }
  const pixels = metadata.width * metadata.height;
  if (pixels > maxImagePixels) {
    throw new AppError(
      'image-too-large',
      `"${name}" has ${String(Math.ceil(pixels / 1_000_000))} megapixels (${String(metadata.width)}×${String(metadata.height)}); Kiln opens up to 100.`,
      { action: 'Make it smaller first.' },
    );
  }
  return { metadata, mediaType };
}

/** Upright, sRGB, 8 bits, first frame; alpha kept straight. */
function upright(file: string): Sharp {
  return sharp(file, { limitInputPixels: maxImagePixels, failOn: 'error', autoOrient: true }).toColourspace('srgb');
}

export function createImageService(assets: AssetStore, cacheFolder: string): ImageService {
  const thumbnails = join(cacheFolder, 'thumbnails');
  mkdirSync(thumbnails, { recursive: true });
  const making = new Map<string, Promise<string>>();

  async function makeThumbnail(source: string, target: string, side: number): Promise<string> {
    const unfinished = `${target}.${randomUUID()}.part`;
    try {
      await sharp(source, { limitInputPixels: maxImagePixels })
        .resize(side, side, { fit: 'inside', withoutEnlargement: true })
        .webp({ quality: 80, effort: 2 })
        .toFile(unfinished);
      await rename(unfinished, target);
      return target;
    } catch (error) {
      await rm(unfinished, { force: true });
      throw storageError(error, 'Making a thumbnail');
    }
  }

  return {
    async importPicture(file, name) {
      const shownName = name === '' ? 'The picture' : name;
      const { metadata, mediaType } = await metadataOf(file, shownName);
      const picture = assets.temporaryFile('.png');
      let size: { width: number; height: number };
      try {
        size = await upright(file).png({ compressionLevel: 3, adaptiveFiltering: false }).toFile(picture);
      } catch (error) {
        await rm(picture, { force: true });
        const storage = storageError(error, 'Opening the picture');
        throw storage instanceof AppError ? storage : unreadable(shownName, error);
      }
      const head = (await stat(file)).size <= metadataBytes ? await readFile(file) : Buffer.alloc(0);
      const embedded = readEmbedded(head, metadata.xmp?.toString('utf8'));
      const foreign = embedded === null ? foreignIn(head, metadata.exif) : null;
      const image = await assets.putFile(picture, { mediaType: 'image/png', size: { width: size.width, height: size.height } });
      const original = await assets.putFile(file, {
        mediaType,
        size: { width: metadata.width, height: metadata.height },
      });
      return { original, image, width: size.width, height: size.height, hasAlpha: metadata.hasAlpha, embedded, foreign };
    },
    async storePixels(pixels, { width, height }, channels) {
      return guardStorageAsync('Storing pixels', async () => {
        const file = assets.temporaryFile('.png');
        try {
          await sharp(pixels, { raw: { width, height, channels }, limitInputPixels: false })
            .toColourspace(channels === 1 ? 'b-w' : 'srgb')
            .png({ compressionLevel: 3, adaptiveFiltering: false })
            .toFile(file);
        } catch (error) {
          // On a full disk every unfinished file counts.
          await rm(file, { force: true });
          throw error;
        }
        return assets.putFile(file, { mediaType: 'image/png', size: { width, height } });
      });
    },
    thumbnail(hash, side) {
      const target = join(thumbnails, `${hash}-${String(side)}.webp`);
      if (existsSync(target)) return Promise.resolve(target);
      assets.requireAll([hash]);
      const known = making.get(target);
      if (known !== undefined) return known;
      const made = makeThumbnail(assets.filePath(hash), target, side).finally(() => making.delete(target));
      making.set(target, made);
      return made;
    },
  };
}
