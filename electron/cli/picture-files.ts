/** Users' picture files into the library and results out of it, for every command that makes pictures. */
import { randomUUID } from 'node:crypto';
import { access, copyFile, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, extname } from 'node:path';
import sharp from 'sharp';
import { AppError } from '../../shared/contract/errors.ts';
import { exportFormats, type ExportFormat } from '../../shared/contract/calls/export-calls.ts';
import type { Generation } from '../../shared/domain/generation.ts';
import type { Size } from '../../shared/domain/geometry.ts';
import type { AssetHash } from '../../shared/domain/ids.ts';
import { encodePicture } from '../services/export/encode-picture.ts';
import { metadataFor } from '../services/export/export-handlers.ts';
import type { StudioCore } from '../services/create-services.ts';

const extensions: Record<string, ExportFormat> = {
  png: 'png',
  jpg: 'jpeg',
  jpeg: 'jpeg',
  webp: 'webp',
  avif: 'avif',
  tif: 'tiff',
  tiff: 'tiff',
};

/** Extensions of picture files Kiln opens, in lower case with their dot. */
export const pictureExtensions: readonly string[] = Object.keys(extensions).map((extension) => `.${extension}`);

/** @throws unsupported when Kiln does not write files with this extension */
export function formatOf(out: string): ExportFormat {
  const format = extensions[extname(out).slice(1).toLowerCase()];
  if (format === undefined) {
    throw new AppError('unsupported', `Kiln cannot write "${basename(out)}".`, { action: `Use one of: ${exportFormats.join(', ')}.` });
  }
  return format;
}

/** The studio consumes what it imports, so it is given a copy of the user's file. */
export async function importPictureFile(studio: StudioCore, file: string): Promise<Size & { hash: AssetHash }> {
  await access(file).catch((error: unknown) => {
    throw new AppError('not-found', `There is no readable file at ${file}.`, { cause: error });
  });
  const copy = studio.assets.temporaryFile(extname(file));
  await copyFile(file, copy);
  const { image, width, height } = await studio.images.importPicture(copy, basename(file));
  return { hash: image.hash, width, height };
}

/**
 * A mask for a picture: white counts, black does not; transparency counts as black.
 * @throws invalid-request when it is not as large as the picture
 */
export async function importMaskFile(studio: StudioCore, file: string, image: Size): Promise<AssetHash> {
  const picture = await importPictureFile(studio, file);
  if (picture.width !== image.width || picture.height !== image.height) {
    throw new AppError(
      'invalid-request',
      `The mask has ${String(picture.width)}×${String(picture.height)} pixels, the picture ${String(image.width)}×${String(image.height)}.`,
      { action: 'Make the mask as large as the picture.' },
    );
  }
  const grey = await sharp(studio.assets.filePath(picture.hash)).flatten({ background: '#000' }).greyscale().raw().toBuffer();
  return (await studio.images.storePixels(grey, image, 1)).hash;
}

/** Writes the generation's `image` to `out`, whole or not at all: a stopped command leaves no half file. */
export async function writePictureFile(studio: StudioCore, generation: Generation, out: string, withMetadata: boolean): Promise<AssetHash> {
  const result = generation.outputs.find(({ role }) => role === 'image');
  if (result === undefined || generation.size === null) throw new AppError('internal', 'The result is missing from the library.');
  const metadata = withMetadata ? metadataFor(studio.generations, [generation.id], 'CLI', result.hash) : null;
  const options = { format: formatOf(out), quality: 92, lossless: false, background: '#ffffff' };
  const bytes = await encodePicture(studio.assets.filePath(result.hash), generation.size, options, metadata);
  await mkdir(dirname(out), { recursive: true });
  const unfinished = `${out}.${randomUUID()}.part`;
  try {
    await writeFile(unfinished, bytes);
    await rename(unfinished, out);
  } finally {
    await rm(unfinished, { force: true });
  }
  return result.hash;
}
