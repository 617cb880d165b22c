/** Scores to files that hold notes or show them. Sound is the audio worker's. */
import { writeFile } from 'node:fs/promises';
import sharp from 'sharp';
import type { MusicExportFormat } from '../../../../shared/contract/calls/music-calls.ts';
import { AppError } from '../../../../shared/contract/errors.ts';
import { embeddedMetadataKeyword, type EmbeddedMetadata } from '../../../../shared/domain/embedded-metadata.ts';
import { maxImagePixels } from '../../../../shared/domain/geometry.ts';
import type { Score } from '../../../../shared/music/score.ts';
import { xmpPacket } from '../../images/embedded-metadata.ts';
import { withPngText } from '../../images/png-text.ts';
import type { FileTags } from '../files/music-file.ts';
import { writeMidi } from '../files/write-midi.ts';
import { writeMusicXml } from '../files/write-musicxml.ts';
import { rollSvg } from '../roll-svg.ts';

export type ScoreFormat = Extract<MusicExportFormat, { kind: 'midi' | 'musicxml' | 'svg' | 'png' }>;

export interface ScoreFile {
  score: Score;
  title: string;
  /** Null: nothing is embedded but the title. */
  tags: FileTags | null;
  /** For pictures. */
  metadata: EmbeddedMetadata | null;
}

/**
 * Writes a new file.
 * @returns remarks for the user, in sentences
 * @throws AppError image-too-large for a picture of a long piece at a great width
 */
export async function writeScoreFile(file: string, format: ScoreFormat, given: ScoreFile): Promise<string[]> {
  const { bytes, remarks } = await encoded(format, given);
  await writeFile(file, bytes, { flag: 'wx' });
  return remarks;
}

async function encoded(
  format: ScoreFormat,
  { score, title, tags, metadata }: ScoreFile,
): Promise<{ bytes: Uint8Array; remarks: string[] }> {
  switch (format.kind) {
    case 'midi':
      return { bytes: writeMidi(tags === null ? { ...score, title } : score, tags), remarks: [] };
    case 'musicxml': {
      const { xml, remarks } = writeMusicXml(score, tags ?? { title });
      return { bytes: Buffer.from(xml, 'utf8'), remarks };
    }
    case 'svg':
      return { bytes: Buffer.from(rollSvg(score, { title, comment: tags?.comment ?? null }).svg, 'utf8'), remarks: [] };
    case 'png':
      return { bytes: await rollPng(score, title, format.width, metadata), remarks: [] };
  }
}

/** @param width pixels */
export async function rollPng(score: Score, title: string, width: number, metadata: EmbeddedMetadata | null): Promise<Buffer> {
  const drawing = rollSvg(score, { title, comment: null });
  const height = Math.round((drawing.height * width) / drawing.width);
  if (width * height > maxImagePixels) {
    throw new AppError('image-too-large', `A picture of this piece at that width would have ${String(width)}×${String(height)} pixels.`, {
      action: 'Choose a smaller width, or export it as SVG, which has no size.',
    });
  }
  // The renderer draws at the size that the root element says.
  const sized = drawing.svg.replace(/width="\d+" height="\d+"/, `width="${String(width)}" height="${String(height)}"`);
  const picture = sharp(Buffer.from(sized, 'utf8'), { limitInputPixels: maxImagePixels, unlimited: true }).removeAlpha();
  const png = await (metadata === null ? picture : picture.withXmp(xmpPacket(metadata))).png({ compressionLevel: 9 }).toBuffer();
  return metadata === null ? png : withPngText(png, embeddedMetadataKeyword, JSON.stringify(metadata));
}
