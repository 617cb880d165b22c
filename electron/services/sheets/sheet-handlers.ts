/** Contact sheets and animations of generations, over the contract. */
import { writeFile } from 'node:fs/promises';
import type { Handlers } from '../../../shared/contract/calls.ts';
import type { sheetCalls, SheetResult } from '../../../shared/contract/calls/sheet-calls.ts';
import { AppError } from '../../../shared/contract/errors.ts';
import { embeddedMetadataKeyword } from '../../../shared/domain/embedded-metadata.ts';
import type { Generation } from '../../../shared/domain/generation.ts';
import type { Size } from '../../../shared/domain/geometry.ts';
import type { AssetHash, GenerationId } from '../../../shared/domain/ids.ts';
import { guardStorageAsync } from '../database/storage-error.ts';
import { metadataFor } from '../export/export-metadata.ts';
import { safeName } from '../export/export-plan.ts';
import { withPngText } from '../images/png-text.ts';
import type { AssetStore, GenerationStore, TransferStore } from '../service-types.ts';
import { animated, inOrder } from './animation.ts';
import { fittingCell, sheetLayout } from './sheet-layout.ts';
import { drawSheet } from './sheet-picture.ts';

/** Of a sheet: what most viewers still open, and what fits in memory beside its cells. */
const sheetLimits = { pixels: 48_000_000, sidePx: 16_000 };
/** Of all frames together, decoded: 512 MiB. */
const mostAnimationPixels = 128 * 1024 * 1024;

export interface SheetServices {
  assets: Pick<AssetStore, 'putBytes' | 'temporaryFile' | 'filePath' | 'record'>;
  generations: Pick<GenerationStore, 'get'>;
  transfers: Pick<TransferStore, 'addExport'>;
  version: string;
}

interface Picture {
  id: GenerationId;
  file: string;
  size: Size;
}

export function sheetHandlers({ assets, generations, transfers, version }: SheetServices): Handlers<keyof typeof sheetCalls> {
  function pictureOf(id: GenerationId): Picture | null {
    const made: Generation | null = generations.get(id);
    const image: AssetHash | undefined = made?.outputs.find(({ role }) => role === 'image')?.hash;
    const record = image === undefined ? null : assets.record(image);
    if (image === undefined || record?.width == null || record.height === null) return null;
    return { id, file: assets.filePath(image), size: { width: record.width, height: record.height } };
  }

  async function stored(bytes: Buffer, fileName: string, mediaType: string, size: Size): Promise<Pick<SheetResult, 'image' | 'exportId'>> {
    const asset = await assets.putBytes(bytes, { mediaType, size });
    const path = assets.temporaryFile(`.${fileName.split('.').at(-1) ?? 'bin'}`);
    await writeFile(path, bytes, { flag: 'wx' });
    return { image: asset.hash, exportId: transfers.addExport(path, fileName, mediaType) };
  }

  const nothing = (): AppError =>
    new AppError('not-found', 'None of these pictures is in the library any more.', { action: 'Generate them again.' });

  return {
    'sheets.make': (input) =>
      guardStorageAsync('Making a contact sheet', async () => {
        const pictures = input.cells.map((id) => (id === null ? null : pictureOf(id)));
        const found = pictures.flatMap((picture) => picture ?? []);
        if (found.length === 0) throw nothing();
        const own: Size = {
          width: Math.max(...found.map(({ size }) => size.width)),
          height: Math.max(...found.map(({ size }) => size.height)),
        };
        const factor = input.cellPx === null ? 1 : Math.min(1, input.cellPx / Math.max(own.width, own.height));
        const wanted = { width: Math.max(16, Math.round(own.width * factor)), height: Math.max(16, Math.round(own.height * factor)) };
        const cell = fittingCell(input, wanted, sheetLimits);
        const layout = sheetLayout({ ...input, cell });
        if (layout.size.width > sheetLimits.sidePx || layout.size.height > sheetLimits.sidePx) {
          throw new AppError('image-too-large', 'The sheet would be too long for a picture.', { action: 'Use fewer values on an axis.' });
        }
        const png = await drawSheet(
          layout,
          pictures.map((picture) => picture?.file ?? null),
          input.theme,
        );
        const generationIds = found.map(({ id }) => id);
        const bytes = input.embedMetadata
          ? withPngText(png, embeddedMetadataKeyword, JSON.stringify(metadataFor(generations, [...new Set(generationIds)], version)))
          : png;
        const fileName = `${safeName(input.name)}.png`;
        const lost = input.cells.filter((id, index) => id !== null && pictures[index] === null).length;
        const notes = [
          ...(lost === 0 ? [] : [`${String(lost)} of the pictures ${lost === 1 ? 'is' : 'are'} not there: their cells are empty.`]),
          ...(cell.width >= wanted.width
            ? []
            : [`Pictures are shown at ${String(cell.width)} × ${String(cell.height)} so that the sheet stays one picture.`]),
        ];
        const places = await stored(bytes, fileName, 'image/png', layout.size);
        return { ...places, fileName, mediaType: 'image/png', sizeBytes: bytes.length, size: layout.size, generationIds, notes };
      }),
    'sheets.animate': ({ frames, framesPerSecond, pingPong, format, quality, name }) =>
      guardStorageAsync('Making an animation', async () => {
        const pictures = frames.flatMap((id) => pictureOf(id) ?? []);
        const [first] = pictures;
        if (first === undefined) throw nothing();
        if (pictures.length < 2)
          throw new AppError('invalid-request', 'An animation needs at least two pictures.', { action: 'Generate more frames.' });
        const pixels = first.size.width * first.size.height * inOrder(pictures, pingPong).length;
        if (pixels > mostAnimationPixels) {
          throw new AppError('image-too-large', `${String(pictures.length)} frames of this size are more than fits in memory at once.`, {
            action: 'Use fewer frames or smaller pictures.',
          });
        }
        const files = pictures.map(({ file }) => file);
        const bytes = await animated(files, first.size, { framesPerSecond, pingPong, format, quality });
        const fileName = `${safeName(name)}.${format}`;
        const mediaType = `image/${format}`;
        const lost = frames.length - pictures.length;
        return {
          ...(await stored(bytes, fileName, mediaType, first.size)),
          fileName,
          mediaType,
          sizeBytes: bytes.length,
          size: first.size,
          generationIds: pictures.map(({ id }) => id),
          notes: lost === 0 ? [] : [`${String(lost)} of the frames ${lost === 1 ? 'is' : 'are'} not there and left out.`],
        };
      }),
  };
}
