/** Exports over the contract: with progress, and ended on request. */
import type { Handlers } from '../../../../shared/contract/calls.ts';
import type { MusicFile } from '../../../../shared/contract/calls/music-calls.ts';
import { AppError } from '../../../../shared/contract/errors.ts';
import { guardStorageAsync } from '../../database/storage-error.ts';
import type { EventBus, TransferStore } from '../../service-types.ts';
import { exportMusic, type ExportMusicServices, type WrittenMusic } from './export-music.ts';
import { musicFileTypes } from './music-file-types.ts';

export type ExportCalls = 'music.export' | 'music.cancelExport';

const progressEveryMs = 100;

export function musicExportHandlers(
  given: ExportMusicServices & { transfers: Pick<TransferStore, 'addExport'>; events: EventBus },
): Handlers<ExportCalls> {
  const { transfers, events } = given;
  const runs = new Map<string, AbortController>();

  function teller(runId: string | undefined): (fraction: number) => void {
    let toldAt = 0;
    return (fraction) => {
      if (runId === undefined || (fraction < 1 && performance.now() - toldAt < progressEveryMs)) return;
      toldAt = performance.now();
      events.publish({ type: 'music.progress', runId, fraction });
    };
  }

  const offered = ({ path, fileName, sizeBytes, seconds }: WrittenMusic, mediaType: string): MusicFile => ({
    exportId: transfers.addExport(path, fileName, mediaType),
    fileName,
    mediaType,
    sizeBytes,
    seconds,
  });

  return {
    'music.export': async (options) => {
      const { runId } = options;
      if (runId !== undefined && runs.has(runId)) throw new AppError('conflict', 'An export of that name is under way.');
      const controller = new AbortController();
      if (runId !== undefined) runs.set(runId, controller);
      try {
        const { signal } = controller;
        const { files, archive, loudness, notes } = await guardStorageAsync('Exporting', () =>
          exportMusic(given, options, { signal, onProgress: teller(runId) }),
        );
        const { mediaType } = musicFileTypes[options.format.kind];
        return {
          files: files.map((file) => offered(file, mediaType)),
          archive: archive === null ? null : offered(archive, 'application/zip'),
          loudness,
          notes,
        };
      } finally {
        if (runId !== undefined) runs.delete(runId);
      }
    },
    'music.cancelExport': ({ runId }) => runs.get(runId)?.abort(),
  };
}
