/** Pictures that are dragged within the window or brought from outside it. */
import { z } from 'zod';
import { upload } from '../../api/upload.ts';
import { offerPictureSettings } from '../../state/restore-settings.ts';
import type { PictureRef } from '../../state/navigation.svelte.ts';
import { assetPath } from '../../../shared/domain/asset.ts';
import { assetHashSchema, generationIdSchema } from '../../../shared/domain/ids.ts';

const pictureType = 'application/x-kiln-picture';
const pictureSchema = z.object({
  name: z.string(),
  hash: assetHashSchema,
  width: z.int().min(1),
  height: z.int().min(1),
  madeBy: generationIdSchema.optional(),
});

export const carriesPicture = (data: DataTransfer | null): boolean =>
  data !== null && (data.types.includes('Files') || data.types.includes(pictureType));

export function draggedPicture(data: DataTransfer | null): PictureRef | null {
  const text = data?.getData(pictureType) ?? '';
  if (text === '') return null;
  try {
    const { madeBy, ...picture } = pictureSchema.parse(JSON.parse(text));
    return madeBy === undefined ? picture : { ...picture, madeBy };
  } catch {
    return null;
  }
}

/** What leaves the window with a drag: for Kiln itself the picture, for a file manager the file (Chromium fetches it). */
export function carryPicture(data: DataTransfer | null, picture: PictureRef): void {
  if (data === null) return;
  const address = new URL(assetPath(picture.hash), location.href).href;
  const fileName = `${
    picture.name
      .replace(/[^\p{L}\p{N} _-]+/gu, ' ')
      .trim()
      .slice(0, 80) || 'Kiln'
  }.png`;
  data.setData(pictureType, JSON.stringify(picture));
  data.setData('DownloadURL', `image/png:${fileName}:${address}`);
  data.setData('text/uri-list', address);
  data.effectAllowed = 'copy';
}

/** Imports it; pictures that Kiln made offer their settings. */
export async function pictureOfFile(file: File): Promise<PictureRef> {
  const picture = await upload({ purpose: 'image', name: file.name.slice(0, 300) }, file);
  const { image, width, height } = picture;
  void offerPictureSettings(picture, file.name);
  return { name: file.name, hash: image, width, height };
}
