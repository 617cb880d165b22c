/** Export over the contract: what files would weigh and look like, and making them. */
import { createWriteStream } from 'node:fs';
import { stat, writeFile } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import yazl from 'yazl';
import type { Handlers } from '../../../shared/contract/calls.ts';
import type { exportCalls, ExportedFile, ExportOptions } from '../../../shared/contract/calls/export-calls.ts';
import { AppError } from '../../../shared/contract/errors.ts';
import type { EmbeddedMetadata } from '../../../shared/domain/embedded-metadata.ts';
import type { AssetHash } from '../../../shared/domain/ids.ts';
import type { Rect, Size } from '../../../shared/domain/geometry.ts';
import { guardStorageAsync } from '../database/storage-error.ts';
import type { AssetStore, GenerationStore, TransferStore } from '../service-types.ts';
import { encodePicture, fileTypes } from './encode-picture.ts';
import { estimateSize } from './estimate-size.ts';
import { metadataFor } from './export-metadata.ts';
import { planExport, safeName, type PlannedFile } from './export-plan.ts';

export { metadataFor };

const previewSide = 512;
/** Files of an estimate that are encoded. */
const mostWeighed = 12;

export interface ExportServices {
  assets: AssetStore;
  generations: Pick<GenerationStore, 'get'>;
  transfers: TransferStore;
  version: string;
}

interface WrittenFile {
  path: string;
  fileName: string;
  size: Size;
  sizeBytes: number;
}

export function exportHandlers({ assets, generations, transfers, version }: ExportServices): Handlers<keyof typeof exportCalls> {
  function sizeOf(image: AssetHash): Size {
    const record = assets.record(image);
    if (record?.width == null || record.height === null) {
      throw new AppError('not-found', 'A picture to export is not in the library.', { action: 'Try the export again.' });
    }
    return { width: record.width, height: record.height };
  }

  const metadataOf = (file: PlannedFile, options: ExportOptions): EmbeddedMetadata | null =>
    options.embedMetadata ? metadataFor(generations, file.generationIds, version, file.image) : null;

  async function write(bytes: Buffer, extension: string): Promise<string> {
    const path = assets.temporaryFile(`.${extension}`);
    await writeFile(path, bytes, { flag: 'wx' });
    return path;
  }

  async function zipped(files: readonly WrittenFile[], name: string): Promise<ExportedFile> {
    const zip = new yazl.ZipFile();
    // The pictures are compressed already.
    for (const file of files) zip.addFile(file.path, file.fileName, { compress: false });
    zip.end();
    const path = assets.temporaryFile('.zip');
    await pipeline(zip.outputStream, createWriteStream(path, { flags: 'wx' }));
    const fileName = `${safeName(name)}.zip`;
    // Before the file is handed over: it moves.
    const sizeBytes = (await stat(path)).size;
    const mediaType = 'application/zip';
    const size = files[0]?.size ?? { width: 1, height: 1 };
    return { exportId: transfers.addExport(path, fileName, mediaType), fileName, mediaType, sizeBytes, size };
  }

  return {
    'export.estimate': async (options) => {
      const planned = planExport(options, sizeOf);
      // Of many files some are weighed, spread evenly, and the others by their pixels.
      const step = Math.max(1, planned.length / mostWeighed);
      const weighed = new Map<PlannedFile, { sizeBytes: number; exact: boolean }>();
      for (let place = 0; place < planned.length; place += step) {
        const file = planned[Math.floor(place)];
        if (file === undefined) continue;
        const { image, size } = file;
        weighed.set(file, await estimateSize(assets.filePath(image), sizeOf(image), size, options, metadataOf(file, options)));
      }
      const pixels = ({ size }: PlannedFile): number => size.width * size.height;
      const total = [...weighed].reduce(
        (sum, [file, { sizeBytes }]) => ({ bytes: sum.bytes + sizeBytes, pixels: sum.pixels + pixels(file) }),
        {
          bytes: 0,
          pixels: 0,
        },
      );
      const bytesPerPixel = total.bytes / Math.max(1, total.pixels);
      return planned.map((file) => ({
        fileName: file.fileName,
        size: file.size,
        ...(weighed.get(file) ?? { sizeBytes: Math.round(bytesPerPixel * pixels(file)), exact: false }),
      }));
    },
    'export.preview': (options) =>
      guardStorageAsync('Making a preview', async () => {
        const [file] = planExport(options, sizeOf);
        if (file === undefined) throw new AppError('invalid-request', 'There is nothing to export.');
        const { image, fileName, size } = file;
        const crop = middleOf(size);
        const source = assets.filePath(image);
        // Browsers do not show TIFF; it loses nothing, so PNG shows the same pixels.
        const format = options.format === 'tiff' ? 'png' : options.format;
        const shown = await encodePicture(source, size, { ...options, format }, null, crop);
        const original = await encodePicture(source, size, { ...options, format: 'png' }, null, crop);
        const { mediaType, extension } = fileTypes[format];
        return {
          exportId: transfers.addExport(await write(shown, extension), fileName, mediaType),
          original: transfers.addExport(await write(original, 'png'), fileName, 'image/png'),
          crop,
        };
      }),
    'export.render': (options) =>
      guardStorageAsync('Exporting', async () => {
        const { mediaType, extension } = fileTypes[options.format];
        const written: WrittenFile[] = [];
        for (const file of planExport(options, sizeOf)) {
          const bytes = await encodePicture(assets.filePath(file.image), file.size, options, metadataOf(file, options));
          const path = await write(bytes, extension);
          written.push({ path, fileName: file.fileName, size: file.size, sizeBytes: bytes.length });
        }
        const archive = written.length > 1 ? await zipped(written, options.archiveName ?? options.items[0]?.name ?? 'Kiln') : null;
        return {
          files: written.map(({ path, fileName, size, sizeBytes }) => ({
            exportId: transfers.addExport(path, fileName, mediaType),
            fileName,
            mediaType,
            sizeBytes,
            size,
          })),
          archive,
        };
      }),
  };
}

function middleOf(size: Size): Rect {
  const width = Math.min(previewSide, size.width);
  const height = Math.min(previewSide, size.height);
  return { x: Math.floor((size.width - width) / 2), y: Math.floor((size.height - height) / 2), width, height };
}
