/** The styles that ship with Kiln, by name, for commands. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

const folder = new URL('../../models/styles/', import.meta.url);

const gallerySchema = z.object({
  styles: z.array(z.object({ id: z.string(), file: z.string(), title: z.string(), artist: z.string(), year: z.string() })),
});

export interface GalleryStyle {
  id: string;
  /** Absolute path. */
  file: string;
  title: string;
  artist: string;
  year: string;
}

export function styleGallery(): GalleryStyle[] {
  const { styles } = gallerySchema.parse(JSON.parse(readFileSync(new URL('styles.json', folder), 'utf8')));
  return styles.map((style) => ({ ...style, file: fileURLToPath(new URL(style.file, folder)) }));
}

/** Gallery styles whose id or title the words could mean: an exact id alone, else all that contain them. */
export function findInGallery(words: string): GalleryStyle[] {
  const plain = (text: string): string => text.toLowerCase().replace(/[^a-z0-9]+/g, '-');
  const wanted = plain(words);
  const all = styleGallery();
  const exact = all.filter(({ id }) => id === wanted);
  return exact.length > 0 ? exact : all.filter(({ id, title }) => id.includes(wanted) || plain(title).includes(wanted));
}
