/** Other programs' settings in picture files: found in what people open, and written into what they export. */
import type { EmbeddedMetadata } from '../../../shared/domain/embedded-metadata.ts';
import type { ForeignMetadata } from '../../../shared/metadata/foreign.ts';
import { writeA1111 } from '../../../shared/metadata/a1111.ts';
import { writeInvokeAi } from '../../../shared/metadata/invokeai.ts';
import { foreignKeywords, readForeign } from '../../../shared/metadata/read-foreign.ts';
import { exifWithComment, jpegWithExif, readExifTexts, webpWithExif } from './exif.ts';
import { readPngTexts, withPngText } from './png-text.ts';

/** @param exif the block as sharp gives it; null when no program's settings are in the file */
export function foreignIn(file: Buffer, exif: Buffer | undefined): ForeignMetadata | null {
  const texts = readPngTexts(file, foreignKeywords);
  if (exif !== undefined) for (const [name, text] of readExifTexts(exif)) texts.set(name, text);
  return texts.size === 0 ? null : readForeign(texts);
}

/** The texts for a picture whose last step was a diffusion run; none for others, whose making no other program can repeat. */
function textsFor({ generations, software }: EmbeddedMetadata): { parameters: string; invoke: string | undefined } | null {
  const last = generations.at(-1);
  if (last?.request.kind !== 'diffusion') return null;
  const made = { request: last.request, size: last.size, scheduler: last.scheduler, model: last.pack.name, software };
  return { parameters: writeA1111(made), invoke: writeInvokeAi(made) };
}

/** The file with A1111's `parameters` (and, in PNG, InvokeAI's JSON) added, where its last step was a diffusion run. */
export function withForeignMetadata(file: Buffer, format: string, metadata: EmbeddedMetadata): Buffer {
  const texts = textsFor(metadata);
  if (texts === null) return file;
  switch (format) {
    case 'png': {
      const invoke = texts.invoke === undefined ? file : withPngText(file, 'invokeai_metadata', texts.invoke);
      return withPngText(invoke, 'parameters', texts.parameters);
    }
    case 'jpeg':
      return jpegWithExif(file, exifWithComment(texts.parameters));
    case 'webp':
      return webpWithExif(file, exifWithComment(texts.parameters));
    default:
      return file;
  }
}
