/** The styles that ship with Kiln. Their pictures are files of the page; one is put into the library when it is first used. */
import { z } from 'zod';
import { upload } from '../api/upload.ts';
import { AppError } from '../../shared/contract/errors.ts';
import type { PictureRef } from './navigation.svelte.ts';
import index from '../../models/styles/styles.json';

const gallerySchema = z.object({
  styles: z.array(z.object({ id: z.string(), file: z.string(), title: z.string(), artist: z.string(), year: z.string() })),
});

export interface GalleryStyle {
  id: string;
  title: string;
  artist: string;
  year: string;
  address: string;
}

const addresses = import.meta.glob<string>('../../models/styles/*.jpg', { eager: true, query: '?url', import: 'default' });

export const galleryStyles: readonly GalleryStyle[] = gallerySchema.parse(index).styles.flatMap(({ id, file, title, artist, year }) => {
  const address = addresses[`../../models/styles/${file}`];
  return address === undefined ? [] : [{ id, title, artist, year, address }];
});

const stored = new Map<string, Promise<PictureRef>>();

/** The style as a picture of the library. */
export function pictureOfStyle(style: GalleryStyle): Promise<PictureRef> {
  const known = stored.get(style.id);
  if (known !== undefined) return known;
  const made = store(style);
  stored.set(style.id, made);
  made.catch(() => stored.delete(style.id));
  return made;
}

async function store({ address, title, artist }: GalleryStyle): Promise<PictureRef> {
  const response = await fetch(address);
  if (!response.ok)
    throw new AppError('not-found', `The style "${title}" is missing from this installation.`, { action: 'Install Kiln again.' });
  const name = `${title}, ${artist}`;
  const { image, width, height } = await upload({ purpose: 'image', name }, await response.blob());
  return { name, hash: image, width, height };
}
