import type { Generation } from '../../shared/domain/generation.ts';
import type { PictureRef } from './navigation.svelte.ts';

/** What a generation made, as a picture other rooms can work on; null when there is none. */
export function pictureOf({ id, outputs, request, size }: Generation): PictureRef | null {
  const image = outputs.find(({ role }) => role === 'image');
  if (image === undefined || size === null) return null;
  return { name: request.title === '' ? 'Untitled' : request.title, hash: image.hash, ...size, madeBy: id };
}
