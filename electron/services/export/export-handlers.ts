/** Export over the contract: what files would weigh, and making them. */
import { createWriteStream } from 'node:fs';
import { stat, writeFile } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import yazl from 'yazl';
import type { Handlers } from '../../../shared/contract/calls.ts';
import type { exportCalls, ExportOptions } from '../../../shared/contract/calls/export-calls.ts';
import { AppError } from '../../../shared/contract/errors.ts';
import { embeddedMetadataFormatVersion, type EmbeddedMetadata } from '../../../shared/domain/embedded-metadata.ts';
import type { GenerationId, AssetHash } from '../../../shared/domain/ids.ts';
import type { Size } from '../../../shared/domain/geometry.ts';
import { guardStorageAsync } from '../database/storage-error.ts';
import type { AssetStore, GenerationStore, TransferStore } from '../service-types.ts';
import { encodePicture, fileTypes } from './encode-picture.ts';
import { planExport, safeName, type PlannedFile } from './export-plan.ts';

/** Pictures up to this size are encoded whole for an estimate; of larger ones, a few tiles. */
const exactPixels = 1_500_000;
const sampleSide = 512;

export interface ExportServices {
  assets: AssetStore;
  generations: Pick<GenerationStore, 'get'>;
  transfers: TransferStore;
  version: string;
}

/** What goes into exported files. Placement and title are left out: they mean nothing elsewhere, or are private. */
export function metadataFor(generations: Pick<GenerationStore, 'get'>, ids: readonly GenerationId[], version: string): EmbeddedMetadata {
  const made = ids.flatMap((id) => generations.get(id) ?? []);
  return {
    formatVersion: embeddedMetadataFormatVersion,
    software: `Kiln ${version}`,
    digitalSourceType: made.length === 0 ? 'digitalCreation' : 'compositeWithTrainedAlgorithmicMedia',
    generations: made.map(({ request, pack, createdAtMs }) => ({
      request: { ...request, placement: null, projectId: null, title: '' },
      pack: { id: pack.id, name: pack.name, version: pack.version, packHash: pack.packHash },
      createdAtMs,
    })),
  };
}

export function exportHandlers({ assets, generations, transfers, version }: ExportServices): Handlers<keyof typeof exportCalls> {
  function sizeOf(image: AssetHash): Size {
    const record = assets.record(image);
    if (record?.width == null || record.height === null) {
      throw new AppError('not-found', 'A picture to export is not in the library.', { action: 'Try the export again.' });
    }
    return { width: record.width, height: record.height };
  }

  const metadataOf = (options: ExportOptions): EmbeddedMetadata | null =>
    options.embedMetadata ? metadataFor(generations, options.generationIds, version) : null;

  async function estimate(file: PlannedFile, options: ExportOptions): Promise<{ sizeBytes: number; exact: boolean }> {
    const source = assets.filePath(file.image);
    const metadata = metadataOf(options);
    const own = sizeOf(file.image);
    if (file.size.width * file.size.height <= exactPixels) {
      return { sizeBytes: (await encodePicture(source, file.size, options, metadata)).length, exact: true };
    }
    const width = Math.min(own.width, sampleSide);
    const height = Math.min(own.height, sampleSide);
    let sampledBytes = 0;
    const places = [0.15, 0.5, 0.85];
    for (const [index, across] of places.entries()) {
      const down = places[(index + 1) % places.length] ?? 0.5;
      const sample = { left: Math.floor((own.width - width) * across), top: Math.floor((own.height - height) * down), width, height };
      sampledBytes += (await encodePicture(source, file.size, options, null, sample)).length;
    }
    const share = (own.width * own.height) / (places.length * width * height);
    return { sizeBytes: Math.round(sampledBytes * share) + (metadata === null ? 0 : JSON.stringify(metadata).length), exact: false };
  }

  return {
    'export.estimate': async (options) => {
      const estimates = [];
      for (const file of planExport(options, sizeOf)) {
        estimates.push({ fileName: file.fileName, size: file.size, ...(await estimate(file, options)) });
      }
      return estimates;
    },
    'export.render': (options) =>
      guardStorageAsync('Exporting', async () => {
        const { mediaType, extension } = fileTypes[options.format];
        const written: { path: string; fileName: string; size: Size; sizeBytes: number }[] = [];
        for (const { image, fileName, size } of planExport(options, sizeOf)) {
          const bytes = await encodePicture(assets.filePath(image), size, options, metadataOf(options));
          const path = assets.temporaryFile(`.${extension}`);
          await writeFile(path, bytes, { flag: 'wx' });
          written.push({ path, fileName, size, sizeBytes: bytes.length });
        }
        const archive = written.length > 1 ? await zipped(written) : null;
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

        async function zipped(files: typeof written): Promise<{
          exportId: ReturnType<TransferStore['addExport']>;
          fileName: string;
          mediaType: string;
          sizeBytes: number;
          size: Size;
        }> {
          const zip = new yazl.ZipFile();
          // The pictures are compressed already.
          for (const file of files) zip.addFile(file.path, file.fileName, { compress: false });
          zip.end();
          const path = assets.temporaryFile('.zip');
          await pipeline(zip.outputStream, createWriteStream(path, { flags: 'wx' }));
          const fileName = `${safeName(options.items[0]?.name ?? 'Kiln')}.zip`;
          const largest = files[0]?.size ?? { width: 1, height: 1 };
          // Before the file is handed over: it moves.
          const sizeBytes = (await stat(path)).size;
          return {
            exportId: transfers.addExport(path, fileName, 'application/zip'),
            fileName,
            mediaType: 'application/zip',
            sizeBytes,
            size: largest,
          };
        }
      }),
  };
}
